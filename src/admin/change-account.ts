import { type Actor, type Me, requireAccount } from '../accounts/actor.ts';
import type { AccountDoc, Role } from '../accounts/documents.ts';
import { foldHandle } from '../accounts/handle.ts';
import { audited } from '../audit/audited.ts';
import { journaled } from '../database/connect.ts';
import { LockerError } from '../errors.ts';
import type { Locker } from '../locker.ts';
import { type AccountSummary, summarize } from './account-summary.ts';
import { findManaged, isSelf } from './managed-account.ts';

/** What an administrator changes of an account; what is absent stays. */
export interface AccountChange {
  readonly quotaBytes?: number;
  /** Null for as many files as fit. */
  readonly maxFiles?: number | null;
  readonly role?: Exclude<Role, 'owner'>;
  readonly status?: 'active' | 'suspended';
}

/**
 * Changes quota, role or status of an account. A suspension works at its next request; a quota below what is used only
 * keeps more from coming in. The owner may change their own quota, and nobody else theirs.
 *
 * @throws LockerError `insufficient_scope`, `not_found`, `forbidden`, `conflict` for an account that is being removed,
 *   `busy` if someone else changes its role at the same moment.
 */
export const changeAccount = audited(
  'admin.change',
  ([handle]) => ({ subject: foldHandle(handle) }),
  async (locker: Locker, actor: Actor, handle: string, change: AccountChange): Promise<AccountSummary> => {
    const me = await requireAccount(locker, actor, 'admin');
    const account = await findManaged(locker, me, handle);
    requireAllowed(me, account, change);
    const { quotaBytes, maxFiles, role, status } = change;
    const changed = await locker.collections.accounts.findOneAndUpdate(
      // Permission was decided for this role.
      { _id: account._id, role: account.role, status: { $ne: 'removing' } },
      {
        $set: {
          ...(quotaBytes === undefined ? {} : { quotaBytes }),
          ...(maxFiles === undefined ? {} : { maxFiles }),
          ...(role === undefined ? {} : { role }),
          ...(status === undefined ? {} : { status }),
        },
      },
      { returnDocument: 'after', writeConcern: journaled(locker.collections.accounts) },
    );
    if (changed === null)
      throw new LockerError('busy', {
        subject: account.handle,
        hint: 'Someone else changes it. Look again.',
      });
    return summarize(locker, changed);
  },
);

function requireAllowed(me: Me, account: AccountDoc, { role, status }: AccountChange): void {
  if (account.status === 'removing')
    throw new LockerError('conflict', { subject: account.handle, hint: 'The account is being removed.' });
  if (isSelf(me, account) && (role !== undefined || status !== undefined))
    throw new LockerError('forbidden', { hint: 'Nobody changes their own role or suspends themselves.' });
  if (role !== undefined && role !== account.role && me.account.role !== 'owner')
    throw new LockerError('forbidden', { hint: 'Only the owner of the installation makes administrators.' });
}
