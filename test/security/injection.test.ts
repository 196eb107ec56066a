import type { Schema } from 'joi';
import { describe, expect, it } from 'vitest';
import { operations } from '../../api/routes/index.ts';
import { openTestServer } from '../support/server.ts';

const asQuery = (name: string) => [
  `${name}[$ne]=x`,
  `${name}[$gt]=`,
  `${name}[]=a&${name}[]=b`,
  `${name}=a&${name}=b`,
  `${name}=${encodeURIComponent('{"$gt":""}')}`,
  `${name}=${encodeURIComponent("';return true;//")}`,
  `${name}=%00`,
  `$where=1&${name}=$where`,
  `__proto__[${name}]=x`,
];
const asValue: unknown[] = [
  { $gt: '' },
  { $ne: null },
  { $regex: '.*' },
  { $where: 'sleep(1000)' },
  ['a', { $gt: '' }],
  { $oid: '000000000000000000000000' },
  { length: 1, toString: 'x' },
  null,
  true,
  1e308,
  '$gt',
  '\u0000',
  '{"$gt":""}',
];
const fieldsOf = (schema: Schema | undefined): string[] =>
  schema === undefined ? [] : Object.keys((schema.describe() as { keys?: object }).keys ?? {});

describe('operator injection', () => {
  const targets = operations.filter(({ id }) => id !== 'metrics');

  it.each(targets.map((operation) => [`${operation.method} ${operation.path}`, operation] as const))(
    'gets nothing but proper answers out of %s',
    async (_title, { method, path, params, query, body, answers }) => {
      await using t = await openTestServer();
      const owner = await t.signUp('owner', 'owner');
      const filled = (value: string) => path.replace(/\{[^}]+\}/g, () => encodeURIComponent(value));
      const known = Object.keys(answers).map(Number);
      const attempts: { url: string; body?: object }[] = [];
      if (params !== undefined)
        for (const value of ['{"$gt":""}', '$where', '[object Object]', "' || 1==1", '__proto__', 'a.b.$c'])
          attempts.push({ url: filled(value) });
      for (const name of [...fieldsOf(query), 'unknown'])
        for (const text of asQuery(name)) attempts.push({ url: `${filled('k3f9qz')}?${text}` });
      if (body?.kind === 'json' || body?.kind === 'json-or-form') {
        const fields = fieldsOf(body.schema);
        for (const name of fields)
          for (const value of asValue)
            attempts.push({
              url: filled('k3f9qz'),
              body: { ...Object.fromEntries(fields.map((field) => [field, 'x'])), [name]: value },
            });
        attempts.push({ url: filled('k3f9qz'), body: { $where: '1', constructor: { prototype: {} } } });
      }
      const wrong: string[] = [];
      for (const attempt of attempts) {
        const response = await owner.send(
          method,
          attempt.url,
          attempt.body === undefined ? {} : { body: attempt.body },
        );
        const said = await response.text();
        const proper =
          response.status < 400
            ? known.includes(response.status)
            : response.status < 500 &&
              // The pages of links are for people.
              /^(application\/problem\+json$|text\/html)/.test(response.headers.get('content-type') ?? '');
        if (!proper)
          wrong.push(
            `${attempt.url} ${JSON.stringify(attempt.body)}: ${response.status} ${said.slice(0, 200)}`,
          );
      }
      expect(wrong).toEqual([]);
      // Nobody was made, promoted or removed by it.
      expect(await t.locker.collections.accounts.distinct('role')).toEqual(['owner']);
    },
  );

  it('refuses __proto__ in a JSON body', async () => {
    await using t = await openTestServer();
    const owner = await t.signUp('owner', 'owner');
    const { status } = await owner.json('POST', '/v1/invites', {
      body: '{"role":"member","__proto__":{"role":"admin"}}',
      headers: { 'content-type': 'application/json' },
    });
    expect(status).toBe(400);
    expect(({} as { role?: string }).role).toBeUndefined();
  });
});

describe('header injection', () => {
  it.each(['a\r\nSet-Cookie: x=1.txt', 'a\u2028b\u0085c.txt', '\u202Egnp.exe', 'a\\b.txt', 'a\u0000.txt'])(
    'refuses a name that is no name: %j',
    async (name) => {
      await using t = await openTestServer();
      const alice = await t.signUp('alice');
      const created = await alice.json('POST', `/v1/files?name=${encodeURIComponent(name)}`, { body: 'a' });
      expect(created).toMatchObject({ status: 400, body: { code: 'invalid_name' } });
    },
  );

  it.each(['a"; filename="b.exe', 'a%0d%0aX-Evil: 1.txt', "a'; filename*=UTF-8''evil.txt", 'é漢字😀.txt'])(
    'does not get out of Content-Disposition by a name: %j',
    async (name) => {
      await using t = await openTestServer();
      const alice = await t.signUp('alice');
      const created = await alice.json<{ id: string }>('POST', `/v1/files?name=${encodeURIComponent(name)}`, {
        body: 'a',
      });
      expect(created.status).toBe(201);
      const response = await alice.send('GET', `/v1/files/${created.body.id}/content`);
      expect(response.status).toBe(200);
      expect(response.headers.get('set-cookie')).toBeNull();
      expect(response.headers.get('x-evil')).toBeNull();
      expect(response.headers.get('content-disposition')).toMatch(
        /^attachment; filename="[ !#-\u005B\]-~]*"; filename\*=UTF-8''[\w!#$&+.^`|~%-]*$/,
      );
    },
  );

  it.each(['text/html\r\nX-Evil: 1', 'text/html; charset="\r\n"', 'a', '\u0000/x', 'text/html'])(
    'does not get out of Content-Type, and a browser is told to run nothing: %j',
    async (mediaType) => {
      await using t = await openTestServer();
      const alice = await t.signUp('alice');
      const form = [
        '--x',
        'Content-Disposition: form-data; name="file"; filename="a"',
        `Content-Type: ${mediaType}`,
        '',
        'a',
        '--x--',
        '',
      ];
      const created = await alice.json<{ id: string }>('POST', '/v1/files', {
        body: form.join('\r\n'),
        headers: { 'content-type': 'multipart/form-data; boundary=x' },
      });
      expect(created.status).toBeOneOf([201, 400]);
      if (created.status !== 201) return;
      const response = await alice.send('GET', `/v1/files/${created.body.id}/content`);
      expect(response.headers.get('x-evil')).toBeNull();
      expect(response.headers.get('content-security-policy')).toContain('sandbox');
      expect(response.headers.get('x-content-type-options')).toBe('nosniff');
      expect(response.headers.get('content-disposition')).toMatch(/^attachment/);
    },
  );
});
