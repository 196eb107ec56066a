import { beforeAll, describe, expect, it } from 'vitest';
import { operations } from '../../api/routes/index.ts';
import { allScopes } from '../../src/accounts/actor.ts';
import type { Scope } from '../../src/accounts/documents.ts';
import { type Client, openTestServer, type TestServer } from '../support/server.ts';
import { everything, oneOfEverything, sampleCall, type Subject } from './calls.ts';
import { type ProblemBody, sharedServer } from './support.ts';

interface NewToken {
  id: string;
  name: string;
  scopes: Scope[];
  access_token: string;
  createdAt: string;
  expiresAt: string;
}

const isScope = (auth: string): auth is Scope => allScopes.some((scope) => scope === auth);
const scoped = operations.flatMap(({ id, method, auth }) =>
  isScope(auth) ? [{ id, method, scope: auth }] : [],
);

async function mint(
  t: TestServer,
  client: Client,
  scopes: readonly Scope[],
  more: object = {},
): Promise<NewToken & { client: Client }> {
  const { status, body } = await client.json<NewToken>('POST', '/v1/tokens', {
    body: { name: 'program', scopes, ...more },
  });
  expect(status).toBe(201);
  return { ...body, client: t.client(body.access_token) };
}

/** For tests that work in accounts of their own. */
const people = sharedServer();

describe('making an API token', () => {
  const shared = sharedServer();

  it('gives the token once, and stores and lists everything but the token', async () => {
    await using t = await openTestServer();
    const alice = await t.signUp('alice');
    const token = await mint(t, alice, ['files:read'], { name: ' nightly ', expires_in: 3600 });
    expect(token).toMatchObject({ name: 'nightly', scopes: ['files:read'] });
    expect(Date.parse(token.expiresAt) - Date.parse(token.createdAt)).toBe(3_600_000);
    const list = await alice.json<{ tokens: Record<string, unknown>[] }>('GET', '/v1/tokens');
    const { id, name, scopes, createdAt, expiresAt } = token;
    expect(list.body.tokens).toEqual([{ id, name, scopes, createdAt, expiresAt }]);
    expect(JSON.stringify(await t.locker.collections.apiTokens.find().toArray())).not.toContain(
      token.access_token.split('.')[2],
    );
  });

  it.each([
    ['no name', { scopes: ['files:read'] }],
    ['a blank name', { name: ' ', scopes: ['files:read'] }],
    ['a long name', { name: 'x'.repeat(101), scopes: ['files:read'] }],
    ['no scopes', { name: 'x' }],
    ['empty scopes', { name: 'x', scopes: [] }],
    ['unknown scopes', { name: 'x', scopes: ['files:*'] }],
    ['scopes in one text', { name: 'x', scopes: 'files:read' }],
    ['the same scope twice', { name: 'x', scopes: ['files:read', 'files:read'] }],
    ['too short a life', { name: 'x', scopes: ['files:read'], expires_in: 59 }],
    ['more than a year', { name: 'x', scopes: ['files:read'], expires_in: 31_536_001 }],
    ['no end', { name: 'x', scopes: ['files:read'], expires_in: null }],
    ['an id of its own', { name: 'x', scopes: ['files:read'], id: 'mine' }],
  ])('refuses %s', async (_what, body) => {
    const answer = await (await shared.newcomer()).json<ProblemBody>('POST', '/v1/tokens', { body });
    expect([answer.status, answer.body.code]).toEqual([400, 'bad_request']);
  });

  it('refuses the 101st, and takes it once one was revoked or expired', async () => {
    await using t = await openTestServer();
    const alice = await t.signUp('alice');
    const first = await mint(t, alice, ['files:read']);
    const { _id: _first, ...record } = (await t.locker.collections.apiTokens.findOne({ _id: first.id })) ?? {
      _id: '',
    };
    await t.locker.collections.apiTokens.insertMany(
      Array.from({ length: 99 }, (_, n) => ({ ...record, _id: `filler${n}` })) as never,
    );
    const refused = await alice.json<ProblemBody>('POST', '/v1/tokens', {
      body: { name: 'x', scopes: ['files:read'] },
    });
    expect([refused.status, refused.body.code]).toEqual([409, 'too_many']);
    await alice.send('DELETE', `/v1/tokens/${first.id}`);
    await mint(t, alice, ['files:read']);
  });
});

