/* oxlint-disable unicorn/consistent-function-scoping -- a helper stands in the block that it serves */
import { createHmac, createSign, generateKeyPairSync, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Scope } from '../../src/accounts/documents.ts';
import { newId } from '../../src/ids.ts';
import { type Client, openTestServer, type TestServer } from '../support/server.ts';
import { forgetGuesses } from './calls.ts';
import { type ProblemBody, sendRaw, withoutRequestId } from './support.ts';

/** A token taken apart, from which each attack changes one thing. */
interface Token {
  header: Record<string, unknown>;
  payload: Record<string, unknown>;
  key: Buffer;
}

const encode = (value: unknown) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
const mac = (hash: string, key: Buffer, text: string) =>
  createHmac(hash, key).update(text).digest('base64url');

function sign({ header, payload, key }: Token, hash = 'sha256'): string {
  const text = `${encode(header)}.${encode(payload)}`;
  return `${text}.${mac(hash, key, text)}`;
}

const now = () => Math.floor(Date.now() / 1000);

function keyOf({ keyring }: TestServer, purpose = 'jwt'): Buffer {
  const key = keyring.derive(keyring.primaryId, purpose);
  if (key === undefined) throw new Error('the primary key is in the ring');
  return Buffer.from(key);
}

/** A token like those that the server makes, built by hand. */
async function goodToken(t: TestServer, client: Client): Promise<Token> {
  const [, payload = ''] = (client.token ?? '').split('.');
  const { sub, jti } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as {
    sub: string;
    jti: string;
  };
  return {
    header: { alg: 'HS256', typ: 'at+jwt', kid: t.keyring.primaryId },
    payload: {
      iss: 'coffer',
      aud: 'coffer-api',
      sub,
      jti,
      kind: 'session',
      scope: 'files:read files:write share',
      iat: now(),
      exp: now() + 900,
    },
    key: keyOf(t),
  };
}

const ask = async ({ url }: TestServer, authorization: string, path = '/v1/me') => {
  const { status, headers, text } = await sendRaw(
    url,
    'GET',
    path,
    authorization === '' ? {} : { authorization },
  );
  return { status, challenge: headers['www-authenticate'], body: withoutRequestId(JSON.parse(text)) };
};

const without = (values: Record<string, unknown>, name: string) =>
  Object.fromEntries(Object.entries(values).filter(([key]) => key !== name));
const inHeader = (changes: Record<string, unknown>) => (token: Token) =>
  sign({ ...token, header: { ...token.header, ...changes } });
const inPayload = (changes: Record<string, unknown>) => (token: Token) =>
  sign({ ...token, payload: { ...token.payload, ...changes } });
const withoutHeader = (name: string) => (token: Token) =>
  sign({ ...token, header: without(token.header, name) });
const withoutClaim = (name: string) => (token: Token) =>
  sign({ ...token, payload: without(token.payload, name) });
/** Changes the finished text. */
const inText = (change: (parts: [string, string, string]) => string) => (token: Token) =>
  change(sign(token).split('.') as [string, string, string]);
const unsigned =
  (alg: unknown, signature = '') =>
  ({ header, payload }: Token) =>
    `${encode({ ...header, alg })}.${encode(payload)}.${signature}`;
const inFuture = (seconds: number) => (token: Token) => inPayload({ nbf: now() + seconds })(token);

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const rsaJwk = rsa.publicKey.export({ format: 'jwk' });
const signedByRsa =
  (header: Record<string, unknown>) =>
  (token: Token): string => {
    const text = `${encode({ ...token.header, alg: 'RS256', ...header })}.${encode(token.payload)}`;
    return `${text}.${createSign('RSA-SHA256').update(text).sign(rsa.privateKey).toString('base64url')}`;
  };
const signedByEc = (token: Token): string => {
  const text = `${encode({ ...token.header, alg: 'ES256' })}.${encode(token.payload)}`;
  const signature = createSign('sha256').update(text).sign({ key: ec.privateKey, dsaEncoding: 'ieee-p1363' });
  return `${text}.${signature.toString('base64url')}`;
};

