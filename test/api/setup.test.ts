import { describe, expect, it } from 'vitest';
import { issueSetupCode } from '../../src/accounts/installation.ts';
import { type Client, openTestServer, type TestServer } from '../support/server.ts';
import type { ProblemBody, TokenBody } from './support.ts';

type Welcome = TokenBody & { handle: string } & ProblemBody;
type Code = { code: string; expiresAt: string } & ProblemBody;

const newSetupCode = ({ locker }: TestServer) => issueSetupCode(locker.collections, undefined);
const setUp = ({ stranger }: TestServer, code: string, handle: string) =>
  stranger.json<Welcome>('POST', '/v1/setup', { body: { code, handle } });
const join = ({ stranger }: TestServer, code: string, handle: string) =>
  stranger.json<Welcome>('POST', '/v1/join', { body: { code, handle } });

async function invite(client: Client, body?: object): Promise<Code> {
  const answer = await client.json<Code>('POST', '/v1/invites', body === undefined ? {} : { body });
  expect(answer.status).toBe(201);
  return answer.body;
}

describe('claiming an installation', () => {
  it('makes the owner and signs them in, with the right code', async () => {
    await using t = await openTestServer();
    const { status, body } = await setUp(t, await newSetupCode(t), '@Alice');
    expect(status).toBe(201);
    expect(body).toMatchObject({ handle: 'alice', token_type: 'Bearer' });
    expect((await t.client(body.access_token).json('GET', '/v1/me')).body).toMatchObject({
      handle: 'alice',
      role: 'owner',
      scopes: ['files:read', 'files:write', 'share', 'admin'],
    });
  });

  it('refuses a wrong code, and makes no account', async () => {
    await using t = await openTestServer();
    await newSetupCode(t);
    const { status, body } = await setUp(t, '00000-00000-00000-00000', 'alice');
    expect(status).toBe(400);
    expect(body.code).toBe('invalid_code');
    expect(await t.locker.collections.accounts.countDocuments()).toBe(0);
  });

  it('refuses every code while none was issued', async () => {
    await using t = await openTestServer();
    for (const code of ['00000-00000-00000-00000', ' ', '-', 'null', 'undefined']) {
      expect((await setUp(t, code, 'alice')).body.code).toBe('invalid_code');
    }
  });

  it('tells a used code, a wrong code and a new code alike that there is an owner already', async () => {
    await using t = await openTestServer();
    const code = await newSetupCode(t);
    expect((await setUp(t, code, 'alice')).status).toBe(201);
    const answers = [await setUp(t, code, 'mallory'), await setUp(t, '00000-00000-00000-00000', 'mallory')];
    answers.push(await setUp(t, await newSetupCode(t), 'mallory'));
    expect(answers.map(({ status, body }) => [status, body.code])).toEqual(
      answers.map(() => [409, 'already_claimed']),
    );
    expect(await t.locker.collections.accounts.countDocuments()).toBe(1);
  });

  it('takes the code of either instance while there is no owner', async () => {
    await using t = await openTestServer();
    const [first, second] = [await newSetupCode(t), await newSetupCode(t)];
    // A restart shows the same code again.
    await issueSetupCode(t.locker.collections, second);
    expect((await setUp(t, first, 'alice')).status).toBe(201);
    expect((await setUp(t, second, 'mallory')).body.code).toBe('already_claimed');
    expect(await t.locker.collections.installation.findOne()).toMatchObject({ setupHashes: [] });
  });

  it('leaves the code usable after a handle that is not allowed', async () => {
    await using t = await openTestServer();
    const code = await newSetupCode(t);
    for (const handle of ['admin', 'a b', '-a', 'a'.repeat(33), '../x', 'ä']) {
      const { status, body } = await setUp(t, code, handle);
      expect([handle, status, body.code]).toEqual([handle, 400, 'invalid_handle']);
    }
    expect((await setUp(t, code, 'alice')).status).toBe(201);
  });

  it('makes one owner out of ten claims at once', async () => {
    await using t = await openTestServer();
    const code = await newSetupCode(t);
    const answers = await Promise.all(Array.from({ length: 10 }, (_, n) => setUp(t, code, `person${n}`)));
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([
      201,
      ...Array<number>(9).fill(409),
    ]);
    expect(new Set(answers.flatMap(({ status, body }) => (status === 409 ? [body.code] : [])))).toEqual(
      new Set(['already_claimed']),
    );
    expect(await t.locker.collections.accounts.countDocuments({ role: 'owner' })).toBe(1);
    expect(await t.locker.collections.accounts.countDocuments()).toBe(1);
  });

  it('makes one owner out of two claims at once with the same handle', async () => {
    await using t = await openTestServer();
    const code = await newSetupCode(t);
    const answers = await Promise.all([setUp(t, code, 'alice'), setUp(t, code, 'alice')]);
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, 409]);
    expect(answers.find(({ status }) => status === 409)?.body.code).toBe('already_claimed');
  });

  it.each([
    ['capitals', (code: string) => code.toUpperCase()],
    ['no hyphens', (code: string) => code.replaceAll('-', '')],
    ['spaces for hyphens and around', (code: string) => ` ${code.replaceAll('-', ' ')} `],
    ['o for 0 and l for 1', (code: string) => code.replaceAll('0', 'O').replaceAll('1', 'l')],
    ['i for 1', (code: string) => code.replaceAll('1', 'I')],
  ])('takes a code with %s', async (_what, typed) => {
    await using t = await openTestServer();
    const code = await issueSetupCode(t.locker.collections, '01a0b-1cdef-ghjkm-npq10');
    expect((await setUp(t, typed(code), 'alice')).status).toBe(201);
  });
});