describe('what an API token may do', () => {
  const shared = sharedServer();
  beforeAll(() => shared.t.signUp('bob'));
  /** An administrator who has one of everything, and someone to manage. */
  async function arrange(): Promise<{ owner: Client; subject: Subject }> {
    const { t } = shared;
    const owner = await shared.newcomer('admin');
    const account = `managed${managed++}`;
    await t.signUp(account);
    return { owner, subject: await oneOfEverything(t, owner, { handle: 'bob', account }) };
  }
  let managed = 0;
  let once: ReturnType<typeof arrange> | undefined;
  /** The same for all calls that are refused, since they change nothing. */
  const arranged = () => (once ??= arrange());

  it('covers every scope with an operation', () => {
    expect(new Set(scoped.map(({ scope }) => scope))).toEqual(new Set(allScopes));
  });

  it.each(scoped)('$id ($method) is refused without the scope $scope', async ({ id, method, scope }) => {
    const { t } = shared;
    const { owner, subject } = await arranged();
    const lacking = await mint(
      t,
      owner,
      allScopes.filter((other) => other !== scope),
    );
    const before = await everything(t);
    const { path, ...options } = sampleCall(id, subject);
    const response = await lacking.client.send(method, path, options);
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({ code: 'insufficient_scope', scope });
    expect(response.headers.get('www-authenticate')).toBe(
      `Bearer error="insufficient_scope", scope="${scope}"`,
    );
    const head = method === 'GET' ? await lacking.client.send('HEAD', path, options) : response;
    expect(head.status).toBe(403);
    expect(await everything(t)).toBe(before);
    await owner.send('DELETE', `/v1/tokens/${lacking.id}`);
  });

  it.each(scoped)(
    '$id ($method) is refused with the scope alone only where a person must ask',
    async (one) => {
      const { t } = shared;
      const { owner, subject } = await arrange();
      const { client } = await mint(t, owner, [one.scope]);
      const { path, ...options } = sampleCall(one.id, subject);
      const response = await client.send(one.method, path, options);
      const text = await response.text();
      expect(response.status).not.toBe(404);
      const refusal = response.status === 403 ? (JSON.parse(text) as ProblemBody).code : 'none';
      const forPeople = ['createInvite', 'changeMe', 'exportMe', 'eraseMe', 'requestAccess'];
      expect(refusal).toBe(forPeople.includes(one.id) ? 'forbidden' : 'none');
    },
  );

  it('attack: a token with all scopes cannot make, list or revoke tokens, nor invite', async () => {
    await using t = await openTestServer();
    const owner = await t.signUp('olga', 'owner');
    const token = await mint(t, owner, allScopes);
    const answers = [
      await token.client.json<ProblemBody>('POST', '/v1/tokens', {
        body: { name: 'child', scopes: ['files:read'] },
      }),
      await token.client.json<ProblemBody>('GET', '/v1/tokens'),
      await token.client.json<ProblemBody>('DELETE', `/v1/tokens/${token.id}`),
      await token.client.json<ProblemBody>('POST', '/v1/invites', { body: {} }),
    ];
    expect(answers.map(({ status, body }) => [status, body.code])).toEqual(
      answers.map(() => [403, 'forbidden']),
    );
    expect(await t.locker.collections.apiTokens.countDocuments()).toBe(1);
    expect(await t.locker.collections.codes.countDocuments()).toBe(0);
  });

  it('attack: a member cannot obtain the scope admin', async () => {
    await using t = await openTestServer();
    const member = await t.signUp('mallory');
    for (const scopes of [['admin'], ['files:read', 'admin']]) {
      const { status, body } = await member.json<ProblemBody>('POST', '/v1/tokens', {
        body: { name: 'x', scopes },
      });
      expect([status, body.code, body.scope]).toEqual([403, 'insufficient_scope', 'admin']);
    }
    expect(await t.locker.collections.apiTokens.countDocuments()).toBe(0);
  });

  it('attack: an admin who became a member has a token with the scope admin that is good for nothing', async () => {
    await using t = await openTestServer();
    const admin = await t.signUp('ada', 'admin');
    const token = await mint(t, admin, ['admin', 'files:read']);
    await t.locker.collections.accounts.updateOne({ handle: 'ada' }, { $set: { role: 'member' } });
    expect((await token.client.json('GET', '/v1/me')).body).toMatchObject({ scopes: ['files:read'] });
    const invited = await token.client.json<ProblemBody>('POST', '/v1/invites', { body: {} });
    expect(invited.body.code).toBe('insufficient_scope');
    const minted = await admin.json<ProblemBody>('POST', '/v1/tokens', {
      body: { name: 'x', scopes: ['admin'] },
    });
    expect(minted.body.code).toBe('insufficient_scope');
  });

  it('attack: an API token is no refresh token', async () => {
    const { t } = people;
    const { access_token } = await mint(t, await people.newcomer(), ['files:read']);
    const answer = await t.stranger.send('POST', '/v1/token', {
      body: { grant_type: 'refresh_token', refresh_token: access_token },
    });
    expect(answer.status).toBe(400);
  });
});

describe('the end of an API token', () => {
  it('is the time that was asked for', async () => {
    await using t = await openTestServer();
    const alice = await t.signUp('alice');
    const { client } = await mint(t, alice, ['files:read'], { expires_in: 60 });
    t.advance(55_000);
    expect((await client.send('GET', '/v1/me')).status).toBe(200);
    t.advance(6_000);
    expect((await client.send('GET', '/v1/me')).status).toBe(401);
    expect((await alice.json<{ tokens: unknown[] }>('GET', '/v1/tokens')).body.tokens).toEqual([]);
  });

  it('is its revocation, at once, and once', async () => {
    const { t } = people;
    const alice = await people.newcomer();
    const [one, other] = [await mint(t, alice, ['files:read']), await mint(t, alice, ['files:read'])];
    expect((await alice.send('DELETE', `/v1/tokens/${one.id}`)).status).toBe(204);
    expect((await one.client.send('GET', '/v1/me')).status).toBe(401);
    expect((await other.client.send('GET', '/v1/me')).status).toBe(200);
    expect((await alice.send('DELETE', `/v1/tokens/${one.id}`)).status).toBe(404);
    const list = await alice.json<{ tokens: { id: string }[] }>('GET', '/v1/tokens');
    expect(list.body.tokens.map(({ id }) => id)).toEqual([other.id]);
  });

  it('does not come with the end of the session that made it', async () => {
    const { t } = people;
    const alice = await people.newcomer();
    const { client } = await mint(t, alice, ['files:read']);
    await t.stranger.send('POST', '/v1/token/revoke', { body: { token: alice.refreshToken } });
    expect((await client.send('GET', '/v1/me')).status).toBe(200);
  });
});
