import type { AccountDoc, Role } from '../database/documents.ts';
import { isLockerError, LockerError } from '../errors.ts';
import type { Locker } from '../locker.ts';
import { type Actor, requirePerson } from './actor.ts';
import { consumeCode, findCode, type IssuedCode, issueCode } from './codes.ts';
import { createAccount } from './create-account.ts';
import { requireHandle } from './handle.ts';

export const defaultInviteSeconds = 7 * 24 * 3600;

/**
 * Makes a code that lets one person in.
 *
 * @throws LockerError `insufficient_scope` unless an administrator asks, `forbidden` for an admin who wants to make another.
 */
export async function invite(
  locker: Locker,
  actor: Actor,
  input: { role: Exclude<Role, 'owner'>; ttlSeconds: number },
): Promise<IssuedCode> {
  const { account } = await requirePerson(locker, actor, 'admin');
  if (input.role === 'admin' && account.role !== 'owner') {
    throw new LockerError('forbidden', { hint: 'Only the owner of the installation makes administrators.' });
  }
  return issueCode(
    locker,
    { purpose: 'invite', createdBy: account._id, role: input.role, account: null },
    input.ttlSeconds,
  );
}

/**
 * Accepts an invite and makes the account. The code is used up last but one: a handle that is taken or not allowed
 * leaves it usable.
 *
 * @throws LockerError `invalid_code`, `invalid_handle`, `account_exists`.
 */
export async function join(locker: Locker, input: { code: string; handle: string }): Promise<AccountDoc> {
  const code = await findCode(locker, 'invite', input.code);
  const handle = requireHandle(input.handle);
  if ((await locker.collections.accounts.countDocuments({ handle }, { limit: 1 })) > 0) {
    throw new LockerError('account_exists', { subject: handle, hint: 'Choose another handle.' });
  }
  await consumeCode(locker, code);
  try {
    return await createAccount(locker, handle, code.role ?? 'member');
  } catch (error) {
    // Someone took the handle in between: the invite is not theirs to burn.
    if (isLockerError(error, 'account_exists')) await locker.collections.codes.insertOne(code);
    throw error;
  }
}
