import type { Locker } from '../locker.ts';
import type { Notice } from './notifier.ts';
import { notify } from './notify.ts';

/** Tells everyone who runs the installation. Never throws. */
export async function notifyAdmins(locker: Locker, notice: Notice): Promise<void> {
  try {
    const admins = await locker.collections.accounts
      .find({ role: { $in: ['owner', 'admin'] }, status: 'active' }, { projection: { _id: 1 } })
      .toArray();
    await Promise.all(admins.map(({ _id }) => notify(locker, _id, notice)));
  } catch (error) {
    locker.log.warn({ notice: notice.kind, err: error }, 'the administrators could not be told');
  }
}

/** Tells the owner of the installation. Never throws. */
export async function notifyOwner(locker: Locker, notice: Notice): Promise<void> {
  try {
    const owner = await locker.collections.accounts.findOne({ role: 'owner' }, { projection: { _id: 1 } });
    if (owner !== null) await notify(locker, owner._id, notice);
  } catch (error) {
    locker.log.warn({ notice: notice.kind, err: error }, 'the owner could not be told');
  }
}
