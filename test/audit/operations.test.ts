import type { Description } from 'joi';
import { describe, expect, it } from 'vitest';
import type { Operation } from '../../api/operation.ts';
import { operations } from '../../api/routes/index.ts';
import { auditedActions } from '../../src/audit/audited.ts';
import type { AuditDoc } from '../../src/audit/record.ts';
import { verifyAudit } from '../../src/audit/verify.ts';
import { type Client, openTestServer, type TestServer } from '../support/server.ts';

/** What is in the trail since the last time, oldest first. */
function watch({ locker }: TestServer) {
  let seen = 0;
  return async (): Promise<AuditDoc[]> => {
    await locker.audit.flush();
    const records = await locker.collections.audit
      .find({ _id: { $gt: seen } })
      .sort({ _id: 1 })
      .toArray();
    seen = records.at(-1)?._id ?? seen;
    return records;
  };
}

const accountOf = async ({ locker }: TestServer, handle: string) =>
  (await locker.collections.accounts.findOne({ handle }))?._id;

/** What Joi says of a schema, as far as it is used here. */
type Described = Pick<Description, 'type'> & {
  allow?: unknown[];
  keys?: Record<string, Described>;
  items?: Described[];
  rules?: { name: string; args?: { limit?: number } }[];
  flags?: { only?: boolean; presence?: string };
};

/** A value that a schema lets through. */
function sample(schema: Described): unknown {
  const { type, allow, keys, items, rules, flags } = schema;
  const [valid] = flags?.only === true ? (allow ?? []) : [];
  if (valid !== undefined) return valid;
  const atLeast = rules?.find(({ name }) => name === 'min' || name === 'length')?.args?.limit;
  if (type === 'object')
    return Object.fromEntries(
      Object.entries(keys ?? {})
        .filter(([, key], i) => isRequired(key) || (atLeast !== undefined && i < atLeast))
        .map(([name, key]) => [name, sample(key)]),
    );
  if (type === 'array') return items?.[0] === undefined ? [] : [sample(items[0])];
  if (type === 'number') return Math.max(1, atLeast ?? 1);
  if (type === 'boolean') return false;
  return 'sample';
}
const isRequired = ({ flags }: Described) => flags?.presence === 'required';

const isAboutFile = ({ path }: Operation) => path.startsWith('/v1/files/{id}');

function bodyOf({ body }: Operation): { body?: object | string } {
  if (body === undefined) return {};
  return {
    body:
      body.kind === 'raw' || body.kind === 'raw-or-multipart'
        ? 'x'
        : (sample(body.schema.describe()) as object),
  };
}

