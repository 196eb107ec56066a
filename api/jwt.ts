import hapiJwt, { type HapiJwt } from '@hapi/jwt';
import type { Plugin, Request, Server } from '@hapi/hapi';
import { authenticate, type Claims } from '../src/accounts/authenticate.ts';
import type { ApiTokenDoc } from '../src/accounts/documents.ts';
import type { SignIn } from '../src/accounts/sessions.ts';
import type { Keyring } from '../src/crypto/keyring.ts';
import { isLockerError } from '../src/errors.ts';
import type { Locker } from '../src/locker.ts';
import { takeAccount } from './http/rate-limit.ts';

const Jwt = hapiJwt as unknown as { plugin: Plugin<object>; token: HapiJwt.Token };

export const accessTtlSeconds = 15 * 60;
/** Name of the strategy that routes ask for. */
export const strategy = 'access';

const issuer = 'coffer';
const audience = 'coffer-api';
/** RFC 9068 section 2.1: an access token is no other kind of JWT. */
const tokenType = 'at+jwt';
const maxTtlSeconds = 366 * 24 * 3600;
const skewSeconds = 5;
const algorithm = 'HS256';

/** What `POST /v1/token` and its kin answer (RFC 6749 section 5.1). */
export interface TokenResponse {
  access_token: string;
  token_type: 'Bearer';
  expires_in: number;
  refresh_token: string;
  scope: string;
}

/** Signs the access token of a sign-in. */
export function tokenResponse(locker: Locker, signIn: SignIn): TokenResponse {
  const { account, sessionId, scopes, refreshToken } = signIn;
  return {
    access_token: sign(
      locker,
      locker.keyring.primaryId,
      { account: account._id, kind: 'session', id: sessionId, scopes },
      accessTtlSeconds,
    ),
    token_type: 'Bearer',
    expires_in: accessTtlSeconds,
    refresh_token: refreshToken,
    scope: scopes.join(' '),
  };
}

/** Signs a named API token, with the key that its record says. */
export const signApiToken = (locker: Locker, token: ApiTokenDoc): string =>
  sign(
    locker,
    token.keyId,
    { account: token.account, kind: 'token', id: token._id, scopes: token.scopes },
    Math.floor((token.expiresAt.getTime() - token.createdAt.getTime()) / 1000),
  );

function sign(
  locker: Locker,
  kid: string,
  { account, kind, id, scopes }: Claims,
  ttlSeconds: number,
): string {
  const key = signingKey(locker.keyring, kid);
  if (key === undefined) throw new RangeError(`no key ${kid}`);
  const now = locker.now().getTime();
  return Jwt.token.generate(
    { iss: issuer, aud: audience, sub: account, jti: id, kind, scope: scopes.join(' ') },
    { key, algorithm },
    { header: { kid, typ: tokenType }, ttlSec: ttlSeconds, now },
  );
}

function signingKey(keyring: Keyring, kid: string): Buffer | undefined {
  const key = keyring.derive(kid, 'jwt');
  return key === undefined ? undefined : Buffer.from(key);
}

/** The key that a token names, if the keyring has it now: keys come and go while the server runs. */
const verificationKey =
  (keyring: Keyring) =>
  ({ decoded }: HapiJwt.Artifacts) => {
    const { kid } = decoded.header as { kid?: unknown };
    const key = typeof kid === 'string' ? signingKey(keyring, kid) : undefined;
    return key === undefined ? undefined : { kid, key, algorithms: [algorithm] };
  };

/**
 * True if a token was signed here, whatever else is wrong with it: it has ended, or was revoked, and nobody guessed it. Its client
 * must hear that, and not that others at its address guess.
 */
export function isOwnToken(keyring: Keyring, authorization: unknown): boolean {
  const [, token] = typeof authorization === 'string' ? (/^Bearer +(\S+)$/i.exec(authorization) ?? []) : [];
  if (token === undefined) return false;
  try {
    const artifacts = Jwt.token.decode(token);
    const known = verificationKey(keyring)(artifacts);
    if (known === undefined) return false;
    Jwt.token.verifySignature(artifacts, { key: known.key, algorithm });
    return true;
  } catch {
    return false;
  }
}

/** Registers the strategy: verified by `@hapi/jwt`, then held against what stands in the database. */
export async function registerJwt(server: Server, locker: Locker): Promise<void> {
  await server.register({ plugin: Jwt.plugin });
  server.auth.strategy(strategy, 'jwt', {
    keys: verificationKey(locker.keyring),
    verify: { aud: audience, iss: issuer, sub: false, exp: true, nbf: true, timeSkewSec: skewSeconds },
    validate: async ({ decoded }: HapiJwt.Artifacts, request: Request) => {
      const claims = readClaims(decoded.header, decoded.payload as unknown);
      if (claims === undefined) return { isValid: false };
      try {
        const [actor] = await Promise.all([
          authenticate(locker, claims),
          takeAccount(locker, request, claims),
        ]);
        return { isValid: true, credentials: { actor } };
      } catch (error) {
        if (isLockerError(error, 'unauthenticated')) return { isValid: false };
        // A throw would be answered as 401, which a database that is away does not deserve.
        return { isValid: true, credentials: { failure: error } };
      }
    },
  } as HapiJwt.Options);
}

/** Checks what `@hapi/jwt` does not: type, key id, unknown critical headers, and that the token ends. */
function readClaims(header: object, payload: unknown): Claims | undefined {
  const { typ, kid, crit } = header as Record<string, unknown>;
  if (
    typ !== tokenType ||
    typeof kid !== 'string' ||
    kid === '' ||
    crit !== undefined ||
    typeof payload !== 'object' ||
    payload === null
  )
    return undefined;
  const { sub, jti, kind, scope, iat, exp } = payload as Record<string, unknown>;
  if (
    typeof sub !== 'string' ||
    typeof jti !== 'string' ||
    typeof scope !== 'string' ||
    typeof iat !== 'number' ||
    typeof exp !== 'number'
  )
    return undefined;
  if ((kind !== 'session' && kind !== 'token') || exp - iat > maxTtlSeconds) return undefined;
  return { account: sub, kind, id: jti, scopes: scope.split(' ') };
}
