import type { AccountDoc } from '../database/documents.ts';
import { LockerError } from '../errors.ts';
import type { Locker } from '../locker.ts';
import { consumeCode, findCode, type IssuedCode, issueCode } from './codes.ts';
import { foldHandle } from './handle.ts';

const ttlSeconds = 15 * 60;

/**
 * Makes a code that signs an account in, for someone who lost every credential. Only for the operator's command line:
 * whoever runs it has the keyring and the database anyway.
 *
 * @throws LockerError `not_found`.
 */
export async function issueSignInCode(locker: Locker, handle: string): Promise<IssuedCode> {
  const account = await locker.collections.accounts.findOne({ handle: foldHandle(handle) });
  if (account === null)
    throw new LockerError('not_found', { subject: handle, hint: 'No account has this handle.' });
  return issueCode(
    locker,
    { purpose: 'sign-in', createdBy: null, role: null, account: account._id },
    ttlSeconds,
  );
}

/** Exchanges a sign-in code for its account. @throws LockerError `invalid_code`. */
export async function signInWithCode(locker: Locker, text: string): Promise<AccountDoc> {
  const code = await findCode(locker, 'sign-in', text);
  await consumeCode(locker, code);
  const account = await locker.collections.accounts.findOne({ _id: code.account ?? '' });
  if (account === null) throw new LockerError('invalid_code');
  return account;
}
