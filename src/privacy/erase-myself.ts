import { type Actor, requirePerson } from '../accounts/actor.ts';
import { foldHandle } from '../accounts/handle.ts';
import { audited } from '../audit/audited.ts';
import { LockerError } from '../errors.ts';
import type { Locker } from '../locker.ts';
import { type ErasureReceipt, eraseAccount } from './erase-account.ts';

/**
 * Erases the actor's own account and everything in it, for good.
 *
 * @param handle their own, as proof that they mean it.
 * @throws LockerError `forbidden` for the owner of the installation and for a named API token, `bad_request` for another handle, `busy`.
 */
export const eraseMyself = audited(
  'account.erase',
  (_args, _receipt, who) => ({ subject: who.account, owner: who.account }),
  async (locker: Locker, actor: Actor, handle: string): Promise<ErasureReceipt> => {
    const { account } = await requirePerson(locker, actor, 'files:write');
    if (foldHandle(handle) !== account.handle)
      throw new LockerError('bad_request', {
        subject: 'handle',
        hint: 'Name your own handle, to say that you mean it.',
      });
    if (account.role === 'owner')
      throw new LockerError('forbidden', {
        hint: 'A locker has an owner as long as it is there. To erase everything, stop it and delete its data folder, keyring and backups.',
      });
    return eraseAccount(locker, account);
  },
);