const attacks: Record<string, (token: Token) => string> = {
  'alg none': unsigned('none'),
  'alg None': unsigned('None'),
  'alg NONE': unsigned('NONE'),
  'alg nOnE': unsigned('nOnE'),
  'alg none with a space': unsigned('none '),
  'alg empty': unsigned(''),
  'alg null': unsigned(null),
  'alg a list with none': unsigned(['none']),
  'alg a list with HS256 and a good MAC': inHeader({ alg: ['HS256'] }),
  'alg an object': inHeader({ alg: { HS256: true } }),
  'alg missing': withoutHeader('alg'),
  'alg in lower case with a good MAC': inHeader({ alg: 'hs256' }),
  'alg HS256 without a signature': unsigned('HS256'),
  'alg none with the good signature': (token) => unsigned('none', sign(token).split('.')[2])(token),
  'alg none without the last dot': (token) => unsigned('none')(token).slice(0, -1),
  'HS384 with the good key': (token) =>
    sign({ ...token, header: { ...token.header, alg: 'HS384' } }, 'sha384'),
  'HS512 with the good key': (token) =>
    sign({ ...token, header: { ...token.header, alg: 'HS512' } }, 'sha512'),
  'key confusion: RS256 named, the good key used as HMAC': inHeader({ alg: 'RS256' }),
  'key confusion: ES256 named, the good key used as HMAC': inHeader({ alg: 'ES256' }),
  'key confusion: PS256 named, the good key used as HMAC': inHeader({ alg: 'PS256' }),
  'key confusion: EdDSA named, the good key used as HMAC': inHeader({ alg: 'EdDSA' }),
  'RS256 with a key of the attacker': signedByRsa({}),
  'ES256 with a key of the attacker': signedByEc,
  'RS256 with the public key of the attacker in jwk': signedByRsa({ jwk: rsaJwk }),
  'RS256 with a jku of the attacker': signedByRsa({ jku: 'http://127.0.0.1:9/jwks.json' }),
  'RS256 with an x5u of the attacker': signedByRsa({ x5u: 'http://127.0.0.1:9/cert.pem' }),
  'RS256 with an x5c of the attacker': signedByRsa({ x5c: ['MIIB'] }),

  'HS256 with a random key': (token) => sign({ ...token, key: randomBytes(32) }),
  'HS256 with an empty key': (token) => sign({ ...token, key: Buffer.alloc(0) }),
  'HS256 with a zero key': (token) => sign({ ...token, key: Buffer.alloc(32) }),
  'HS256 with a guessed password': (token) => sign({ ...token, key: Buffer.from('secret') }),
  'HS256 with the key id as the key': (token) =>
    sign({ ...token, key: Buffer.from(String(token.header['kid'])) }),
  'HS256 with the key in base64': (token) =>
    sign({ ...token, key: Buffer.from(token.key.toString('base64')) }),
  'HS256 with a symmetric jwk of the attacker': (token) => {
    const key = randomBytes(32);
    const jwk = { kty: 'oct', k: key.toString('base64url'), alg: 'HS256' };
    return sign({ ...token, header: { ...token.header, jwk }, key });
  },

  'key id unknown': inHeader({ kid: '0123456789abcdef' }),
  'key id missing': withoutHeader('kid'),
  'key id empty': inHeader({ kid: '' }),
  'key id null': inHeader({ kid: null }),
  'key id a number': inHeader({ kid: 0 }),
  'key id a list with the good one': (token) => inHeader({ kid: [token.header['kid']] })(token),
  'key id an operator': inHeader({ kid: { $gt: '' } }),
  'key id a path': inHeader({ kid: '../../../../dev/null' }),
  'key id a path, signed with the empty file': (token) =>
    sign({ ...token, header: { ...token.header, kid: '/dev/null' }, key: Buffer.alloc(0) }),
  'key id SQL': inHeader({ kid: "x' UNION SELECT 'secret" }),
  'key id __proto__': inHeader({ kid: 'constructor' }),
  'key id in capitals': (token) => inHeader({ kid: String(token.header['kid']).toUpperCase() })(token),

  'crit with an extension': inHeader({ crit: ['exp'] }),
  'crit with b64': inHeader({ crit: ['b64'], b64: false }),
  'crit empty': inHeader({ crit: [] }),
  'type JWT': inHeader({ typ: 'JWT' }),
  'type of a refresh token': inHeader({ typ: 'rt+jwt' }),
  'type missing': withoutHeader('typ'),
  'header a list': (token) => {
    const text = `${encode([token.header])}.${encode(token.payload)}`;
    return `${text}.${mac('sha256', token.key, text)}`;
  },
  'header no JSON': (token) => {
    const text = `${encode('no json')}.${encode(token.payload)}`;
    return `${text}.${mac('sha256', token.key, text)}`;
  },

  'exp missing': withoutClaim('exp'),
  'exp passed': inPayload({ exp: now() - 60 }),
  'exp zero': inPayload({ exp: 0 }),
  'exp negative': inPayload({ exp: -1 }),
  'exp null': inPayload({ exp: null }),
  'exp text': inPayload({ exp: String(now() + 900) }),
  'exp a list': inPayload({ exp: [now() + 900] }),
  'exp in a thousand years': inPayload({ exp: now() + 31_536_000_000 }),
  'exp in two years': inPayload({ exp: now() + 2 * 31_536_000 }),
  'iat missing': withoutClaim('iat'),
  'iat text': inPayload({ iat: String(now()) }),
  'nbf in the future': inFuture(600),
  'nbf text': inPayload({ nbf: 'tomorrow' }),
  'audience missing': withoutClaim('aud'),
  'audience another': inPayload({ aud: 'another-api' }),
  'audience longer': inPayload({ aud: 'coffer-api.example.org' }),
  'audience empty list': inPayload({ aud: [] }),
  'issuer missing': withoutClaim('iss'),
  'issuer another': inPayload({ iss: 'mallory' }),
  'issuer a list': inPayload({ iss: ['coffer'] }),
  'subject missing': withoutClaim('sub'),
  'subject another': inPayload({ sub: newId() }),
  'subject an operator': inPayload({ sub: { $gt: '' } }),
  'subject a list': (token) => inPayload({ sub: [token.payload['sub']] })(token),
  'id missing': withoutClaim('jti'),
  'id another': inPayload({ jti: newId() }),
  'id an operator': inPayload({ jti: { $ne: null } }),
  'id null': inPayload({ jti: null }),
  'scope missing': withoutClaim('scope'),
  'scope a list': inPayload({ scope: ['files:read'] }),
  'kind missing': withoutClaim('kind'),
  'kind unknown': inPayload({ kind: 'operator' }),
  'kind of an API token, with the id of a session': inPayload({ kind: 'token' }),
  'payload a list': (token) => {
    const text = `${encode(token.header)}.${encode([token.payload])}`;
    return `${text}.${mac('sha256', token.key, text)}`;
  },
  'payload null': (token) => {
    const text = `${encode(token.header)}.${encode('null')}`;
    return `${text}.${mac('sha256', token.key, text)}`;
  },
  'payload with __proto__': (token) => {
    const text = `${encode(token.header)}.${encode(`{"__proto__":{"sub":"x"},${JSON.stringify(token.payload).slice(1)}`)}`;
    return `${text}.${mac('sha256', token.key, text)}`;
  },

  'payload tampered: more scopes': (token) =>
    inText(
      ([header, , signature]) => `${header}.${encode({ ...token.payload, scope: 'admin' })}.${signature}`,
    )(token),
  'header tampered: one more member': (token) =>
    inText(([, payload, signature]) => `${encode({ ...token.header, x: 1 })}.${payload}.${signature}`)(token),
  'signature of another token': (token) =>
    inText(([header, payload]) => `${header}.${payload}.${inPayload({ scope: '' })(token).split('.')[2]}`)(
      token,
    ),
  'signature with the first character changed': inText(
    ([header, payload, [first = '', ...rest]]) =>
      `${header}.${payload}.${first === 'A' ? 'B' : 'A'}${rest.join('')}`,
  ),
  'signature truncated by one character': inText(([h, p, s]) => `${h}.${p}.${s.slice(0, -1)}`),
  'signature truncated to half': inText(([h, p, s]) => `${h}.${p}.${s.slice(0, 22)}`),
  'signature padded with =': inText(([h, p, s]) => `${h}.${p}.${s}=`),
  'signature with more after it': inText(([h, p, s]) => `${h}.${p}.${s}AAAA`),
  'signature twice': inText(([h, p, s]) => `${h}.${p}.${s}${s}`),
  'signature in hexadecimal': inText(
    ([h, p, s]) => `${h}.${p}.${Buffer.from(s, 'base64url').toString('hex')}`,
  ),
  'two dots in the middle': inText(([h, p, s]) => `${h}..${p}.${s}`),
  'a dot before': inText(([h, p, s]) => `.${h}.${p}.${s}`),
  'a dot after': inText(([h, p, s]) => `${h}.${p}.${s}.`),
  'a fourth part': inText(([h, p, s]) => `${h}.${p}.${s}.${s}`),
  'five parts, as an encrypted token': inText(([h, p, s]) => `${h}.${p}.${s}.${s}.${s}`),
  'no header': inText(([, p, s]) => `${p}.${s}`),
  'only dots': () => '..',
  'one word': () => 'token',
  'very long: a header of 12 kB': () => 'A'.repeat(12_000),
  'very long: 4000 dots': () => '.'.repeat(4000),
  'very long: an unknown claim of 8 kB, badly signed': (token) =>
    sign({ ...token, payload: { ...token.payload, x: 'x'.repeat(8000) }, key: randomBytes(32) }),
};

describe('an access token', () => {
  let t: TestServer;
  let alice: Client;
  let refused: Awaited<ReturnType<typeof ask>>;
  beforeAll(async () => {
    t = await openTestServer();
    alice = await t.signUp('alice');
    refused = await ask(t, '');
  });
  afterAll(() => t[Symbol.asyncDispose]());
  // A hundred of them ban an address for a while, with another answer.
  beforeEach(() => forgetGuesses(t));

  it('is accepted when nothing is wrong with it', async () => {
    const token = await goodToken(t, alice);
    expect((await ask(t, `Bearer ${sign(token)}`)).status).toBe(200);
    expect((await ask(t, `bearer ${sign(token)}`)).status).toBe(200);
    expect((await ask(t, `Bearer ${inPayload({ aud: ['other', 'coffer-api'] })(token)}`)).status).toBe(200);
    expect((await ask(t, `Bearer ${inPayload({ nbf: now() - 10 })(token)}`)).status).toBe(200);
  });

  it('is asked for, with a problem and a challenge', async () => {
    expect(refused).toMatchObject({
      status: 401,
      challenge: 'Bearer',
      body: { code: 'unauthenticated', status: 401 },
    });
  });

  it.each(Object.keys(attacks))('attack: %s is refused like no token at all', async (name) => {
    const token = await goodToken(t, alice);
    expect(await ask(t, `Bearer ${attacks[name]?.(token)}`)).toEqual(refused);
    // The session is not harmed by the attempt.
    expect((await ask(t, `Bearer ${sign(token)}`)).status).toBe(200);
  });

  it.each([
    ['Basic with the token', (token: string) => `Basic ${token}`],
    [
      'Basic with the token as a password',
      (token: string) => `Basic ${Buffer.from(`alice:${token}`).toString('base64')}`,
    ],
    ['Token', (token: string) => `Token ${token}`],
    ['DPoP', (token: string) => `DPoP ${token}`],
    ['no scheme', (token: string) => token],
    ['the scheme with a colon', (token: string) => `Bearer: ${token}`],
    ['the scheme alone', () => 'Bearer'],
    ['quotes', (token: string) => `Bearer "${token}"`],
    ['two tokens', (token: string) => `Bearer ${token} ${token}`],
    ['two tokens with a comma', (token: string) => `Bearer ${token},${token}`],
    ['a bad scheme first', (token: string) => `Basic x, Bearer ${token}`],
  ])('attack: the good token sent with %s is refused', async (_what, header) => {
    expect(await ask(t, header(sign(await goodToken(t, alice))))).toEqual(refused);
  });

  it.each(['access_token', 'token', 'authorization', 'jwt'])(
    'attack: the good token in the query as %s is not looked at',
    async (name) => {
      const token = sign(await goodToken(t, alice));
      expect(await ask(t, '', `/v1/me?${name}=${token}`)).toEqual(refused);
    },
  );

  it('attack: the good token in a cookie or a form is not looked at', async () => {
    const token = sign(await goodToken(t, alice));
    const cookie = await sendRaw(t.url, 'GET', '/v1/me', { cookie: `token=${token}; access_token=${token}` });
    expect(cookie.status).toBe(401);
    const inForm = await sendRaw(
      t.url,
      'POST',
      '/v1/files?name=x',
      { 'content-type': 'application/x-www-form-urlencoded' },
      `access_token=${token}`,
    );
    expect(inForm.status).toBe(401);
  });

  it('attack: a token longer than all headers may be is refused before it is read', async () => {
    const { status } = await sendRaw(t.url, 'GET', '/v1/me', {
      authorization: `Bearer ${'A'.repeat(20_000)}`,
    });
    expect([400, 431]).toContain(status);
  });

  it('attack: keys derived for other purposes sign nothing', async () => {
    for (const purpose of ['jwt ', 'JWT', '', 'session', 'key-id', 'segment']) {
      const token = { ...(await goodToken(t, alice)), key: keyOf(t, purpose) };
      expect([purpose, await ask(t, `Bearer ${sign(token)}`)]).toEqual([purpose, refused]);
    }
  });

  it('attack: a token of another installation is refused', async () => {
    await using other = await openTestServer();
    const stranger = await other.signUp('alice');
    expect(await ask(t, `Bearer ${stranger.token}`)).toEqual(refused);
  });
});

describe('a token whose ground is gone', () => {
  const refusedBy = (t: TestServer) => ask(t, '');

  it('attack: the token of a revoked session is refused', async () => {
    await using t = await openTestServer();
    const alice = await t.signUp('alice');
    const token = sign(await goodToken(t, alice));
    expect((await ask(t, `Bearer ${token}`)).status).toBe(200);
    await t.stranger.send('POST', '/v1/token/revoke', { body: { token: alice.refreshToken } });
    expect(await ask(t, `Bearer ${token}`)).toEqual(await refusedBy(t));
  });

  it('attack: the token of an account that was removed is refused', async () => {
    await using t = await openTestServer();
    const alice = await t.signUp('alice');
    await t.locker.collections.accounts.deleteOne({ handle: 'alice' });
    expect(await ask(t, `Bearer ${alice.token}`)).toEqual(await refusedBy(t));
  });

  it('attack: the id of a session of one account with the account of another is refused', async () => {
    await using t = await openTestServer();
    const [alice, bob] = [await t.signUp('alice'), await t.signUp('bob')];
    const [mine, theirs] = [await goodToken(t, alice), await goodToken(t, bob)];
    const mixed = inPayload({ sub: theirs.payload['sub'] })(mine);
    expect(await ask(t, `Bearer ${mixed}`)).toEqual(await refusedBy(t));
  });

  it('attack: an API token that was revoked is refused', async () => {
    await using t = await openTestServer();
    const alice = await t.signUp('alice');
    const { body } = await alice.json<{ id: string; access_token: string }>('POST', '/v1/tokens', {
      body: { name: 'cron', scopes: ['files:read'] },
    });
    expect((await ask(t, `Bearer ${body.access_token}`)).status).toBe(200);
    expect((await alice.send('DELETE', `/v1/tokens/${body.id}`)).status).toBe(204);
    expect(await ask(t, `Bearer ${body.access_token}`)).toEqual(await refusedBy(t));
  });

  it('attack: an API token with more life than any may have is refused, although its record stands', async () => {
    await using t = await openTestServer();
    const alice = await t.signUp('alice');
    const good = await goodToken(t, alice);
    const record = {
      _id: newId(),
      account: String(good.payload['sub']),
      name: 'eternal',
      scopes: ['files:read'] as Scope[],
      createdAt: new Date(),
      expiresAt: new Date('2999-01-01'),
      revokedAt: null,
      keyId: t.keyring.primaryId,
    };
    await t.locker.collections.apiTokens.insertOne(record);
    const withLife = (seconds: number) =>
      inPayload({ kind: 'token', jti: record._id, exp: now() + seconds })(good);
    expect((await ask(t, `Bearer ${withLife(365 * 24 * 3600)}`)).status).toBe(200);
    expect(await ask(t, `Bearer ${withLife(367 * 24 * 3600)}`)).toEqual(await refusedBy(t));
  });

  it('attack: scopes that there are not, or that the role has not, give nothing', async () => {
    await using t = await openTestServer();
    const good = await goodToken(t, await t.signUp('alice'));
    const withScope = (scope: string) => t.client(inPayload({ scope })(good));
    const me = await withScope('files:* * root FILES:READ files:read,files:write').json('GET', '/v1/me');
    expect(me.body).toMatchObject({ scopes: [] });
    const list = await withScope('').json<ProblemBody>('GET', '/v1/files');
    expect([list.status, list.body.code]).toEqual([403, 'insufficient_scope']);
    const admin = await withScope('admin').json<ProblemBody>('POST', '/v1/invites', { body: {} });
    expect([admin.status, admin.body.code]).toEqual([403, 'insufficient_scope']);
  });
});