describe('the audit trail of the API', () => {
  it('has one record, which names the owner, for everything that someone tries with the file of another', async () => {
    await using t = await openTestServer();
    const [alice, mallory] = [await t.signUp('alice'), await t.signUp('mallory')];
    await t.signUp('bob');
    const { body } = await alice.json<{ id: string }>('POST', '/v1/files?name=a', { body: 'a' });
    const fresh = watch(t);
    await fresh();
    const owner = await accountOf(t, 'alice');
    const account = await accountOf(t, 'mallory');
    const tried = operations.filter(isAboutFile);
    expect(tried.length).toBeGreaterThan(12);
    for (const operation of tried) {
      const path = operation.path.replace('{id}', body.id).replace('{n}', '1').replace('{handle}', 'bob');
      const { status } = await mallory.send(operation.method, path, bodyOf(operation));
      const records = await fresh();
      expect.soft(status, operation.id).toBe(404);
      expect
        .soft(records, operation.id)
        .toMatchObject([{ account, owner, file: body.id, door: 'api', outcome: 'not_found' }]);
      expect.soft(auditedActions, operation.id).toContain(records[0]?.action);
    }
    expect((await verifyAudit(t.locker)).problem).toBeUndefined();
  });

  it('has one record for everything that someone asks for who is signed in, whatever comes of it', async () => {
    await using t = await openTestServer();
    const alice = await t.signUp('alice');
    const fresh = watch(t);
    await fresh();
    const account = await accountOf(t, 'alice');
    for (const operation of operations) {
      if (operation.auth === 'public' || isAboutFile(operation)) continue;
      const path = operation.path.replace(/\{[^}]+\}/g, 'nothing');
      const response = await alice.send(operation.method, path, bodyOf(operation));
      const { code } = response.ok ? { code: 'ok' } : ((await response.json()) as { code: string });
      const records = await fresh();
      // What is refused before anything is looked at leaves no record.
      if (records.length === 0 && ['bad_request', 'unsupported_version', 'unsupported_media'].includes(code))
        continue;
      expect.soft(records, operation.id).toMatchObject([{ account, outcome: code }]);
    }
  });

  it('says who did what with which file, whose it is, and how it ended', async () => {
    await using t = await openTestServer();
    const [alice, bob] = [await t.signUp('alice'), await t.signUp('bob')];
    const [a, b] = [await accountOf(t, 'alice'), await accountOf(t, 'bob')];
    const fresh = watch(t);
    await fresh();
    const { body } = await alice.json<{ id: string }>('POST', '/v1/files?name=a', { body: 'a' });
    const file = body.id;
    expect(await fresh()).toMatchObject([
      { action: 'file.upload', account: a, owner: a, file, outcome: 'ok' },
    ]);

    const rows: [Client, string, string, object | string | undefined, Partial<AuditDoc>][] = [
      [alice, 'GET', '', undefined, { action: 'file.describe' }],
      [alice, 'PATCH', '', { name: 'b' }, { action: 'file.edit' }],
      [alice, 'PATCH', '', { name: '/' }, { action: 'file.edit', outcome: 'invalid_name' }],
      [alice, 'GET', '/content', undefined, { action: 'file.download' }],
      [alice, 'PUT', '/content', 'second', { action: 'version.upload' }],
      [alice, 'GET', '/versions', undefined, { action: 'version.list' }],
      [alice, 'GET', '/proof', undefined, { action: 'file.prove' }],
      [alice, 'DELETE', '/versions/1', undefined, { action: 'version.delete', subject: 'version 1' }],
      [bob, 'GET', '', undefined, { action: 'file.describe', account: b ?? null, outcome: 'not_found' }],
      [alice, 'PUT', '/grants/bob', {}, { action: 'grant.put', subject: 'bob' }],
      [bob, 'GET', '/content', undefined, { action: 'file.download', account: b ?? null }],
      [bob, 'DELETE', '', undefined, { action: 'file.trash', account: b ?? null, outcome: 'forbidden' }],
      [alice, 'GET', '/grants', undefined, { action: 'grant.list' }],
      [alice, 'DELETE', '/grants/bob', undefined, { action: 'grant.remove', subject: 'bob' }],
      [alice, 'DELETE', '', undefined, { action: 'file.trash' }],
      [alice, 'POST', '/restore', undefined, { action: 'file.restore' }],
      [alice, 'DELETE', '?permanent=true', undefined, { action: 'file.delete' }],
      [alice, 'GET', '', undefined, { action: 'file.describe', owner: null, outcome: 'not_found' }],
    ];
    for (const [client, method, path, sent, expected] of rows) {
      await client.send(method, `/v1/files/${file}${path}`, sent === undefined ? {} : { body: sent });
      const common = { account: a, owner: a, file, door: 'api', outcome: 'ok' };
      expect.soft(await fresh(), `${method} ${path}`).toMatchObject([{ ...common, ...expected }]);
    }
  });

  it('has no record of a request without a valid sign-in, and never a name, a secret or an address', async () => {
    await using t = await openTestServer();
    const alice = await t.signUp('alice');
    const fresh = watch(t);
    await fresh();
    await t.stranger.send('GET', '/v1/files');
    await t.client('not.a.token').send('GET', '/v1/files');
    expect(await fresh()).toEqual([]);
    await alice.send('POST', '/v1/files?name=canary-name&folder=/canary-folder&tags=canary-tag', {
      body: 'canary-body',
    });
    await alice.send('GET', '/v1/files?q=canary-query');
    await t.stranger.send('POST', '/v1/setup', { body: { code: 'canary-code', handle: 'eve' } });
    await t.stranger.send('POST', '/v1/token', {
      body: { grant_type: 'refresh_token', refresh_token: `canary.${alice.refreshToken}` },
    });
    const text = JSON.stringify(await fresh());
    expect(text).not.toMatch(/canary|127\.0\.0\.1/);
    expect(text).not.toContain(alice.refreshToken?.split('.')[1]);
  });
});
