import { randomKey } from '../crypto/keyring.ts';
import { storeKey } from '../database/binary.ts';
import { commitWriteConcern, isDuplicate } from '../database/connect.ts';
import type { AccountDoc, Role } from '../database/documents.ts';
import { LockerError } from '../errors.ts';
import { newId } from '../ids.ts';
import type { Locker } from '../locker.ts';
import { requireHandle } from './handle.ts';

/**
 * Makes an account with a key of its own. For the use cases that bring someone in; checks no permission itself.
 *
 * @throws LockerError `invalid_handle`; `account_exists`, also for a second owner.
 */
export async function createAccount(locker: Locker, handle: string, role: Role): Promise<AccountDoc> {
  const account: AccountDoc = {
    _id: newId(),
    handle: requireHandle(handle),
    role,
    status: 'active',
    key: storeKey(locker.keyring.wrap(randomKey())),
    quotaBytes: locker.limits.quotaBytes,
    usedBytes: 0,
    pendingBytes: 0,
    pending: [],
    createdAt: locker.now(),
  };
  try {
    await locker.collections.accounts.insertOne(account, { writeConcern: commitWriteConcern });
  } catch (error) {
    if (!isDuplicate(error)) throw error;
    throw new LockerError(
      'account_exists',
      { subject: account.handle, hint: 'Choose another handle.' },
      { cause: error },
    );
  }
  return account;
}
