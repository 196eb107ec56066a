import { type Actor, requireAccount } from '../accounts/actor.ts';
import { foldHandle } from '../accounts/handle.ts';
import { audited } from '../audit/audited.ts';
import { randomKey } from '../crypto/keyring.ts';
import { storeKey } from '../database/binary.ts';
import { commitWriteConcern } from '../database/connect.ts';
import { LockerError } from '../errors.ts';
import type { Locker } from '../locker.ts';
import { finishRemoval } from './finish-removal.ts';
import { findManaged, isSelf } from './managed-account.ts';

/**
 * Removes an account for good. The commit destroys its key, by putting that of nobody in its place: from then on no name
 * of it opens, and it is a stranger at every door. Then its files lose their keys, and all that is left goes; what a
 * crash or a running upload leaves is finished by the sweep. Its handle is free once that is done; whatever was shared
 * with it does not come back for whoever takes the handle.
 *
 * @throws LockerError `insufficient_scope`, `not_found`, `forbidden`; `busy` if someone else changes its role at the same moment.
 */
export const removeAccount = audited(
  'admin.remove',
  ([handle]) => ({ subject: foldHandle(handle) }),
  async (locker: Locker, actor: Actor, handle: string): Promise<void> => {
    const me = await requireAccount(locker, actor, 'admin');
    const account = await findManaged(locker, me, handle);
    if (isSelf(me, account)) throw new LockerError('forbidden', { hint: 'Nobody removes themselves.' });
    const { matchedCount } = await locker.collections.accounts.updateOne(
      // Permission was decided for this role.
      { _id: account._id, role: account.role },
      {
        $set: {
          status: 'removing',
          key: storeKey(locker.keyring.wrap(randomKey())),
          // Uploads that were kept to be resumed would hold it up for days.
          'pending.$[].at': locker.now(),
        },
      },
      { writeConcern: commitWriteConcern },
    );
    if (matchedCount === 0)
      throw new LockerError('busy', {
        subject: account.handle,
        hint: 'Someone else changes it. Look again.',
      });
    locker.accountKeys.forget(account._id);
    await finishRemoval(locker, account._id);
  },
);
