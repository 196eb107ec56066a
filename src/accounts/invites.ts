import type { AccountDoc, Role } from './documents.ts';
import type { Guest } from './guest.ts';
import { audited } from '../audit/audited.ts';
import { guarded } from '../limits/guesses.ts';
import { isLockerError, LockerError } from '../errors.ts';
import type { Locker } from '../locker.ts';
import { type Actor, requirePerson } from './actor.ts';
import { consumeCode, findCode, type IssuedCode, issueCode } from './codes.ts';
import { createAccount } from './create-account.ts';
import { requireHandle } from './handle.ts';
import { type Identity, requireFreeIdentity } from './identity.ts';

export const defaultInviteSeconds = 7 * 24 * 3600;

/**
 * Makes a code that lets one person in.
 *
 * @throws LockerError `insufficient_scope` unless an administrator asks, `forbidden` for an admin who wants to make another.
 */
export const invite = audited(
  'account.invite',
  () => ({}),
  async (
    locker: Locker,
    actor: Actor,
    input: { role: Exclude<Role, 'owner'>; ttlSeconds: number },
  ): Promise<IssuedCode> => {
    const { account } = await requirePerson(locker, actor, 'admin');
    if (input.role === 'admin' && account.role !== 'owner') {
      throw new LockerError('forbidden', {
        hint: 'Only the owner of the installation makes administrators.',
      });
    }
    return issueCode(
      locker,
      { purpose: 'invite', createdBy: account._id, role: input.role, account: null },
      input.ttlSeconds,
    );
  },
);

/**
 * Accepts an invite and makes the account. The code is used up last but one: a handle that is taken or not allowed
 * leaves it usable.
 *
 * @param input.identity the chat of whoever joins, to be linked at once.
 * @throws LockerError `invalid_code`, `invalid_handle`, `account_exists`, `conflict` for a chat that is linked to another account.
 */
export const join = guarded(
  'invite',
  audited(
    'account.join',
    (_args, account) => ({ account: account?._id }),
    async (
      locker: Locker,
      _guest: Guest,
      input: { code: string; handle: string; identity?: Identity },
    ): Promise<AccountDoc> => {
      const code = await findCode(locker, 'invite', input.code);
      const handle = requireHandle(input.handle);
      if ((await locker.collections.accounts.countDocuments({ handle }, { limit: 1 })) > 0) {
        throw new LockerError('account_exists', { subject: handle, hint: 'Choose another handle.' });
      }
      if (input.identity !== undefined) await requireFreeIdentity(locker, input.identity);
      await consumeCode(locker, code);
      try {
        return await createAccount(locker, handle, code.role ?? 'member', input.identity);
      } catch (error) {
        // Someone took the handle or the chat in between: the invite is not theirs to burn.
        if (isLockerError(error, 'account_exists') || isLockerError(error, 'conflict'))
          await locker.collections.codes.insertOne(code);
        throw error;
      }
    },
  ),
);
