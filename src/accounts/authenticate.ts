import { LockerError } from '../errors.ts';
import type { Locker } from '../locker.ts';
import { type Actor, allScopes } from './actor.ts';
import type { Scope } from './documents.ts';

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
  const { sessions, apiTokens } = locker.batches;
  const found = await (claims.kind === 'session' ? sessions : apiTokens).get(claims.id);
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