describe('inviting', () => {
  it('gives an administrator a code with an end, and stores only its hash', async () => {
    await using t = await openTestServer();
    const { code, expiresAt } = await invite(await t.signUp('olga', 'owner'));
    expect(code).toMatch(/^[0-9a-z]{5}(-[0-9a-z]{5}){3}$/);
    expect(Date.parse(expiresAt)).toBeGreaterThan(Date.now() + 6 * 24 * 3600 * 1000);
    const documents = JSON.stringify(await t.locker.collections.codes.find().toArray());
    expect(documents).not.toContain(code);
    expect(documents).not.toContain(code.replaceAll('-', ''));
  });

  it('refuses a member', async () => {
    await using t = await openTestServer();
    const member = await t.signUp('bob');
    for (const role of ['member', 'admin']) {
      const { status, body } = await member.json<ProblemBody>('POST', '/v1/invites', { body: { role } });
      expect([status, body.code]).toEqual([403, 'insufficient_scope']);
    }
    expect(await t.locker.collections.codes.countDocuments()).toBe(0);
  });

  it('lets an admin invite members and not admins', async () => {
    await using t = await openTestServer();
    const admin = await t.signUp('ada', 'admin');
    const refused = await admin.json<ProblemBody>('POST', '/v1/invites', { body: { role: 'admin' } });
    expect([refused.status, refused.body.code]).toEqual([403, 'forbidden']);
    const { code } = await invite(admin, { role: 'member' });
    expect((await join(t, code, 'bob')).status).toBe(201);
  });

  it('lets the owner invite admins, and nobody invite owners', async () => {
    await using t = await openTestServer();
    const owner = await t.signUp('olga', 'owner');
    const { code } = await invite(owner, { role: 'admin' });
    const { body } = await join(t, code, 'ada');
    expect((await t.client(body.access_token).json('GET', '/v1/me')).body).toMatchObject({ role: 'admin' });
    const refused = await owner.json<ProblemBody>('POST', '/v1/invites', { body: { role: 'owner' } });
    expect([refused.status, refused.body.code]).toEqual([400, 'bad_request']);
  });

  it('refuses a life that is too short, too long or no number of seconds', async () => {
    await using t = await openTestServer();
    const owner = await t.signUp('olga', 'owner');
    for (const expires_in of [59, 2_592_001, 3600.5, -1, '3600s', null]) {
      const { status, body } = await owner.json<ProblemBody>('POST', '/v1/invites', { body: { expires_in } });
      expect([expires_in, status, body.code]).toEqual([expires_in, 400, 'bad_request']);
    }
  });
});

