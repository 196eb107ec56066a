import type { AccountDoc, Scope, SessionDoc } from '../database/documents.ts';
import { LockerError } from '../errors.ts';
import type { Locker } from '../locker.ts';
import { type Actor, allScopes } from './actor.ts';

type Found = Pick<SessionDoc, 'account' | 'revokedAt' | 'expiresAt'> & {
  readonly accounts: readonly AccountDoc[];
};

/** What a verified token claims. */
export interface Claims {
  readonly account: string;
  readonly kind: 'session' | 'token';
  /** Id of the session or named token. */
  readonly id: string;
  readonly scopes: readonly string[];
}

/**
 * Turns the claims of a token whose signature was verified into an actor, if the session or named token behind it
 * still stands: a revocation works at the next request.
 *
 * @throws LockerError `unauthenticated`.
 */
export async function authenticate(locker: Locker, claims: Claims): Promise<Actor> {
  const { sessions, apiTokens } = locker.collections;
  const credentials = claims.kind === 'session' ? sessions : apiTokens;
  // With the account, in one question: the use case that follows asks for it.
  const [found] = await credentials
    .aggregate<Found>([
      { $match: { _id: claims.id } },
      { $project: { account: 1, revokedAt: 1, expiresAt: 1 } },
      {
        $lookup: {
          from: locker.collections.accounts.collectionName,
          localField: 'account',
          foreignField: '_id',
          as: 'accounts',
        },
      },
    ])
    .toArray();
  const [account] = found?.accounts ?? [];
  const stands =
    found?.account === claims.account && found.revokedAt === null && found.expiresAt > locker.now();
  if (!stands || account === undefined) throw new LockerError('unauthenticated');
  const scopes = new Set(
    claims.scopes.filter((scope): scope is Scope => allScopes.some((known) => known === scope)),
  );
  return {
    account: claims.account,
    scopes,
    door: 'api',
    credential: { kind: claims.kind, id: claims.id },
    seen: { account, at: performance.now() },
  };
}
