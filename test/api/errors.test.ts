import { randomKey } from '../../src/crypto/keyring.ts';
import { operator } from '../../cli/operator.ts';
/* oxlint-disable unicorn/consistent-function-scoping -- a helper stands in the block that it serves */
import { describe, expect, inject, it } from 'vitest';
import { createServer } from '../../api/server.ts';
import { issueSetupCode } from '../../src/accounts/installation.ts';
import { issueSignInCode } from '../../src/accounts/sign-in-code.ts';
import { connect } from '../../src/database/connect.ts';
import { composeLocker } from '../../src/open-locker.ts';
import { operations } from '../../api/routes/index.ts';
import { problems } from '../../api/status.ts';
import { openTestServer, type TestServer } from '../support/server.ts';
import { nothing, sampleCall } from './calls.ts';
import {
  fatalErrors,
  openSocket,
  type FileBody,
  type ProblemBody,
  sendRaw,
  sharedServer,
  type TokenBody,
  upload,
} from './support.ts';

const subject = nothing();

/** Checks that an answer is a problem as documented, and gives it. */
function problemOf({ status, headers, text }: Awaited<ReturnType<typeof sendRaw>>): ProblemBody {
  expect(headers['content-type']).toBe('application/problem+json');
  expect(headers['x-content-type-options']).toBe('nosniff');
  expect(headers['cache-control']).toBe('no-store');
  const body = JSON.parse(text) as ProblemBody;
  expect(body).toMatchObject({
    type: `urn:coffer:error:${body.code}`,
    title: expect.any(String) as string,
    status,
    requestId: expect.stringMatching(/./) as string,
  });
  expect(problems).toHaveProperty(body.code);
  return body;
}

