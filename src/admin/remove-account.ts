import { type Actor, requireAccount } from '../accounts/actor.ts';
import { foldHandle } from '../accounts/handle.ts';
import { audited } from '../audit/audited.ts';
import { LockerError } from '../errors.ts';
import type { Locker } from '../locker.ts';
import { type ErasureReceipt, eraseAccount } from '../privacy/erase-account.ts';
import { findManaged, isSelf } from './managed-account.ts';

/**
 * Removes someone's account and everything in it, for good.
 *
 * @throws LockerError `insufficient_scope`, `not_found`, `forbidden`; `busy` if someone else changes its role at the same moment.
 */
export const removeAccount = audited(
  'admin.remove',
  ([handle]) => ({ subject: foldHandle(handle) }),
  async (locker: Locker, actor: Actor, handle: string): Promise<ErasureReceipt> => {
    const me = await requireAccount(locker, actor, 'admin');
    const account = await findManaged(locker, me, handle);
    if (isSelf(me, account))
      throw new LockerError('forbidden', { hint: 'To erase your own account, use POST /v1/me/erasure.' });
    return eraseAccount(locker, account);
  },
);
