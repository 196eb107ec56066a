import { describe, expect, it } from 'vitest';
import type { Rendered } from '../../api/render.ts';
import type { ActivityPage, ActivityView } from '../../src/audit/activity.ts';
import { type Client, openTestServer } from '../support/server.ts';

type Page = Rendered<ActivityPage>;
type Entry = Rendered<ActivityView>;

const page = async (client: Client, query = '') =>
  (await client.json<Page>('GET', `/v1/activity${query}`)).body;
const entries = async (client: Client, query = ''): Promise<readonly Entry[]> =>
  (await page(client, query)).activity;
const upload = async (client: Client, name: string) =>
  (await client.json<{ id: string }>('POST', `/v1/files?name=${name}`, { body: name })).body.id;
const brief = ({ action, who, file, outcome }: Entry) => [action, who, file?.name ?? null, outcome];

describe('GET /v1/activity', () => {
  it('shows an owner what others did with a file, newest first, with its name as it is now', async () => {
    await using t = await openTestServer();
    const [alice, bob] = [await t.signUp('alice'), await t.signUp('bob')];
    const id = await upload(alice, 'a.txt');
    await alice.send('PUT', `/v1/files/${id}/grants/bob`, { body: { role: 'viewer' } });
    await bob.send('GET', `/v1/files/${id}/content`);
    await bob.send('PATCH', `/v1/files/${id}`, { body: { name: 'mine.txt' } });
    await alice.send('PATCH', `/v1/files/${id}`, { body: { name: 'b.txt' } });
    const seen = await entries(alice, `?file=${id}`);
    expect(seen.map(brief)).toEqual([
      ['file.edit', 'alice', 'b.txt', 'ok'],
      ['file.edit', 'bob', 'b.txt', 'forbidden'],
      ['file.download', 'bob', 'b.txt', 'ok'],
      ['grant.put', 'alice', 'b.txt', 'ok'],
      ['file.upload', 'alice', 'b.txt', 'ok'],
    ]);
    expect(seen.find(({ action }) => action === 'grant.put')?.subject).toBe('bob');
    expect(new Set(seen.map(({ door }) => door))).toEqual(new Set(['api']));
  });

  it('shows an owner who tried and was told that there is no such file; the one who tried learns nothing', async () => {
    await using t = await openTestServer();
    const [alice, mallory] = [await t.signUp('alice'), await t.signUp('mallory')];
    const id = await upload(alice, 'a.txt');
    await mallory.send('GET', `/v1/files/${id}/content`);
    await mallory.send('DELETE', `/v1/files/${id}?permanent=true`);
    await mallory.send('GET', '/v1/files/zzzzzz/content');
    const seen = await entries(alice, `?file=${id}`);
    expect(seen.slice(0, 2).map(brief)).toEqual([
      ['file.delete', 'mallory', 'a.txt', 'not_found'],
      ['file.download', 'mallory', 'a.txt', 'not_found'],
    ]);
    const own = await entries(mallory, '?action=file.download');
    expect(own.map(({ file, outcome }) => ({ file: file?.name, outcome }))).toEqual([
      { file: null, outcome: 'not_found' },
      { file: null, outcome: 'not_found' },
    ]);
  });

  it('shows names only as long as they may be seen: after a revocation, in the trash, and after a deletion', async () => {
    await using t = await openTestServer();
    const [alice, bob] = [await t.signUp('alice'), await t.signUp('bob')];
    const id = await upload(alice, 'a.txt');
    const nameFor = async (client: Client) => (await entries(client, `?file=${id}`)).at(-1)?.file?.name;
    await alice.send('PUT', `/v1/files/${id}/grants/bob`, { body: { role: 'viewer' } });
    await bob.send('GET', `/v1/files/${id}`);
    expect(await nameFor(bob)).toBe('a.txt');
    await alice.send('DELETE', `/v1/files/${id}`);
    expect(await nameFor(bob)).toBeNull();
    expect(await nameFor(alice)).toBe('a.txt');
    await alice.send('POST', `/v1/files/${id}/restore`);
    expect(await nameFor(bob)).toBe('a.txt');
    await alice.send('DELETE', `/v1/files/${id}/grants/bob`);
    expect(await nameFor(bob)).toBeNull();
    await alice.send('DELETE', `/v1/files/${id}?permanent=true`);
    expect(await nameFor(alice)).toBeNull();
  });

  it('shows nobody what others do with what is their own, nor any address', async () => {
    await using t = await openTestServer();
    const [alice, bob, owner] = [
      await t.signUp('alice'),
      await t.signUp('bob'),
      await t.signUp('olga', 'owner'),
    ];
    const id = await upload(bob, 'private.txt');
    await bob.send('POST', '/v1/tokens', { body: { name: 'ci', scopes: ['files:read'] } });
    for (const other of [alice, owner]) {
      const text = JSON.stringify(await page(other));
      expect(text).not.toContain(id);
      expect(text).not.toContain('bob');
      expect(text).not.toContain('127.0.0.1');
    }
    expect(JSON.stringify(await page(bob))).not.toContain('127.0.0.1');
  });

  it('pages without a gap or a repetition while more happens, and refuses a cursor of someone else', async () => {
    await using t = await openTestServer();
    const [alice, bob] = [await t.signUp('alice'), await t.signUp('bob')];
    const ids: string[] = [];
    for (let i = 0; i < 7; i++) ids.push(await upload(alice, `f${i}`));
    const seen: (string | undefined)[] = [];
    const stolen: number[] = [];
    let next: string | null = '';
    while (next !== null) {
      const query: string = `?action=file.upload&limit=3${next === '' ? '' : `&cursor=${next}`}`;
      const got: Page = await page(alice, query);
      seen.push(...got.activity.map(({ file }) => file?.id));
      next = got.next;
      if (next !== null) {
        stolen.push((await bob.json('GET', `/v1/activity?cursor=${next}`)).status);
        await upload(alice, 'later');
      }
    }
    expect(stolen).toEqual([400, 400]);
    expect(seen).toEqual(ids.toReversed());
    expect((await alice.json('GET', '/v1/activity?cursor=AAAA')).status).toBe(400);
  });

  it('filters by one action and by a group of them', async () => {
    await using t = await openTestServer();
    const alice = await t.signUp('alice');
    const id = await upload(alice, 'a');
    await alice.send('GET', '/v1/files');
    await alice.send('GET', `/v1/files/${id}/versions`);
    const actions = async (query: string) => (await entries(alice, query)).map(({ action }) => action);
    expect(await actions('?action=file')).toEqual(['file.list', 'file.upload']);
    expect(await actions('?action=version.list')).toEqual(['version.list']);
    expect(await actions('?action=fil')).toEqual([]);
    expect((await alice.json('GET', '/v1/activity?action=$ne')).status).toBe(400);
  });

  it('asks for a sign-in and the scope files:read', async () => {
    await using t = await openTestServer();
    const alice = await t.signUp('alice');
    expect((await t.stranger.json('GET', '/v1/activity')).status).toBe(401);
    const token = async (scope: string) =>
      (
        await alice.json<{ access_token: string }>('POST', '/v1/tokens', {
          body: { name: scope, scopes: [scope] },
        })
      ).body.access_token;
    const writer = await t.client(await token('files:write')).json('GET', '/v1/activity');
    expect(writer).toMatchObject({ status: 403, body: { code: 'insufficient_scope' } });
    expect((await t.client(await token('files:read')).json('GET', '/v1/activity')).status).toBe(200);
  });
});