describe('joining', () => {
  it('makes a member who is signed in', async () => {
    await using t = await openTestServer();
    const { code } = await invite(await t.signUp('olga', 'owner'));
    const { status, body } = await join(t, code.toUpperCase().replaceAll('-', ' '), ' @Bob ');
    expect([status, body.handle, body.scope]).toEqual([201, 'bob', 'files:read files:write share']);
    expect((await t.client(body.access_token).json('GET', '/v1/me')).body).toMatchObject({
      handle: 'bob',
      role: 'member',
    });
    expect((await t.client(body.access_token).json('GET', '/v1/files')).status).toBe(200);
  });

  it('takes a code once, of ten that use it at once', async () => {
    await using t = await openTestServer();
    const { code } = await invite(await t.signUp('olga', 'owner'));
    const answers = await Promise.all(Array.from({ length: 10 }, (_, n) => join(t, code, `person${n}`)));
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([
      201,
      ...Array<number>(9).fill(400),
    ]);
    expect(new Set(answers.flatMap(({ status, body }) => (status === 400 ? [body.code] : [])))).toEqual(
      new Set(['invalid_code']),
    );
    expect(await t.locker.collections.accounts.countDocuments()).toBe(2);
    expect((await join(t, code, 'late')).body.code).toBe('invalid_code');
  });

  it('makes one account of two invites that take the same handle at once, and leaves the other invite usable', async () => {
    await using t = await openTestServer();
    const owner = await t.signUp('olga', 'owner');
    const codes = [(await invite(owner)).code, (await invite(owner)).code];
    const answers = await Promise.all(codes.map((code) => join(t, code, 'bob')));
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, 409]);
    const loser = answers.findIndex(({ status }) => status === 409);
    expect(answers[loser]?.body.code).toBe('account_exists');
    expect((await join(t, codes[loser] ?? '', 'bea')).status).toBe(201);
  });

  it('gives the same answer for a code that is expired, used or was never issued', async () => {
    await using t = await openTestServer();
    const owner = await t.signUp('olga', 'owner');
    const used = (await invite(owner)).code;
    expect((await join(t, used, 'bob')).status).toBe(201);
    const expired = (await invite(owner, { expires_in: 60 })).code;
    t.advance(61_000);
    const answers = [];
    for (const code of [used, expired, '00000-00000-00000-00000']) {
      const { status, body } = await join(t, code, 'carol');
      answers.push({ ...body, answered: status, requestId: '' });
    }
    expect(answers[0]).toMatchObject({ answered: 400, code: 'invalid_code' });
    expect(answers[1]).toEqual(answers[0]);
    expect(answers[2]).toEqual(answers[0]);
  });

  it('leaves the invite usable after a handle that is taken or not allowed', async () => {
    await using t = await openTestServer();
    const { code } = await invite(await t.signUp('olga', 'owner'));
    expect((await join(t, code, 'OLGA')).body.code).toBe('account_exists');
    expect((await join(t, code, 'me')).body.code).toBe('invalid_handle');
    expect((await join(t, code, 'bob')).status).toBe(201);
  });

  it('refuses to be an oracle for handles: without a good code a taken handle is not told apart', async () => {
    await using t = await openTestServer();
    await t.signUp('olga', 'owner');
    const taken = await join(t, '00000-00000-00000-00000', 'olga');
    const free = await join(t, '00000-00000-00000-00000', 'nobody');
    expect({ ...taken.body, requestId: '' }).toEqual({ ...free.body, requestId: '' });
  });

  it('refuses a code of another purpose', async () => {
    await using t = await openTestServer();
    const { code } = await invite(await t.signUp('olga', 'owner'));
    const asSignIn = await t.stranger.json<ProblemBody>('POST', '/v1/token', {
      body: { grant_type: 'authorization_code', code },
    });
    expect([asSignIn.status, asSignIn.body.code]).toEqual([400, 'invalid_code']);
    expect((await setUp(t, code, 'mallory')).body.code).toBe('already_claimed');
    expect((await join(t, code, 'bob')).status).toBe(201);
  });
});
