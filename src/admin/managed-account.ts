import type { Me } from '../accounts/actor.ts';
import type { AccountDoc } from '../accounts/documents.ts';
import { foldHandle } from '../accounts/handle.ts';
import { LockerError } from '../errors.ts';
import type { Locker } from '../locker.ts';

/**
 * Finds an account that an administrator wants to change: nobody but the owner touches the owner, and administrators
 * do not touch each other.
 *
 * @throws LockerError `not_found`, `forbidden`.
 */
export async function findManaged(locker: Locker, me: Me, handle: string): Promise<AccountDoc> {
  const account = await locker.collections.accounts.findOne({ handle: foldHandle(handle) });
  if (account === null) throw noSuchAccount(handle);
  requireManageable(me, account);
  return account;
}

/** @throws LockerError `forbidden`. */
export function requireManageable(me: Me, account: Pick<AccountDoc, '_id' | 'role'>): void {
  if (isSelf(me, account)) return;
  if (account.role === 'owner')
    throw new LockerError('forbidden', { hint: 'Nobody changes the owner of the installation.' });
  if (account.role === 'admin' && me.account.role !== 'owner')
    throw new LockerError('forbidden', {
      hint: 'Only the owner of the installation changes administrators.',
    });
}

export const isSelf = (me: Me, account: Pick<AccountDoc, '_id'>): boolean => account._id === me.account._id;

export const noSuchAccount = (handle: string) =>
  new LockerError('not_found', { subject: foldHandle(handle), hint: 'No account has this handle.' });
