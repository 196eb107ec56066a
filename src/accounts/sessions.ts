import type { AccountDoc, Scope, SessionDoc } from './documents.ts';
import type { Guest } from './guest.ts';
import { audited } from '../audit/audited.ts';
import { guarded } from '../limits/guesses.ts';
import { sameHash, toBinary } from '../database/binary.ts';
import { journaled } from '../database/connect.ts';
import { LockerError } from '../errors.ts';
import { hashSecret, newId, newSecret } from '../ids.ts';
import type { Locker } from '../locker.ts';
import { notify } from '../notify/notify.ts';
import { scopesWithin } from './actor.ts';

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
 * Starts a session: a new family of refresh tokens. The account is told.
 *
 * @param limit what the session may do at most, now and after every refresh; null for whatever the role allows.
 * @throws LockerError `account_suspended`.
 */
export const startSession = audited(
  'session.start',
  ([account], signIn) => ({ account: account._id, subject: signIn?.sessionId }),
  async (
    locker: Locker,
    who: Guest,
    account: AccountDoc,
    limit: readonly Scope[] | null = null,
  ): Promise<SignIn> => {
    if (account.status !== 'active') throw new LockerError('account_suspended');
    const secret = newSecret();
    const now = locker.now();
    const session: SessionDoc = {
      _id: newId(),
      account: account._id,
      client: who.client.slice(0, clientLength),
      door: who.door,
      address: who.address,
      scopes: limit === null ? null : [...limit],
      refreshHash: toBinary(hashSecret(secret)),
      usedHashes: [],
      createdAt: now,
      lastUsedAt: now,
      expiresAt: new Date(now.getTime() + refreshTtlMs),
      revokedAt: null,
    };
    await locker.collections.sessions.insertOne(session, {
      writeConcern: journaled(locker.collections.sessions),
    });
    const { door, client, address } = session;
    void notify(locker, account._id, {
      kind: 'sign-in',
      session: session._id,
      door,
      client,
      address,
      at: now,
    });
    return {
      account,
      sessionId: session._id,
      scopes: scopesWithin(account.role, limit),
      refreshToken: `${session._id}.${secret}`,
    };
  },
);

const exchange = audited(
  'session.refresh',
  (_args, signIn) => ({ account: signIn?.account._id, subject: signIn?.sessionId }),
  async (locker: Locker, _guest: Guest, refreshToken: string): Promise<SignIn> => {
    const { sessions, accounts } = locker.collections;
    const [id = '', secret = ''] = refreshToken.split('.');
    const hash = toBinary(hashSecret(secret));
    const now = locker.now();
    const session = await sessions.findOne({ _id: id });
    if (session === null || session.revokedAt !== null || session.expiresAt <= now) throw expired();
    if (!sameHash(session.refreshHash, hashSecret(secret))) {
      if (session.usedHashes.some((used) => sameHash(used, hashSecret(secret))))
        throw await revokeReused(locker, session);
      throw expired();
    }
    const account = await accounts.findOne({ _id: session.account });
    if (account === null || account.status === 'removing') throw expired();
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
      { writeConcern: journaled(sessions) },
    );
    // Someone exchanged it between the read and the update: two hold the same token.
    if (matchedCount === 0) throw await revokeReused(locker, session);
    return {
      account,
      sessionId: id,
      scopes: scopesWithin(account.role, session.scopes),
      refreshToken: `${id}.${next}`,
    };
  },
);

const guess = guarded('refresh', exchange);

/**
 * Exchanges a refresh token for the next. Each is good once: one that comes back was copied, so its whole family is
 * revoked, and whoever holds it must sign in again.
 *
 * A token that is or was one is not guessed, so whoever guesses behind the same address keeps nobody out.
 *
 * @throws LockerError `sign_in_expired` for unknown, revoked and expired ones, `token_reused`, `account_suspended`.
 */
export const refreshSession: typeof exchange = async (locker, guest, refreshToken) => {
  const isKnown = (await findByRefreshToken(locker, refreshToken)) !== undefined;
  return (isKnown ? exchange : guess)(locker, guest, refreshToken);
};

/** The session that a refresh token, current or used, belongs to. */
async function findByRefreshToken(locker: Locker, refreshToken: string): Promise<SessionDoc | undefined> {
  const [id = '', secret = ''] = refreshToken.split('.');
  const session = await locker.collections.sessions.findOne({ _id: id, revokedAt: null });
  if (session === null) return undefined;
  const hash = hashSecret(secret);
  const isOurs = [session.refreshHash, ...session.usedHashes].some((known) => sameHash(known, hash));
  return isOurs ? session : undefined;
}

const end = audited(
  'session.end',
  ([{ _id, account }]) => ({ account, subject: _id }),
  (locker: Locker, _guest: Guest, { _id }: SessionDoc): Promise<void> => revokeSession(locker, _id),
);

/**
 * Ends a session by its refresh token, current or used. Says nothing of tokens it does not know (RFC 7009 section 2.2), and
 * keeps nothing of them, which strangers could fill the audit trail with.
 */
export async function revokeByRefreshToken(
  locker: Locker,
  guest: Guest,
  refreshToken: string,
): Promise<void> {
  const session = await findByRefreshToken(locker, refreshToken);
  if (session !== undefined) await end(locker, guest, session);
}

/** Ends a session: its access tokens stop at once. */
export async function revokeSession(locker: Locker, id: string): Promise<void> {
  await locker.collections.sessions.updateOne(
    { _id: id, revokedAt: null },
    { $set: { revokedAt: locker.now() } },
    { writeConcern: journaled(locker.collections.sessions) },
  );
}

async function revokeReused(
  locker: Locker,
  { _id: id, account }: Pick<SessionDoc, '_id' | 'account'>,
): Promise<LockerError> {
  await revokeSession(locker, id);
  void notify(locker, account, { kind: 'session-revoked', session: id, at: locker.now() });
  locker.log.warn({ session: id }, 'a used refresh token came back; its session is revoked');
  return new LockerError('token_reused', {
    hint: 'This refresh token was used before, so the session was ended. Sign in again.',
  });
}

const expired = () => new LockerError('sign_in_expired', { hint: 'Sign in again.' });
