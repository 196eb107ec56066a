import { operator } from '../../cli/operator.ts';
/* oxlint-disable unicorn/consistent-function-scoping -- a helper stands in the block that it serves */
import { describe, expect, it } from 'vitest';
import { issueSignInCode } from '../../src/accounts/sign-in-code.ts';
import { type Client, openTestServer, type TestServer } from '../support/server.ts';
import { type ProblemBody, sharedServer, type TokenBody, withoutRequestId } from './support.ts';

type Answer = TokenBody & ProblemBody;

const refresh = ({ stranger }: TestServer, refresh_token: string) =>
  stranger.json<Answer>('POST', '/v1/token', { body: { grant_type: 'refresh_token', refresh_token } });
const revoke = ({ stranger }: TestServer, body: object) =>
  stranger.send('POST', '/v1/token/revoke', { body });
const me = async (t: TestServer, token: string | undefined) =>
  (await t.client(token).send('GET', '/v1/me')).status;
const refreshTokenOf = ({ refreshToken = '' }: Client) => refreshToken;
const formBody = (fields: Record<string, string>) => ({
  body: new URLSearchParams(fields).toString(),
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
});

/** For tests that work in accounts of their own. */
const people = sharedServer();

describe('refreshing', () => {
  it('answers with the names of OAuth, uncached', async () => {
    const { t } = people;
    const alice = await people.newcomer();
    const response = await t.stranger.send('POST', '/v1/token', {
      body: { grant_type: 'refresh_token', refresh_token: refreshTokenOf(alice) },
    });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toMatch(/^application\/json/);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await response.json()).toEqual({
      access_token: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/) as string,
      token_type: 'Bearer',
      expires_in: 900,
      refresh_token: expect.any(String) as string,
      scope: 'files:read files:write share',
    });
  });

  it('is not kept from whoever has a token by those who guess behind the same address', async () => {
    await using t = await openTestServer();
    const alice = await t.signUp('alice');
    const [id] = refreshTokenOf(alice).split('.');
    const guesses = ['a.b', `${id}.b`];
    for (let n = 0; n < 101; n++) expect((await refresh(t, guesses[n % 2] ?? '')).status).toBe(400);
    for (const guess of guesses) expect((await refresh(t, guess)).status).toBe(429);
    const first = await refresh(t, refreshTokenOf(alice));
    expect(first.status).toBe(200);
    // A copied one is noticed all the same.
    expect((await refresh(t, refreshTokenOf(alice))).body.code).toBe('token_reused');
    expect((await refresh(t, first.body.refresh_token)).status).toBe(429);
  });

  it('gives a new refresh token each time, and access tokens that work side by side', async () => {
    const { t } = people;
    const alice = await people.newcomer();
    const second = await refresh(t, refreshTokenOf(alice));
    const third = await refresh(t, second.body.refresh_token);
    expect(new Set([refreshTokenOf(alice), second.body.refresh_token, third.body.refresh_token]).size).toBe(
      3,
    );
    expect(await me(t, alice.token)).toBe(200);
    expect(await me(t, second.body.access_token)).toBe(200);
    expect(await me(t, third.body.access_token)).toBe(200);
  });

  it('takes a form as well as JSON', async () => {
    const { t } = people;
    const alice = await people.newcomer();
    const { status, body } = await t.stranger.json<Answer>(
      'POST',
      '/v1/token',
      formBody({ grant_type: 'refresh_token', refresh_token: refreshTokenOf(alice) }),
    );
    expect(status).toBe(200);
    expect(await me(t, body.access_token)).toBe(200);
  });

  it('revokes the whole family when a used token comes back: also the newest access token stops at once', async () => {
    const { t } = people;
    const alice = await people.newcomer();
    const second = await refresh(t, refreshTokenOf(alice));
    const stolen = await refresh(t, refreshTokenOf(alice));
    expect([stolen.status, stolen.body.code, stolen.body.error]).toEqual([
      400,
      'token_reused',
      'invalid_grant',
    ]);
    expect(await me(t, alice.token)).toBe(401);
    expect(await me(t, second.body.access_token)).toBe(401);
    const newest = await refresh(t, second.body.refresh_token);
    expect([newest.status, newest.body.error]).toEqual([400, 'invalid_grant']);
  });

  it('notices a token that was used many exchanges ago', async () => {
    const { t } = people;
    const alice = await people.newcomer();
    let current = refreshTokenOf(alice);
    for (let n = 0; n < 20; n++) current = (await refresh(t, current)).body.refresh_token;
    expect((await refresh(t, refreshTokenOf(alice))).body.code).toBe('token_reused');
    expect((await refresh(t, current)).body.code).toBe('sign_in_expired');
  });

  it('leaves the other sessions of the account alone when one is revoked', async () => {
    await using t = await openTestServer();
    const alice = await t.signUp('alice');
    const { code } = await issueSignInCode(t.locker, operator, 'alice');
    const other = await t.stranger.json<Answer>('POST', '/v1/token', {
      body: { grant_type: 'authorization_code', code },
    });
    await refresh(t, refreshTokenOf(alice));
    await refresh(t, refreshTokenOf(alice));
    expect(await me(t, alice.token)).toBe(401);
    expect(await me(t, other.body.access_token)).toBe(200);
  });

  it('lets at most one of ten exchanges at once succeed, and revokes the family', async () => {
    const { t } = people;
    const alice = await people.newcomer();
    const answers = await Promise.all(Array.from({ length: 10 }, () => refresh(t, refreshTokenOf(alice))));
    const good = answers.filter(({ status }) => status === 200);
    expect(good.length).toBeLessThanOrEqual(1);
    for (const { status, body } of answers.filter((answer) => answer.status !== 200)) {
      expect([status, body.error]).toEqual([400, 'invalid_grant']);
    }
    for (const { body } of good) {
      expect(await me(t, body.access_token)).toBe(401);
      expect((await refresh(t, body.refresh_token)).status).toBe(400);
    }
    expect(await me(t, alice.token)).toBe(401);
  });

  it('refuses a guessed secret for a session that exists, and does not end that session', async () => {
    const { t } = people;
    const alice = await people.newcomer();
    const [session = ''] = refreshTokenOf(alice).split('.');
    const guesses = [session, `${session}.`, `${session}.${'A'.repeat(43)}`, `${session}.undefined`];
    const answers = await Promise.all(
      [...guesses, 'x', '.', 'nobody.nothing'].map((guess) => refresh(t, guess)),
    );
    const [first] = answers;
    expect([first?.status, first?.body.code, first?.body.error]).toEqual([
      400,
      'sign_in_expired',
      'invalid_grant',
    ]);
    for (const answer of answers)
      expect(withoutRequestId(answer.body)).toEqual(withoutRequestId(first?.body));
    expect(await me(t, alice.token)).toBe(200);
    expect((await refresh(t, refreshTokenOf(alice))).status).toBe(200);
  });

  it('refuses an access token as a refresh token', async () => {
    const { t } = people;
    const alice = await people.newcomer();
    const { status } = await refresh(t, alice.token ?? '');
    expect(status).toBe(400);
    expect(await me(t, alice.token)).toBe(200);
  });

  it('refuses a refresh token as an access token', async () => {
    const { t } = people;
    const alice = await people.newcomer();
    expect(await me(t, alice.refreshToken)).toBe(401);
  });

  it('refuses a refresh token that was not used for 60 days, and its access token', async () => {
    await using t = await openTestServer();
    const alice = await t.signUp('alice');
    t.advance(60 * 24 * 3600 * 1000 - 10_000);
    const fresh = await refresh(t, refreshTokenOf(alice));
    expect(fresh.status).toBe(200);
    t.advance(60 * 24 * 3600 * 1000 + 10_000);
    const late = await refresh(t, fresh.body.refresh_token);
    expect([late.status, late.body.code, late.body.error]).toEqual([400, 'sign_in_expired', 'invalid_grant']);
    expect(await me(t, alice.token)).toBe(401);
  });

  it('gives the scopes of the role that the account has now', async () => {
    await using t = await openTestServer();
    const ada = await t.signUp('ada', 'admin');
    await t.locker.collections.accounts.updateOne({ handle: 'ada' }, { $set: { role: 'member' } });
    const { body } = await refresh(t, refreshTokenOf(ada));
    expect(body.scope).toBe('files:read files:write share');
    const old = await ada.json<ProblemBody>('POST', '/v1/invites', { body: {} });
    expect([old.status, old.body.code]).toEqual([403, 'insufficient_scope']);
  });

  it('refuses a suspended account, and takes it back afterwards', async () => {
    await using t = await openTestServer();
    const alice = await t.signUp('alice');
    const setStatus = (status: 'active' | 'suspended') =>
      t.locker.collections.accounts.updateOne({ handle: 'alice' }, { $set: { status } });
    await setStatus('suspended');
    const refused = await refresh(t, refreshTokenOf(alice));
    expect([refused.status, refused.body.code, refused.body.error]).toEqual([
      403,
      'account_suspended',
      'invalid_grant',
    ]);
    await setStatus('active');
    expect((await refresh(t, refreshTokenOf(alice))).status).toBe(200);
  });
});

