import { sameHash, toBinary } from '../database/binary.ts';
import { commitWriteConcern } from '../database/connect.ts';
import type { AccountDoc, Scope, SessionDoc } from '../database/documents.ts';
import { LockerError } from '../errors.ts';
import { hashSecret, newId, newSecret } from '../ids.ts';
import type { Locker } from '../locker.ts';
import { scopesOf } from './actor.ts';

/** What a sign-in gives: the front end turns it into tokens of its own kind. */
export interface SignIn {
  readonly account: AccountDoc;
  readonly sessionId: string;
  readonly scopes: readonly Scope[];
  /** Good for one exchange. */
  readonly refreshToken: string;
}

const refreshTtlMs = 60 * 24 * 3600 * 1000;
/** How many exchanged hashes a family remembers, to notice that one comes back. */
const rememberedHashes = 200;
const clientLength = 200;

/**
 * Starts a session: a new family of refresh tokens.
 *
 * @param client how the client names itself, shown in the list of sessions.
 */
export async function startSession(locker: Locker, account: AccountDoc, client: string): Promise<SignIn> {
  if (account.status !== 'active') throw new LockerError('account_suspended');
  const secret = newSecret();
  const now = locker.now();
  const session: SessionDoc = {
    _id: newId(),
    account: account._id,
    client: client.slice(0, clientLength),
    refreshHash: toBinary(hashSecret(secret)),
    usedHashes: [],
    createdAt: now,
    lastUsedAt: now,
    expiresAt: new Date(now.getTime() + refreshTtlMs),
    revokedAt: null,
  };
  await locker.collections.sessions.insertOne(session, { writeConcern: commitWriteConcern });
  return {
    account,
    sessionId: session._id,
    scopes: scopesOf(account.role),
    refreshToken: `${session._id}.${secret}`,
  };
}

/**
 * Exchanges a refresh token for the next. Each is good once: one that comes back was copied, so its whole family is
 * revoked, and whoever holds it must sign in again.
 *
 * @throws LockerError `sign_in_expired` for unknown, revoked and expired ones, `token_reused`, `account_suspended`.
 */
export async function refreshSession(locker: Locker, refreshToken: string): Promise<SignIn> {
  const { sessions, accounts } = locker.collections;
  const [id = '', secret = ''] = refreshToken.split('.');
  const hash = toBinary(hashSecret(secret));
  const now = locker.now();
  const session = await sessions.findOne({ _id: id });
  if (session === null || session.revokedAt !== null || session.expiresAt <= now) throw expired();
  if (!sameHash(session.refreshHash, hashSecret(secret))) {
    if (session.usedHashes.some((used) => sameHash(used, hashSecret(secret))))
      throw await revokeReused(locker, id);
    throw expired();
  }
  const account = await accounts.findOne({ _id: session.account });
  if (account === null) throw expired();
  if (account.status !== 'active') throw new LockerError('account_suspended');
  const next = newSecret();
  const { matchedCount } = await sessions.updateOne(
    { _id: id, refreshHash: hash, revokedAt: null },
    {
      $set: {
        refreshHash: toBinary(hashSecret(next)),
        lastUsedAt: now,
        expiresAt: new Date(now.getTime() + refreshTtlMs),
      },
      $push: { usedHashes: { $each: [hash], $slice: -rememberedHashes } },
    },
    { writeConcern: commitWriteConcern },
  );
  // Someone exchanged it between the read and the update: two hold the same token.
  if (matchedCount === 0) throw await revokeReused(locker, id);
  return { account, sessionId: id, scopes: scopesOf(account.role), refreshToken: `${id}.${next}` };
}

/** Ends a session by its refresh token, current or used. Says nothing of tokens it does not know (RFC 7009 section 2.2). */
export async function revokeByRefreshToken(locker: Locker, refreshToken: string): Promise<void> {
  const [id = '', secret = ''] = refreshToken.split('.');
  const session = await locker.collections.sessions.findOne({ _id: id });
  const hash = hashSecret(secret);
  if (
    session !== null &&
    [session.refreshHash, ...session.usedHashes].some((known) => sameHash(known, hash))
  ) {
    await revokeSession(locker, id);
  }
}

/** Ends a session: its access tokens stop at once. */
export async function revokeSession(locker: Locker, id: string): Promise<void> {
  await locker.collections.sessions.updateOne(
    { _id: id, revokedAt: null },
    { $set: { revokedAt: locker.now() } },
    { writeConcern: commitWriteConcern },
  );
}

async function revokeReused(locker: Locker, id: string): Promise<LockerError> {
  await revokeSession(locker, id);
  locker.log.warn({ session: id }, 'a used refresh token came back; its session is revoked');
  return new LockerError('token_reused', {
    hint: 'This refresh token was used before, so the session was ended. Sign in again.',
  });
}

const expired = () => new LockerError('sign_in_expired', { hint: 'Sign in again.' });
