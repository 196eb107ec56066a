import { describe, expect, it } from 'vitest';
import { issueSetupCode } from '../../src/accounts/installation.ts';
import { type Client, openTestServer } from '../support/server.ts';

const from = (address: string) => ({ headers: { 'x-forwarded-for': address } });
const statusOfMe = async (client: Client) => (await client.send('GET', '/v1/me')).status;
const behindProxy = { trustedProxies: ['127.0.0.1'] };

describe('rate limits', () => {
  it('refuses what is over the budget of an account, with 429, Retry-After and the RateLimit fields', async () => {
    await using t = await openTestServer({ accountRequests: 6 });
    const alice = await t.signUp('alice');
    const first = await alice.send('GET', '/v1/me');
    expect(first.status).toBe(200);
    expect(first.headers.get('ratelimit-policy')).toBe('"account";q=6;w=60');
    expect(first.headers.get('ratelimit')).toMatch(/^"account";r=5;t=\d+$/);
    for (let i = 0; i < 5; i++) expect((await alice.send('GET', '/v1/me')).status).toBe(200);
    for (let i = 0; i < 3; i++) {
      const over = await alice.send('GET', '/v1/me');
      expect(over.status).toBe(429);
      expect(over.headers.get('content-type')).toBe('application/problem+json');
      expect(over.headers.get('ratelimit')).toMatch(/^"account";r=0;t=\d+$/);
      expect(Number(over.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(await over.json()).toMatchObject({ code: 'rate_limited', status: 429, limit: 6 });
    }
    // Somebody else is not touched, nor is whoever has not signed in.
    expect((await (await t.signUp('bob')).send('GET', '/v1/me')).status).toBe(200);
    expect((await t.stranger.send('GET', '/openapi.json')).status).toBe(200);
  });

  it('counts uploads and downloads apart from other requests', async () => {
    await using t = await openTestServer({ accountRequests: 6 });
    const alice = await t.signUp('alice');
    const upload = () => alice.send('POST', '/v1/files?name=a.txt', { body: 'a' });
    const statuses = [];
    for (let i = 0; i < 4; i++) {
      const response = await upload();
      statuses.push(response.status);
      expect(response.headers.get('ratelimit-policy')).toBe('"transfers";q=3;w=60');
      await response.text();
    }
    expect(statuses).toEqual([201, 201, 201, 429]);
    expect((await alice.send('GET', '/v1/me')).status).toBe(200);
  });

  it('refuses an upload over the budget without reading it', async () => {
    await using t = await openTestServer({ accountRequests: 2 });
    const alice = await t.signUp('alice');
    expect((await alice.send('POST', '/v1/files?name=a.txt', { body: 'a' })).status).toBe(201);
    const { status } = await alice.json('POST', '/v1/files?name=b.txt', { body: 'b' });
    expect(status).toBe(429);
    const { body } = await alice.json<{ files: unknown[] }>('GET', '/v1/files');
    expect(body.files).toHaveLength(1);
  });

  it('holds the budget under 100 requests at once, and shares it between two instances', async () => {
    await using t = await openTestServer({ accountRequests: 40 });
    const alice = await t.signUp('alice');
    const responses = await Promise.all(Array.from({ length: 100 }, () => alice.send('GET', '/v1/me')));
    expect(responses.filter(({ status }) => status === 200)).toHaveLength(40);
    expect(responses.filter(({ status }) => status === 429)).toHaveLength(60);
    // What another instance counted is in the database.
    const [stored] = await t.locker.collections.rates.find({ key: /^account:/ }).toArray();
    expect(stored?.points).toBeGreaterThanOrEqual(40);
  });

  it('spends a large budget on requests alone, however many come at once', async () => {
    await using t = await openTestServer({ accountRequests: 5000 });
    const alice = await t.signUp('alice');
    const statuses = new Set<number>();
    for (let round = 0; round < 30; round += 1) {
      const answers = await Promise.all(Array.from({ length: 40 }, () => alice.send('GET', '/v1/me')));
      for (const { status } of answers) statuses.add(status);
    }
    expect(statuses).toEqual(new Set([200]));
    const [stored] = await t.locker.collections.rates.find({ key: /^account:/ }).toArray();
    // In blocks of ten.
    expect(stored?.points).toBeLessThanOrEqual(30 * 40 + 20);
  });

  it('counts those who did not sign in by their address', async () => {
    await using t = await openTestServer({ addressRequests: 5 }, behindProxy);
    const statuses = async (address: string) => {
      const responses = await Promise.all(
        Array.from({ length: 8 }, () => t.stranger.send('GET', '/v1/me', from(address))),
      );
      return responses.map(({ status }) => status).toSorted((a, b) => a - b);
    };
    expect(await statuses('198.51.100.1')).toEqual([401, 401, 401, 401, 401, 429, 429, 429]);
    expect(await statuses('198.51.100.2')).toEqual([401, 401, 401, 401, 401, 429, 429, 429]);
    expect(await statuses('2001:db8::1')).toEqual([401, 401, 401, 401, 401, 429, 429, 429]);
    expect((await t.stranger.send('GET', '/v1/me', from('2001:db8::2'))).status).toBe(429);
  });

  it('counts failed sign-ins too, but neither health checks nor unknown routes, which ask nothing of the database', async () => {
    await using t = await openTestServer({ addressRequests: 3 });
    for (const path of ['/v1/me', '/v1/files', '/v1/folders'])
      expect((await t.stranger.send('GET', path)).status).toBe(401);
    for (const path of ['/v1/me', '/v1/tokens'])
      expect((await t.stranger.send('GET', path)).status).toBe(429);
    for (let i = 0; i < 5; i++) {
      expect((await t.stranger.send('GET', '/health/live')).status).toBe(200);
      expect((await t.stranger.send('GET', '/nowhere')).status).toBe(404);
    }
  });

  it('goes on serving whoever is signed in behind an address that is over its budget', async () => {
    await using t = await openTestServer({ addressRequests: 2 });
    const alice = await t.signUp('alice');
    for (let i = 0; i < 5; i++) await t.stranger.send('GET', '/v1/me');
    expect((await t.stranger.send('GET', '/v1/me')).status).toBe(429);
    expect((await alice.send('GET', '/v1/me')).status).toBe(200);
  });

  it('does not believe X-Forwarded-For of a client', async () => {
    await using t = await openTestServer({ addressRequests: 3 });
    const statuses = [];
    for (let i = 0; i < 5; i++)
      statuses.push((await t.stranger.send('GET', '/v1/me', from(`198.51.100.${i}`))).status);
    expect(statuses).toEqual([401, 401, 401, 429, 429]);
  });

  it('lets everything through if it is switched off, and says nothing of budgets', async () => {
    await using t = await openTestServer({ addressRequests: 0, accountRequests: 0 });
    const alice = await t.signUp('alice');
    const response = await alice.send('GET', '/v1/me');
    expect(response.status).toBe(200);
    expect(response.headers.get('ratelimit')).toBeNull();
  });

  it('lets requests through, and counts that, if only the counters are broken', async () => {
    await using t = await openTestServer();
    const alice = await t.signUp('alice');
    // A document that the counters' update does not fit.
    await t.database.db.command({ collMod: 'rates', validator: { never: true }, validationAction: 'error' });
    expect((await alice.send('GET', '/v1/me')).status).toBe(200);
    expect(await t.locker.meter.registry.getSingleMetricAsString('coffer_rate_limit_failures_total')).toMatch(
      /^coffer_rate_limit_failures_total [1-9]/m,
    );
    // The database is used again.
    await t.database.db.command({ collMod: 'rates', validator: {} });
  });
});

describe('guesses over HTTP', () => {
  it('refuses 500 guesses at the setup code with 429, and others claim and are served meanwhile', async () => {
    await using t = await openTestServer({}, behindProxy);
    const code = await issueSetupCode(t.locker.collections, undefined);
    const alice = await t.signUp('alice');
    const guesses = Array.from({ length: 500 }, (_, n) =>
      t.stranger.json('POST', '/v1/setup', {
        ...from(`198.51.100.${n % 5}`),
        body: { code: `${n}`, handle: 'mallory' },
      }),
    );
    expect((await alice.send('GET', '/v1/me')).status).toBe(200);
    const outcomes = await Promise.all(guesses);
    expect(outcomes.filter(({ status }) => status === 400).length).toBeLessThanOrEqual(5 * 11);
    expect(outcomes.filter(({ status }) => status === 429).length).toBeGreaterThanOrEqual(445);
    expect(outcomes.every(({ status }) => status === 400 || status === 429)).toBe(true);
    const claimed = await t.stranger.json('POST', '/v1/setup', {
      ...from('203.0.113.5'),
      body: { code, handle: 'owner' },
    });
    expect(claimed.status).toBe(201);
  });

  it.each([
    ['invites', '/v1/join', { code: 'aaaaa-aaaaa-aaaaa-aaaaa', handle: 'mallory' }, 11],
    ['sign-in codes', '/v1/token', { grant_type: 'authorization_code', code: 'aaaaa' }, 11],
    ['refresh tokens', '/v1/token', { grant_type: 'refresh_token', refresh_token: 'a.b' }, 101],
  ])('bans whoever guesses at %s, and says when to come back', async (_what, path, body, tries) => {
    await using t = await openTestServer();
    for (let i = 0; i < tries; i++) expect((await t.stranger.json('POST', path, { body })).status).toBe(400);
    const banned = await t.stranger.send('POST', path, { body });
    expect(banned.status).toBe(429);
    expect(Number(banned.headers.get('retry-after'))).toBeGreaterThan(1);
  });

  it('bans whoever sends garbage for a token, and nobody who has a good one behind the same address', async () => {
    await using t = await openTestServer();
    const alice = await t.signUp('alice');
    const garbage = () => t.client('eyJhbGciOiJub25lIn0.e30.').send('GET', '/v1/me');
    for (let i = 0; i < 101; i++) expect((await garbage()).status).toBe(401);
    const banned = await garbage();
    expect(banned.status).toBe(429);
    expect(banned.headers.get('retry-after')).not.toBeNull();
    expect((await alice.send('GET', '/v1/me')).status).toBe(200);
  });

  it('tells a client whose token has ended just that, though others at its address are banned', async () => {
    await using t = await openTestServer();
    t.advance(-16 * 60_000);
    const ended = await t.signUp('alice');
    t.advance(16 * 60_000);
    const revoked = await t.signUp('bob');
    await revoked.send('POST', '/v1/token/revoke', { body: { token: revoked.refreshToken } });
    for (let i = 0; i < 60; i++)
      expect([await statusOfMe(ended), await statusOfMe(revoked)]).toEqual([401, 401]);
    const garbage = t.client('eyJhbGciOiJub25lIn0.e30.');
    for (let i = 0; i < 101; i++) expect(await statusOfMe(garbage)).toBe(401);
    expect(await statusOfMe(garbage)).toBe(429);
    expect([await statusOfMe(ended), await statusOfMe(revoked)]).toEqual([401, 401]);
    // One whose last part was changed was never ours.
    expect(await statusOfMe(t.client(`${ended.token?.slice(0, -4)}AAAA`))).toBe(429);
  });

  it('keeps the address that a trusted proxy tells with the session', async () => {
    await using t = await openTestServer({}, behindProxy);
    const code = await issueSetupCode(t.locker.collections, undefined);
    await t.stranger.send('POST', '/v1/setup', { ...from('203.0.113.5'), body: { code, handle: 'owner' } });
    const [session] = await t.locker.collections.sessions.find().toArray();
    expect(session?.address).toBe('203.0.113.5');
  });
});
