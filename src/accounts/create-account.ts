import { randomKey } from '../crypto/keyring.ts';
import { storeKey } from '../database/binary.ts';
import { journaled, isDuplicate } from '../database/connect.ts';
import { LockerError } from '../errors.ts';
import { newId } from '../ids.ts';
import type { Locker } from '../locker.ts';
import type { AccountDoc, Role } from './documents.ts';
import { requireHandle } from './handle.ts';
import { type Identity, linkIdentity, requireFreeIdentity } from './identity.ts';

/**
 * Makes an account with a key of its own, and links the identity of whoever it is for. For the use cases that bring someone in; checks no permission itself.
 *
 * @throws LockerError `invalid_handle`; `account_exists`, also for a second owner; `conflict` if the identity belongs to another account.
 */
export async function createAccount(
  locker: Locker,
  handle: string,
  role: Role,
  identity?: Identity,
): Promise<AccountDoc> {
  if (identity !== undefined) await requireFreeIdentity(locker, identity);
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
    fileCount: 0,
    maxFiles: null,
    createdAt: locker.now(),
  };
  try {
    await locker.collections.accounts.insertOne(account, {
      writeConcern: journaled(locker.collections.accounts),
    });
  } catch (error) {
    if (!isDuplicate(error)) throw error;
    throw new LockerError(
      'account_exists',
      { subject: account.handle, hint: 'Choose another handle.' },
      { cause: error },
    );
  }
  if (identity !== undefined) {
    try {
      await linkIdentity(locker, locker.accountKeys.open(account), identity, null);
    } catch (error) {
      // Nobody has a way into it.
      await locker.collections.accounts.deleteOne({ _id: account._id });
      throw error;
    }
  }
  return account;
}