describe('the shape of a token request', () => {
  const shared = sharedServer();

  it.each([
    ['nothing', {}],
    ['no token', { grant_type: 'refresh_token' }],
    ['an empty token', { grant_type: 'refresh_token', refresh_token: '' }],
    ['a token that is an object', { grant_type: 'refresh_token', refresh_token: { $gt: '' } }],
    ['a token that is a list', { grant_type: 'refresh_token', refresh_token: ['a'] }],
    ['the member of another grant', { grant_type: 'refresh_token', refresh_token: 'a', code: 'b' }],
    ['a code for none', { grant_type: 'authorization_code' }],
  ])('answers invalid_request for %s', async (_what, body) => {
    const { t } = shared;
    const answer = await t.stranger.json<ProblemBody>('POST', '/v1/token', { body });
    expect([answer.status, answer.body.code, answer.body.error]).toEqual([
      400,
      'bad_request',
      'invalid_request',
    ]);
  });

  it('answers invalid_request for a parameter that is given twice (RFC 6749 section 3.2)', async () => {
    const { t } = shared;
    const { status, body } = await t.stranger.json<ProblemBody>('POST', '/v1/token', {
      body: 'grant_type=refresh_token&refresh_token=a&refresh_token=b',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    expect([status, body.error]).toEqual([400, 'invalid_request']);
  });

  it('answers unsupported_grant_type for a grant that there is not (RFC 6749 section 5.2)', async () => {
    const { t } = shared;
    const { status, body } = await t.stranger.json<ProblemBody>('POST', '/v1/token', {
      body: { grant_type: 'password', username: 'alice', password: 'secret' },
    });
    expect([status, body.error]).toEqual([400, 'unsupported_grant_type']);
  });

  it('ignores parameters that it does not know, such as the client_id of an OAuth library (RFC 6749 section 3.2)', async () => {
    const { t } = shared;
    const alice = await shared.newcomer();
    const { status } = await t.stranger.json(
      'POST',
      '/v1/token',
      formBody({ grant_type: 'refresh_token', refresh_token: refreshTokenOf(alice), client_id: 'cli' }),
    );
    expect(status).toBe(200);
  });

  it('refuses tokens in the query, and does not use them up', async () => {
    const { t } = shared;
    const alice = await shared.newcomer();
    const query = new URLSearchParams({ grant_type: 'refresh_token', refresh_token: refreshTokenOf(alice) });
    expect((await t.stranger.send('POST', `/v1/token?${String(query)}`, { body: {} })).status).toBe(400);
    expect((await refresh(t, refreshTokenOf(alice))).status).toBe(200);
    expect(t.logLines.join('\n')).not.toContain(refreshTokenOf(alice).split('.')[1]);
  });

  it.each(['text/plain', 'application/xml', 'multipart/form-data; boundary=x'])(
    'refuses a body of type %s',
    async (type) => {
      const { t } = shared;
      const { status, body } = await t.stranger.json<ProblemBody>('POST', '/v1/token', {
        body: 'grant_type=refresh_token&refresh_token=a',
        headers: { 'content-type': type },
      });
      expect([status, body.code]).toEqual([415, 'unsupported_media']);
    },
  );
});

describe('revoking', () => {
  it.each([
    ['JSON', (token: string) => ({ body: { token } })],
    ['JSON with a hint', (token: string) => ({ body: { token, token_type_hint: 'refresh_token' } })],
    ['a form', (token: string) => formBody({ token, token_type_hint: 'refresh_token' })],
  ])('ends the session at once, asked in %s', async (_what, options) => {
    const { t } = people;
    const alice = await people.newcomer();
    expect((await t.stranger.send('POST', '/v1/token/revoke', options(refreshTokenOf(alice)))).ok).toBe(true);
    expect(await me(t, alice.token)).toBe(401);
    const again = await refresh(t, refreshTokenOf(alice));
    expect([again.status, again.body.error]).toEqual([400, 'invalid_grant']);
  });

  it('ends the session by a refresh token that was exchanged already', async () => {
    const { t } = people;
    const alice = await people.newcomer();
    const { body } = await refresh(t, refreshTokenOf(alice));
    expect((await revoke(t, { token: refreshTokenOf(alice) })).ok).toBe(true);
    expect(await me(t, body.access_token)).toBe(401);
  });

  it('answers the same for tokens that it does not know, and ends nothing (RFC 7009 section 2.2)', async () => {
    await using t = await openTestServer();
    const alice = await t.signUp('alice');
    const [session = ''] = refreshTokenOf(alice).split('.');
    const bob = await t.signUp('bob');
    const good = await revoke(t, { token: refreshTokenOf(bob) });
    const { audit } = t.locker.collections;
    const ends = () => audit.find({ action: 'session.end' }).toArray();
    expect(await ends()).toMatchObject([{ subject: refreshTokenOf(bob).split('.')[0], outcome: 'ok' }]);
    for (const token of ['x', '.', session, `${session}.x`, 'nobody.nothing']) {
      const answer = await revoke(t, { token });
      expect([answer.status, await answer.text()]).toEqual([good.status, '']);
    }
    // Nor does it keep anything of them.
    expect(await ends()).toHaveLength(1);
    expect(await me(t, alice.token)).toBe(200);
  });

  it('answers the same for an access token, which it does not know (RFC 7009 section 2.2)', async () => {
    const { t } = people;
    const alice = await people.newcomer();
    const answer = await revoke(t, { token: alice.token });
    expect(answer.ok).toBe(true);
  });

  it('answers the same when repeated', async () => {
    const { t } = people;
    const alice = await people.newcomer();
    const answers = [
      await revoke(t, { token: refreshTokenOf(alice) }),
      await revoke(t, { token: refreshTokenOf(alice) }),
    ];
    expect(answers[1]?.status).toBe(answers[0]?.status);
  });

  it('answers invalid_request without a token', async () => {
    await using t = await openTestServer();
    const { status, body } = await t.stranger.json<ProblemBody>('POST', '/v1/token/revoke', { body: {} });
    expect([status, body.error]).toEqual([400, 'invalid_request']);
  });
});

describe('a sign-in code of the operator', () => {
  const signIn = ({ stranger }: TestServer, code: string) =>
    stranger.json<Answer>('POST', '/v1/token', { body: { grant_type: 'authorization_code', code } });

  it('signs its account in, once, however it is typed', async () => {
    await using t = await openTestServer();
    await t.signUp('alice');
    const { code } = await issueSignInCode(t.locker, operator, '@Alice');
    const { status, body } = await signIn(t, ` ${code.toUpperCase().replaceAll('-', '')} `);
    expect(status).toBe(200);
    expect((await t.client(body.access_token).json('GET', '/v1/me')).body).toMatchObject({ handle: 'alice' });
    const again = await signIn(t, code);
    expect([again.status, again.body.code, again.body.error]).toEqual([400, 'invalid_code', 'invalid_grant']);
  });

  it('is taken once, of ten that use it at once', async () => {
    await using t = await openTestServer();
    await t.signUp('alice');
    const { code } = await issueSignInCode(t.locker, operator, 'alice');
    const answers = await Promise.all(Array.from({ length: 10 }, () => signIn(t, code)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  });

  it('is refused after 15 minutes, with the answer of a code that never was', async () => {
    await using t = await openTestServer();
    await t.signUp('alice');
    const { code } = await issueSignInCode(t.locker, operator, 'alice');
    t.advance(15 * 60 * 1000 + 1);
    const late = await signIn(t, code);
    const never = await signIn(t, '00000-00000-00000-00000');
    expect([late.status, late.body.error]).toEqual([400, 'invalid_grant']);
    expect(withoutRequestId(late.body)).toEqual(withoutRequestId(never.body));
  });

  it('cannot be used to join', async () => {
    await using t = await openTestServer();
    await t.signUp('alice');
    const { code } = await issueSignInCode(t.locker, operator, 'alice');
    const { body } = await t.stranger.json<ProblemBody>('POST', '/v1/join', {
      body: { code, handle: 'eve' },
    });
    expect(body.code).toBe('invalid_code');
    expect((await signIn(t, code)).status).toBe(200);
  });

  it('does not sign a suspended account in', async () => {
    await using t = await openTestServer();
    await t.signUp('alice');
    await t.locker.collections.accounts.updateOne({ handle: 'alice' }, { $set: { status: 'suspended' } });
    const { code } = await issueSignInCode(t.locker, operator, 'alice');
    const { status, body } = await signIn(t, code);
    expect([status, body.code, body.error]).toEqual([403, 'account_suspended', 'invalid_grant']);
    expect(await t.locker.collections.sessions.countDocuments()).toBe(1);
  });
});
