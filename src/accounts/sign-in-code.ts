import type { AccountDoc, Scope } from './documents.ts';
import type { Guest } from './guest.ts';
import { audited } from '../audit/audited.ts';
import { guarded } from '../limits/guesses.ts';
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
export const issueSignInCode = audited(
  'operator.sign-in-code',
  () => ({}),
  async (locker: Locker, _guest: Guest, handle: string): Promise<IssuedCode> => {
    const account = await locker.collections.accounts.findOne({ handle: foldHandle(handle) });
    if (account === null)
      throw new LockerError('not_found', { subject: handle, hint: 'No account has this handle.' });
    return issueCode(
      locker,
      { purpose: 'sign-in', createdBy: null, role: null, account: account._id },
      ttlSeconds,
    );
  },
);

/** Whom a code lets in, and what they may do at most; null for whatever the role allows. */
export interface Admission {
  readonly account: AccountDoc;
  readonly scopes: readonly Scope[] | null;
}

/**
 * Exchanges a sign-in code of the operator, or a connect code of someone who is signed in, for its account.
 *
 * @throws LockerError `invalid_code`.
 */
export const signInWithCode = guarded(
  'sign-in',
  audited(
    'session.code',
    (_args, admission) => ({ account: admission?.account._id }),
    async (locker: Locker, _guest: Guest, text: string): Promise<Admission> => {
      const code = await findCode(locker, ['sign-in', 'connect'], text);
      await consumeCode(locker, code);
      const account = await locker.collections.accounts.findOne({ _id: code.account ?? '' });
      if (account === null || account.status === 'removing') throw new LockerError('invalid_code');
      return { account, scopes: code.scopes };
    },
  ),
);
