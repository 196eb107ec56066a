import { type Actor, requireAccount } from '../accounts/actor.ts';
import { foldHandle } from '../accounts/handle.ts';
import { audited } from '../audit/audited.ts';
import { decodeCursor, encodeCursor } from '../files/list-cursor.ts';
import type { Locker } from '../locker.ts';
import { type AccountSummary, summarize } from './account-summary.ts';
import { noSuchAccount } from './managed-account.ts';

export interface AccountPage {
  readonly accounts: readonly AccountSummary[];
  /** Cursor of the next page; null at the end. */
  readonly next: string | null;
}

const listing = 'accounts';

/** Lists all accounts by handle, a page at a time. @throws LockerError `insufficient_scope`, `bad_request` for a foreign cursor. */
export const listAccounts = audited(
  'admin.accounts',
  () => ({}),
  async (
    locker: Locker,
    actor: Actor,
    input: { limit: number; cursor?: string | undefined },
  ): Promise<AccountPage> => {
    const { keys } = await requireAccount(locker, actor, 'admin');
    const after = input.cursor === undefined ? undefined : decodeCursor(keys, listing, input.cursor);
    const found = await locker.collections.accounts
      .find(after === undefined ? {} : { handle: { $gt: after.key } })
      .sort({ handle: 1 })
      .limit(input.limit + 1)
      .toArray();
    const shown = found.slice(0, input.limit);
    const last = shown.at(-1);
    return {
      accounts: await Promise.all(shown.map((account) => summarize(locker, account))),
      next:
        found.length > input.limit && last !== undefined
          ? encodeCursor(keys, listing, { key: last.handle, id: last._id })
          : null,
    };
  },
);

/** Describes one account. @throws LockerError `insufficient_scope`, `not_found`. */
export const describeAccount = audited(
  'admin.account',
  ([handle]) => ({ subject: foldHandle(handle) }),
  async (locker: Locker, actor: Actor, handle: string): Promise<AccountSummary> => {
    await requireAccount(locker, actor, 'admin');
    const account = await locker.collections.accounts.findOne({ handle: foldHandle(handle) });
    if (account === null) throw noSuchAccount(handle);
    return summarize(locker, account);
  },
);
