import type { AccountDoc } from './documents.ts';
import type { Guest } from './guest.ts';
import { audited } from '../audit/audited.ts';
import { guarded } from '../limits/guesses.ts';
import { sameHash } from '../database/binary.ts';
import { isLockerError, LockerError } from '../errors.ts';
import { hashCode } from '../ids.ts';
import type { Locker } from '../locker.ts';
import { createAccount } from './create-account.ts';
import type { Identity } from './identity.ts';
import { isClaimed } from './installation.ts';
import { forgetSetupCode } from './setup-code-file.ts';

/**
 * Claims a fresh installation: makes its owner. The insert of the one owner is the commit; of two that claim at once,
 * one is told `already_claimed`.
 *
 * @param input.identity the chat of whoever claims, to be linked at once.
 * @throws LockerError `invalid_code`, `already_claimed`, `invalid_handle`, `conflict` for a chat that is linked to another account.
 */
export const claim = guarded(
  'setup',
  audited(
    'installation.claim',
    (_args, account) => ({ account: account?._id }),
    async (
      locker: Locker,
      _guest: Guest,
      input: { code: string; handle: string; identity?: Identity },
    ): Promise<AccountDoc> => {
      const { collections } = locker;
      const installation = await collections.installation.findOne({ _id: 'installation' });
      const hash = hashCode(input.code);
      const isShown = (installation?.setupHashes ?? []).some((shown) => sameHash(shown, hash));
      if (!isShown) {
        if (await isClaimed(collections))
          throw new LockerError('already_claimed', { hint: 'Ask its owner for an invite.' });
        throw new LockerError('invalid_code', {
          hint: 'This is not the setup code. It is printed at the first start and kept in the file setup-code of the data folder until it is used.',
        });
      }
      let owner: AccountDoc;
      try {
        owner = await createAccount(locker, input.handle, 'owner', input.identity);
      } catch (error) {
        if (isLockerError(error, 'account_exists') && (await isClaimed(collections)))
          throw new LockerError('already_claimed');
        throw error;
      }
      await collections.installation.updateOne({ _id: 'installation' }, { $set: { setupHashes: [] } });
      await forgetSetupCode(locker.dataDir);
      return owner;
    },
  ),
);