describe('an error', () => {
  const shared = sharedServer();
  const json = { 'content-type': 'application/json' };
  const bearer = async () => ({ authorization: `Bearer ${(await shared.newcomer()).token}` });

  const cases: readonly (readonly [
    what: string,
    method: string,
    path: string,
    headers: Record<string, string>,
    body: string,
    status: number,
    code: string,
  ])[] = [
    ['an unknown route', 'GET', '/v2/files', {}, '', 404, 'not_found'],
    ['a route of another method', 'DELETE', '/v1/me', {}, '', 404, 'not_found'],
    ['a method that there is not', 'PURGE', '/v1/files', {}, '', 404, 'not_found'],
    ['TRACE', 'TRACE', '/v1/me', {}, '', 404, 'not_found'],
    ['OPTIONS', 'OPTIONS', '/v1/files', { origin: 'https://evil.example' }, '', 404, 'not_found'],
    ['a path that goes up', 'GET', '/v1/../../etc/passwd', {}, '', 404, 'not_found'],
    ['a path with bad percent signs', 'GET', '/v1/files/%ff', {}, '', 400, 'bad_request'],
    ['a path with half a percent sign', 'GET', '/v1/files/%', {}, '', 400, 'bad_request'],
    ['no token', 'GET', '/v1/me', {}, '', 401, 'unauthenticated'],
    ['bad JSON', 'POST', '/v1/setup', json, '{"code":', 400, 'bad_request'],
    ['JSON that is no object', 'POST', '/v1/setup', json, '[]', 400, 'bad_request'],
    ['JSON that is null', 'POST', '/v1/setup', json, 'null', 400, 'bad_request'],
    ['JSON that is a number', 'POST', '/v1/setup', json, '1', 400, 'bad_request'],
    ['no body', 'POST', '/v1/setup', {}, '', 400, 'bad_request'],
    [
      'a body that is not JSON',
      'POST',
      '/v1/setup',
      { 'content-type': 'text/xml' },
      '<a/>',
      415,
      'unsupported_media',
    ],
    ['a Content-Type that is none', 'POST', '/v1/setup', { 'content-type': 'x' }, '{}', 400, 'bad_request'],
    [
      'compressed JSON that is none',
      'POST',
      '/v1/setup',
      { ...json, 'content-encoding': 'gzip' },
      'x',
      400,
      'bad_request',
    ],
    [
      'an unknown encoding',
      'POST',
      '/v1/setup',
      { ...json, 'content-encoding': 'x' },
      'x',
      415,
      'unsupported_media',
    ],
    ['a member too many', 'POST', '/v1/setup', json, '{"code":"a","handle":"b","x":1}', 400, 'bad_request'],
    ['an unknown parameter', 'GET', '/health/live?x=1', {}, '', 400, 'bad_request'],
    ['a malformed cookie', 'GET', '/v2/x', { cookie: '=;;"' }, '', 404, 'not_found'],
    [
      'a malformed cookie where something is',
      'GET',
      '/v1/me',
      { cookie: '=;;"' },
      '',
      401,
      'unauthenticated',
    ],
    ['a cookie of another program', 'GET', '/v1/me', { cookie: 'a={"b":1}' }, '', 401, 'unauthenticated'],
    ['a cookie with a nasty name', 'GET', '/v1/me', { cookie: '__proto__=1' }, '', 401, 'unauthenticated'],
    [
      'prototype pollution',
      'POST',
      '/v1/setup',
      json,
      '{"__proto__":{"polluted":1},"code":"a","handle":"b"}',
      400,
      'bad_request',
    ],
    [
      'nested prototype pollution',
      'POST',
      '/v1/setup',
      json,
      '{"code":{"__proto__":{"polluted":1}},"handle":"b"}',
      400,
      'bad_request',
    ],
    [
      'constructor pollution',
      'POST',
      '/v1/setup',
      json,
      '{"constructor":{"prototype":{"polluted":1}},"code":"a","handle":"b"}',
      400,
      'bad_request',
    ],
    [
      'prototype pollution by a form',
      'POST',
      '/v1/token',
      { 'content-type': 'application/x-www-form-urlencoded' },
      '__proto__[polluted]=1&__proto__=1',
      400,
      'bad_request',
    ],
    [
      'JSON of 70 kB',
      'POST',
      '/v1/setup',
      json,
      JSON.stringify({ code: 'x'.repeat(70_000) }),
      400,
      'bad_request',
    ],
    ['JSON of 30000 levels', 'POST', '/v1/setup', json, '['.repeat(30_000), 400, 'bad_request'],
    [
      'deep JSON that is whole',
      'POST',
      '/v1/setup',
      json,
      `{"code":${'['.repeat(15_000)}${']'.repeat(15_000)}}`,
      400,
      'bad_request',
    ],
  ];

  it.each(cases)('for %s is a problem', async (_what, method, path, headers, body, status, code) => {
    const answer = await sendRaw(shared.t.url, method, path, headers, body);
    expect(answer.status).toBe(status);
    expect(problemOf(answer).code).toBe(code);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it.each([
    ['JSON', 'POST /v1/setup', 'application/json', '400|413'],
    ['a type that the route does not take', 'POST /v1/setup', 'text/xml', '400|413|415'],
    ['a route that there is not', 'POST /v1/none', 'application/json', '404'],
    ['an upload of a stranger', 'POST /v1/files?name=a', 'application/octet-stream', '401'],
  ])(
    'attack: an endless body (%s) is answered before it comes, and cannot hold the connection',
    async (_what, target, type, status) => {
      const socket = await openSocket(shared.t.url);
      socket.write(
        `${target} HTTP/1.1\r\nhost: x\r\ncontent-type: ${type}\r\ncontent-length: 1000000000\r\n\r\n{`,
      );
      const patience = setTimeout(() => socket.hangUp(), 1500);
      const answer = await socket.closed;
      clearTimeout(patience);
      expect(answer).toMatch(new RegExp(`^HTTP/1.1 (${status}) `));
      expect(answer).toMatch(/^connection: close/im);
    },
  );

  it('has a request id of its own, under which the log has the request', async () => {
    const answers = await Promise.all([1, 2].map(() => sendRaw(shared.t.url, 'GET', '/v1/none')));
    const ids = answers.map((answer) => problemOf(answer).requestId);
    expect(new Set(ids).size).toBe(2);
    for (const id of ids) {
      await expect
        .poll(() =>
          shared.t.logLines.some((line) => (JSON.parse(line) as { requestId?: string }).requestId === id),
        )
        .toBe(true);
    }
  });

  it('of input names the parameter and not its value', async () => {
    const answer = await sendRaw(
      shared.t.url,
      'POST',
      '/v1/token',
      json,
      JSON.stringify({ grant_type: 'secret-value', refresh_token: 'x'.repeat(300) }),
    );
    expect(problemOf(answer).subject).toBe('grant_type');
    expect(answer.text).not.toContain('secret-value');
  });

  it('by HEAD has the headers of the problem and no body', async () => {
    const { status, headers, text } = await sendRaw(shared.t.url, 'HEAD', '/v1/none');
    expect([status, headers['content-type'], text]).toEqual([404, 'application/problem+json', '']);
  });

  it('gives no origin leave to read it', async () => {
    const { headers } = await sendRaw(shared.t.url, 'GET', '/v1/me', {
      origin: 'https://evil.example',
      ...(await bearer()),
    });
    expect(Object.keys(headers).filter((name) => name.startsWith('access-control-'))).toEqual([]);
  });

  it('that is unexpected says nothing of its cause outside, and is in the log', async () => {
    await using t = await openTestServer();
    const alice = await t.signUp('alice');
    await t.locker.collections.accounts.updateOne({}, { $set: { key: 'canary-broken' } } as never);
    const answer = await sendRaw(t.url, 'GET', '/v1/files', { authorization: `Bearer ${alice.token}` });
    expect([answer.status, problemOf(answer).code]).toEqual([500, 'internal']);
    expect(answer.text).not.toMatch(/canary|TypeError|\.ts/);
    expect(t.logLines.some((line) => line.includes('unexpected error'))).toBe(true);
  });
});

describe('a parameter that there is not', () => {
  const shared = sharedServer();

  it.each([
    [
      'POST',
      '/v1/setup',
      { body: { code: 'a', handle: 'b', x: 1 } },
      'x is not allowed. The body takes code, handle.',
    ],
    ['GET', '/health/live?x=1', {}, 'x is not allowed. The query takes nothing.'],
  ])('%s %s is answered with those that there are', async (method, path, sent, detail) => {
    const { status, body: answer } = await shared.t.stranger.json<ProblemBody>(method, path, sent);
    expect([status, answer.detail]).toEqual([400, detail]);
  });
});

describe('attack: an operator in place of a text', () => {
  const operators = [{ $gt: '' }, { $ne: null }, { $regex: '.*' }, { $where: '1' }, ['$gt', ''], [], {}];
  /** What is no text either. */
  const scalars = [true, 0, null];

  /** Every JSON body of the table, with each of its members in turn replaced. */
  const bodies = operations.flatMap(({ id, method, body }) => {
    if (body?.kind !== 'json' && body?.kind !== 'json-or-form') return [];
    const sample = sampleCall(id, subject).body as Record<string, unknown>;
    const { keys = {} } = body.schema.describe() as { keys?: Record<string, { allow?: unknown[] }> };
    return Object.entries(sample).map(([member, value]) => {
      const others = typeof value === 'string' || Array.isArray(value) ? scalars : [];
      const wrong = others.filter((other) => keys[member]?.allow?.includes(other) !== true);
      return { id, method, member, sample, wrong: [...operators, ...wrong] };
    });
  });

  const shared = sharedServer();
  async function arrange(t: TestServer) {
    await issueSetupCode(t.locker.collections, undefined);
    const owner = await t.signUp('olga', 'owner');
    await t.signUp('carol');
    const { id: file } = await upload(owner, 'a.txt', 'hello', { folder: '/work' });
    await issueSignInCode(t.locker, operator, 'olga');
    return { owner, file };
  }
  let once: ReturnType<typeof arrange> | undefined;
  /** The same for all, since what is refused changes nothing. */
  const arranged = () => (once ??= arrange(shared.t));

  it.each(bodies)('in $member of $id is refused', async ({ id, method, member, sample, wrong }) => {
    const { owner, file } = await arranged();
    const { path } = sampleCall(id, { ...subject, file });
    for (const value of wrong) {
      const { status, body } = await owner.json<ProblemBody>(method, path, {
        body: { ...sample, [member]: value },
      });
      expect([value, status, body.code]).toEqual([value, 400, 'bad_request']);
    }
  });

  const parameters = operations.flatMap(({ id, method, query }) => {
    const described = (query?.describe() as { keys?: Record<string, unknown> } | undefined)?.keys ?? {};
    return Object.keys(described).map((name) => ({ id, method, name }));
  });

  it.each(parameters)(
    'as $name[$gt] or a repeated $name in the query of $id is refused',
    async ({ id, method, name }) => {
      const { owner, file } = await arranged();
      const { path: full, ...options } = sampleCall(id, { ...subject, file });
      const [path] = full.split('?');
      const kept = id === 'uploadFile' && name !== 'name' ? 'name=x&' : '';
      for (const query of [
        `${name}[$gt]=`,
        `${name}[$ne]=x`,
        `${name}[]=a`,
        `${name}=a&${name}=b`,
        `${name}.$gt=`,
      ]) {
        const { status, body } = await owner.json<ProblemBody>(method, `${path}?${kept}${query}`, options);
        expect([query, status, body.code]).toEqual([query, 400, 'bad_request']);
      }
      expect(await shared.t.locker.collections.files.countDocuments()).toBe(1);
    },
  );

  it('in the path is a text like any other', async () => {
    await using t = await openTestServer();
    const owner = await t.signUp('olga', 'owner');
    await upload(owner, 'a.txt', 'hello');
    for (const id of ['%7B%22$gt%22:%22%22%7D', '[$ne]', '$where', '.*', '%00', '__proto__', 'constructor']) {
      expect([id, (await owner.send('GET', `/v1/files/${id}`)).status]).toEqual([id, 404]);
    }
  });

  it('as search words finds nothing and breaks nothing', async () => {
    await using t = await openTestServer();
    const owner = await t.signUp('olga', 'owner');
    await upload(owner, 'visible.txt', 'hello');
    for (const q of ['.*', '^', '(', '[', '\\', '$where', '{"$gt":""}', '*', '%', '\0', '\ud800', '"']) {
      const { status, body } = await owner.json<{ files?: FileBody[] } & ProblemBody>(
        'GET',
        `/v1/files?${new URLSearchParams({ q }).toString()}`,
      );
      expect([q, status, body.files]).toEqual([q, 200, []]);
    }
  });

  it('as a cursor is refused', async () => {
    await using t = await openTestServer();
    const [alice, bob] = [await t.signUp('alice'), await t.signUp('bob')];
    for (const name of ['a', 'b', 'c']) {
      await upload(alice, name);
      await upload(bob, name);
    }
    const page = await alice.json<{ next: string }>('GET', '/v1/files?limit=1');
    const { next } = page.body;
    expect((await alice.send('GET', `/v1/files?limit=1&cursor=${next}`)).status).toBe(200);
    for (const cursor of [`${next}A`, next.slice(0, -4), `A${next.slice(1)}`, 'null', '%00', '=', 'e30']) {
      const { status, body } = await alice.json<ProblemBody>('GET', `/v1/files?limit=1&cursor=${cursor}`);
      expect([cursor, status, body.subject]).toEqual([cursor, 400, 'cursor']);
    }
    const stolen = await bob.json<ProblemBody>('GET', `/v1/files?limit=1&cursor=${next}`);
    expect([stolen.status, stolen.body.subject]).toEqual([400, 'cursor']);
    const otherSort = await alice.json<ProblemBody>('GET', `/v1/files?limit=1&sort=name&cursor=${next}`);
    expect(otherSort.status).toBe(400);
  });
});

describe('attack: line breaks in a text that comes back in a header', () => {
  const texts = ['a\r\nX-Evil: 1', 'a\nX-Evil: 1', 'a\rX-Evil: 1', 'a\u0000b', 'a\u2028b', 'a\u0085b'];

  it.each(texts.map((text) => [JSON.stringify(text), text]))(
    '%s is refused as a name',
    async (_shown, text) => {
      await using t = await openTestServer();
      const alice = await t.signUp('alice');
      const { id } = await upload(alice, 'good.txt');
      const query = new URLSearchParams({ name: text });
      const posted = await alice.json<ProblemBody>('POST', `/v1/files?${String(query)}`, { body: 'x' });
      expect([posted.status, posted.body.code]).toEqual([400, 'invalid_name']);
      const renamed = await alice.json<ProblemBody>('PATCH', `/v1/files/${id}`, { body: { name: text } });
      expect([renamed.status, renamed.body.code]).toEqual([400, 'invalid_name']);
      const folder = await alice.json<ProblemBody>('PATCH', `/v1/files/${id}`, {
        body: { folder: `/${text}` },
      });
      expect([folder.status, folder.body.code]).toEqual([400, 'invalid_folder']);
      const download = await alice.send('GET', `/v1/files/${id}/content`);
      expect(download.headers.get('content-disposition')).toBe(
        `attachment; filename="good.txt"; filename*=UTF-8''good.txt`,
      );
      expect(download.headers.get('x-evil')).toBeNull();
    },
  );

  it('in a query or a path changes no Location', async () => {
    await using t = await openTestServer();
    const alice = await t.signUp('alice');
    const response = await alice.send('POST', '/v1/files?name=a&folder=%2Fx&tags=b', { body: 'x' });
    expect(response.headers.get('location')).toMatch(/^\/v1\/files\/[0-9a-z]{6}$/);
    const redirect = await sendRaw(t.url, 'GET', '/?%0d%0aX-Evil:1', { host: 'evil.example' });
    expect(redirect.headers['x-evil']).toBeUndefined();
    expect(redirect.headers.location ?? '/docs').toBe('/docs');
  });
});

/** The server of a locker whose connection to the database was closed. */
async function withoutDatabase(t: TestServer) {
  const database = await connect(inject('mongodUri').replace(/\/?$/, `/${t.database.db.databaseName}`));
  const locker = composeLocker(
    { ...t.locker.limits, dataDir: t.locker.dataDir },
    database,
    { keyring: t.keyring, auditKey: randomKey() },
    t.locker.log,
  );
  const server = await createServer(locker, {
    host: '127.0.0.1',
    port: 0,
    log: locker.log,
    validateAnswers: true,
  });
  await server.start();
  await database.close();
  return { url: server.info.uri, [Symbol.asyncDispose]: () => server.stop({ timeout: 1000 }) };
}

/** Operations that need no database. */
const independent = new Set(['live', 'uploadOptions', 'devicePage', 'metrics']);

describe('while the database is away', () => {
  it('every operation answers 503, when to come again, and nothing more; the process is called alive', async () => {
    await using t = await openTestServer();
    const alice = await t.signUp('alice', 'owner');
    const { id } = await upload(alice, 'a.txt', 'hello');
    await using away = await withoutDatabase(t);
    const wrong: unknown[] = [];
    const fatal = await fatalErrors(async () => {
      for (const operation of operations.filter(({ id: one }) => !independent.has(one))) {
        const { path, body, headers = {} } = sampleCall(operation.id, { ...subject, file: id });
        const plain = typeof body === 'object';
        const answer = await sendRaw(
          away.url,
          operation.method,
          path,
          {
            authorization: `Bearer ${alice.token}`,
            accept: 'application/json',
            ...(plain ? { 'content-type': 'application/json' } : {}),
            ...headers,
          },
          typeof body === 'string' ? body : plain ? JSON.stringify(body) : '',
        );
        const { code } = problemOf(answer);
        if (
          answer.status !== 503 ||
          code !== 'database_unavailable' ||
          answer.headers['retry-after'] === undefined
        ) {
          wrong.push([operation.id, answer.status, code]);
        }
      }
    });
    expect(wrong).toEqual([]);
    expect(fatal).toEqual([]);
    for (const one of operations.filter(({ id: name }) => independent.has(name))) {
      const answer = await sendRaw(away.url, one.method, sampleCall(one.id, subject).path);
      expect([one.id, answer.status]).toEqual([one.id, one.id === 'uploadOptions' ? 204 : 200]);
    }
    expect(problemOf(await sendRaw(away.url, 'GET', '/health/ready')).status).toBe(503);
    expect((await sendRaw(away.url, 'GET', '/v1/me', { authorization: 'Bearer x.y.z' })).status).toBe(401);
  });
});

describe('the log', () => {
  it('holds no token, code, name or content after all kinds of requests', async () => {
    await using t = await openTestServer();
    const canary = 'canary-3f9a';
    const setupCode = await issueSetupCode(t.locker.collections, undefined);
    const owner = await t.stranger.json<TokenBody>('POST', '/v1/setup', {
      body: { code: setupCode, handle: 'olga' },
    });
    const olga = t.client(owner.body.access_token, owner.body.refresh_token);
    const invited = await olga.json<{ code: string }>('POST', '/v1/invites', { body: {} });
    const joined = await t.stranger.json<TokenBody>('POST', '/v1/join', {
      body: { code: invited.body.code, handle: 'bob' },
    });
    const minted = await olga.json<{ id: string; access_token: string }>('POST', '/v1/tokens', {
      body: { name: canary, scopes: ['files:read'] },
    });
    const { id } = await upload(olga, `${canary}.txt`, canary, { folder: `/${canary}`, tags: canary });
    await olga.send('GET', `/v1/files?q=${canary}`);
    await olga.send('GET', `/v1/files/${id}/content`);
    await olga.send('PUT', `/v1/folders/%2F${canary}/grants/bob`, { body: { role: 'viewer' } });
    await olga.send('GET', `/v1/${canary}`);
    await olga.send('GET', `/v1/me?access_token=${olga.token}`);
    await olga.send('POST', `/v1/files?name=${canary}%0a`, { body: canary });
    await t.stranger.send('POST', '/v1/token', { body: { grant_type: canary } });
    await t.client(`${olga.token}x`).send('GET', '/v1/me');
    const next = await t.stranger.json<TokenBody>('POST', '/v1/token', {
      body: { grant_type: 'refresh_token', refresh_token: olga.refreshToken },
    });
    await t.stranger.send('POST', '/v1/token', {
      body: { grant_type: 'refresh_token', refresh_token: olga.refreshToken },
    });
    const { code } = await issueSignInCode(t.locker, operator, 'olga');
    await t.stranger.send('POST', '/v1/token', { body: { grant_type: 'authorization_code', code } });
    {
      await using away = await withoutDatabase(t);
      await sendRaw(away.url, 'GET', `/v1/files?q=${canary}`, {
        authorization: `Bearer ${minted.body.access_token}`,
      });
      await sendRaw(
        away.url,
        'POST',
        '/v1/token',
        { 'content-type': 'application/json' },
        JSON.stringify({
          grant_type: 'refresh_token',
          refresh_token: next.body.refresh_token,
        }),
      );
    }
    const secrets = [
      canary,
      setupCode,
      invited.body.code,
      code,
      ...[owner, joined, next].flatMap(({ body }) => [body.access_token, body.refresh_token]),
      minted.body.access_token,
    ]
      .flatMap((secret) => [secret, ...secret.split('.').slice(1)])
      .filter((part) => part.length > 8);
    const log = t.logLines.join('\n');
    expect(t.logLines.length).toBeGreaterThan(15);
    expect(secrets.filter((secret) => log.includes(secret))).toEqual([]);
  });
});
