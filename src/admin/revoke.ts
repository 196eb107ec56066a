import { type Actor, requireAccount } from '../accounts/actor.ts';
import { foldHandle } from '../accounts/handle.ts';
import { withdrawSignIns } from '../accounts/withdraw-sign-ins.ts';
import { audited } from '../audit/audited.ts';
import { journaled } from '../database/connect.ts';
import { revokeLinksOf } from '../links/revoke-link.ts';
import type { Locker } from '../locker.ts';
import { findManaged } from './managed-account.ts';

/** What is taken away from an account. */
export interface Revocation {
  /** What it shares with others. */
  readonly grants: boolean;
  readonly links: boolean;
  readonly sessions: boolean;
  /** Named API tokens. */
  readonly tokens: boolean;
}

/** How many there were of each. */
export type Revoked = { readonly [What in keyof Revocation]: number };

/**
 * Ends what an account gave to others, or the sign-ins by which it is used, at once.
 *
 * @throws LockerError `insufficient_scope`, `not_found`, `forbidden`.
 */
export const revokeOfAccount = audited(
  'admin.revoke',
  ([handle]) => ({ subject: foldHandle(handle) }),
  async (locker: Locker, actor: Actor, handle: string, what: Revocation): Promise<Revoked> => {
    const me = await requireAccount(locker, actor, 'admin');
    const { _id: account } = await findManaged(locker, me, handle);
    // First, or one of them could become a session meanwhile.
    if (what.sessions) await withdrawSignIns(locker, account);
    return {
      sessions: what.sessions ? await revokeAll(locker, 'sessions', account) : 0,
      tokens: what.tokens ? await revokeAll(locker, 'apiTokens', account) : 0,
      links: what.links ? await revokeLinksOf(locker, account) : 0,
      grants: what.grants ? await removeGrants(locker, account) : 0,
    };
  },
);

async function revokeAll(locker: Locker, kind: 'sessions' | 'apiTokens', account: string): Promise<number> {
  const { sessions, apiTokens } = locker.collections;
  const live = { account, revokedAt: null };
  const change = { $set: { revokedAt: locker.now() } };
  const { modifiedCount } =
    kind === 'sessions'
      ? await sessions.updateMany(live, change, { writeConcern: journaled(sessions) })
      : await apiTokens.updateMany(live, change, { writeConcern: journaled(apiTokens) });
  return modifiedCount;
}

async function removeGrants(locker: Locker, owner: string): Promise<number> {
  const { deletedCount } = await locker.collections.grants.deleteMany(
    { owner },
    { writeConcern: journaled(locker.collections.grants) },
  );
  return deletedCount;
}
