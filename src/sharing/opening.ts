import type { Me } from '../accounts/actor.ts';
import type { Locker } from '../locker.ts';
import { notify } from '../notify/notify.ts';
import { type Access, notFound } from './access.ts';

/**
 * Notes that someone is about to read a file: uses up a grant that is good for one time, and tells the owner of the first
 * time. Does nothing for the owner.
 *
 * @throws LockerError `not_found` if the one time was used by another request at the same moment.
 */
export async function noteOpening(locker: Locker, me: Me, access: Access): Promise<void> {
  const { grants, file } = access;
  if (grants.length === 0) return;
  const { grants: stored } = locker.collections;
  if (grants.every(({ once }) => once === true)) {
    const used = await stored.deleteMany({ _id: { $in: grants.map(({ _id }) => _id) }, once: true });
    if (used.deletedCount === 0) throw notFound();
  }
  // A grant that was opened before is not looked at again: that would cost every download a question.
  if (grants.some(({ openedAt }) => openedAt !== undefined)) return;
  const noted = await stored.updateMany(
    { _id: { $in: grants.map(({ _id }) => _id) }, openedAt: { $exists: false } },
    { $set: { openedAt: locker.now() } },
  );
  if (noted.modifiedCount > 0 || grants.some(({ once }) => once === true))
    void notify(locker, file.owner, {
      kind: 'first-opened',
      by: me.account.handle,
      file: file._id,
      at: locker.now(),
    });
}
