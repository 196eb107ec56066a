import { beforeAll, describe, expect, it } from 'vitest';
import type { Actor } from '../../src/accounts/actor.ts';
import { editFile } from '../../src/files/edit.ts';
import { listFolders } from '../../src/files/list-folders.ts';
import { type FilePage, listFiles, type ListInput, type SortKey, sortKeys } from '../../src/files/list.ts';
import { trashFile } from '../../src/files/trash.ts';
import type { FileView } from '../../src/files/view.ts';
import type { Locker } from '../../src/locker.ts';
import { putGrant } from '../../src/sharing/grants.ts';
import { someBytes } from '../support/bytes.ts';
import { saveFile } from '../support/files.ts';
import { openTestLocker, type TestLocker, withScopes } from '../support/locker.ts';

const names = async (locker: Locker, actor: Actor, input: Partial<ListInput>) =>
  (await listFiles(locker, actor, { limit: 100, ...input })).files.map(({ name }) => name).toSorted();

/** All files, a page at a time. */
async function allPages(locker: Locker, actor: Actor, input: Omit<ListInput, 'cursor'>): Promise<FileView[]> {
  const files: FileView[] = [];
  let cursor: string | null = null;
  do {
    const page: FilePage = await listFiles(locker, actor, { ...input, cursor: cursor ?? undefined });
    expect(page.files.length).toBeLessThanOrEqual(input.limit);
    files.push(...page.files);
    ({ next: cursor } = page);
  } while (cursor !== null);
  return files;
}

/** Many files are slow to save, and listing them changes nothing: read-only, so one locker serves all. */
describe('list of 25 files', () => {
  let t: TestLocker;
  let alice: Actor;
  let bob: Actor;
  let saved: FileView[];

  beforeAll(async () => {
    t = await openTestLocker();
    [alice, bob] = await Promise.all([t.person('alice'), t.person('bob')]);
    saved = [];
    for (let i = 0; i < 25; i++) {
      // Times and sizes repeat, so that the id must decide; names differ only by accents, case and numbers.
      const name = ['a', 'A', 'á', 'file 10', 'file 9', 'Z', 'ß', '文', 'é', 'e\u0301x'][i % 10] ?? '';
      saved.push(
        await saveFile(t.locker, alice, i < 10 ? name : `${name}-${i}`, { bytes: someBytes(i % 4) }),
      );
    }
    const at = new Date('2026-01-01T00:00:00Z').getTime();
    for (const [i, { id }] of saved.entries()) {
      const [createdAt, updatedAt] = [new Date(at + (i % 5)), new Date(at + (i % 3))];
      await t.locker.collections.files.updateOne({ _id: id }, { $set: { createdAt, updatedAt } });
    }
    return () => t[Symbol.asyncDispose]();
  });

  const keyOf: Record<SortKey, (file: FileView) => number | string> = {
    updated: (file) => file.updatedAt.getTime(),
    created: (file) => file.createdAt.getTime(),
    size: (file) => file.sizeBytes,
    name: (file) => file.name,
  };
  const collator = new Intl.Collator('und', { numeric: true });
  const compare = (a: number | string, b: number | string) =>
    typeof a === 'number' && typeof b === 'number' ? a - b : collator.compare(`${a}`, `${b}`);

  const orders = sortKeys.flatMap((sort) =>
    [undefined, true, false].map((descending) => ({
      sort,
      descending,
      direction: String(descending ?? 'default'),
    })),
  );

  it.each(orders)(
    'by $sort, descending: $direction, pages of 7 neither repeat nor skip',
    async ({ sort, descending }) => {
      const order = descending === undefined ? { sort } : { sort, descending };
      const files = await allPages(t.locker, alice, { ...order, limit: 7 });
      expect(files.map(({ id }) => id).toSorted()).toEqual(saved.map(({ id }) => id).toSorted());
      const sign = (descending ?? sort !== 'name') ? -1 : 1;
      const keys = files.map(keyOf[sort]);
      for (let i = 1; i < keys.length; i++)
        expect(sign * compare(keys[i] ?? 0, keys[i - 1] ?? 0)).toBeGreaterThanOrEqual(0);
      const whole = await listFiles(t.locker, alice, { ...order, limit: 100 });
      expect(files.map(({ id }) => id)).toEqual(whole.files.map(({ id }) => id));
      expect(whole.next).toBeNull();
    },
  );

  it('has no next page when the last one is full', async () => {
    const page = await listFiles(t.locker, alice, { limit: 25 });
    expect(page.files).toHaveLength(25);
    expect(page.next).toBeNull();
  });

  it('sorts numbers in names by value, and by default shows what changed last first', async () => {
    const { files } = await listFiles(t.locker, alice, { sort: 'name', limit: 100 });
    const order = files.map(({ name }) => name);
    expect(order.indexOf('file 9')).toBeLessThan(order.indexOf('file 10'));
    const byDefault = await listFiles(t.locker, alice, { limit: 100 });
    const explicit = await listFiles(t.locker, alice, { limit: 100, sort: 'updated', descending: true });
    expect(byDefault.files).toEqual(explicit.files);
  });

  it('refuses a cursor of another account, of another sort, of another direction, and a changed one', async () => {
    const { next } = await listFiles(t.locker, alice, { sort: 'size', limit: 7 });
    const cursor = next ?? '';
    const swapped = `${cursor.slice(0, 40)}${cursor[40] === 'A' ? 'B' : 'A'}${cursor.slice(41)}`;
    for (const [actor, input] of [
      [bob, { sort: 'size', cursor }],
      [alice, { sort: 'created', cursor }],
      [alice, { sort: 'name', cursor }],
      [alice, { sort: 'size', descending: false, cursor }],
      [alice, { sort: 'size', cursor: swapped }],
      [alice, { sort: 'size', cursor: cursor.slice(0, -4) }],
      [alice, { sort: 'size', cursor: 'x' }],
      [alice, { sort: 'size', cursor: '' }],
    ] as const) {
      await expect(listFiles(t.locker, actor, { limit: 7, ...input })).rejects.toMatchObject({
        code: 'bad_request',
      });
    }
    expect((await listFiles(t.locker, alice, { sort: 'size', limit: 7, cursor })).files).toHaveLength(7);
  });

  it('shows no name in a cursor', async () => {
    const { next } = await listFiles(t.locker, alice, { sort: 'name', limit: 1 });
    expect(next).toMatch(/^[A-Za-z0-9_-]+$/);
    expect(Buffer.from(next ?? '', 'base64url').toString('latin1')).not.toContain('file');
  });

  it('of another account is empty, and needs the scope to read', async () => {
    expect(await listFiles(t.locker, bob, { limit: 7 })).toEqual({ files: [], next: null });
    await expect(listFiles(t.locker, withScopes(alice, 'share'), { limit: 7 })).rejects.toMatchObject({
      code: 'insufficient_scope',
    });
  });
});

describe('list', () => {
  it('keeps its place when the file at which a page ended is gone', async () => {
    await using t = await openTestLocker();
    const alice = await t.person('alice');
    for (const name of ['a', 'b', 'c', 'd']) await saveFile(t.locker, alice, name);
    for (const sort of ['name', 'created'] as const) {
      const first = await listFiles(t.locker, alice, { sort, descending: false, limit: 2 });
      await trashFile(t.locker, alice, first.files[1]?.id ?? '');
      const second = await listFiles(t.locker, alice, {
        sort,
        descending: false,
        limit: 9,
        cursor: first.next ?? '',
      });
      expect(second.files.map(({ name }) => name)).toEqual(sort === 'name' ? ['c', 'd'] : ['d']);
    }
  });

  it('selects by folder, with and without what is below, and not by the beginning of its name', async () => {
    await using t = await openTestLocker();
    const alice = await t.person('alice');
    for (const [name, folder] of [
      ['root', '/'],
      ['work', '/work'],
      ['deep', '/work/2026/tax'],
      ['works', '/works'],
    ] as const)
      await saveFile(t.locker, alice, name, { folder });
    expect(await names(t.locker, alice, { folder: '/work' })).toEqual(['work']);
    expect(await names(t.locker, alice, { folder: 'work/', recursive: true })).toEqual(['deep', 'work']);
    expect(await names(t.locker, alice, { folder: '/' })).toEqual(['root']);
    expect(await names(t.locker, alice, { folder: '/', recursive: true })).toHaveLength(4);
    expect(await names(t.locker, alice, { folder: '/Work' })).toEqual([]);
    expect((await listFolders(t.locker, alice, 'me')).map(({ folder, files }) => [folder, files])).toEqual([
      ['/', 1],
      ['/work', 1],
      ['/work/2026/tax', 1],
      ['/works', 1],
    ]);
  });

  it('selects by tag, however it is written, and follows changes', async () => {
    await using t = await openTestLocker();
    const alice = await t.person('alice');
    const { id } = await saveFile(t.locker, alice, 'a', { tags: ['Café', 'tax'] });
    await saveFile(t.locker, alice, 'b', { tags: ['taxes'] });
    expect(await names(t.locker, alice, { tag: '#CAFE\u0301' })).toEqual(['a']);
    expect(await names(t.locker, alice, { tag: 'tax' })).toEqual(['a']);
    await editFile(t.locker, alice, id, { tags: [] });
    expect(await names(t.locker, alice, { tag: 'tax' })).toEqual([]);
    expect(await names(t.locker, alice, { tag: '' })).toEqual([]);
  });

  it('shows the trash apart from the rest', async () => {
    await using t = await openTestLocker();
    const alice = await t.person('alice');
    await saveFile(t.locker, alice, 'kept');
    const { id } = await saveFile(t.locker, alice, 'thrown away');
    await trashFile(t.locker, alice, id);
    expect(await names(t.locker, alice, {})).toEqual(['kept']);
    expect(await names(t.locker, alice, { trash: true })).toEqual(['thrown away']);
    expect(await names(t.locker, alice, { query: 'thrown' })).toEqual([]);
    expect(await listFolders(t.locker, alice, 'me')).toMatchObject([{ folder: '/', files: 1 }]);
  });

  it('leaves one damaged entry out, shows the others, and logs its id', async () => {
    await using t = await openTestLocker();
    const alice = await t.person('alice');
    await saveFile(t.locker, alice, 'fine');
    const { id } = await saveFile(t.locker, alice, 'damaged');
    const other = await t.locker.collections.files.findOne({ _id: { $ne: id } });
    await t.locker.collections.files.updateOne({ _id: id }, { $set: { sealed: other?.sealed } } as never);
    for (const sort of sortKeys) expect(await names(t.locker, alice, { sort })).toEqual(['fine']);
    expect(t.logLines.join('')).toContain(id);
  });
});

describe('search', () => {
  it('finds words, their beginnings and parts, in name, description and tags, in every script', async () => {
    await using t = await openTestLocker();
    const alice = await t.person('alice');
    await saveFile(t.locker, alice, 'Steuererklärung 2026.pdf', { tags: ['Finanzamt'] });
    await saveFile(t.locker, alice, '東京タワーの写真.jpg');
    await saveFile(t.locker, alice, 'Отчёт.doc', { description: 'For the Crème brûlée party' });
    for (const [query, found] of [
      ['Steuererklärung', ['Steuererklärung 2026.pdf']],
      ['steuer', ['Steuererklärung 2026.pdf']],
      ['ERKLARUNG', ['Steuererklärung 2026.pdf']],
      ['026 erk', ['Steuererklärung 2026.pdf']],
      ['finanz', ['Steuererklärung 2026.pdf']],
      ['タワー', ['東京タワーの写真.jpg']],
      ['京', ['東京タワーの写真.jpg']],
      ['отчет', ['Отчёт.doc']],
      ['creme PARTY', ['Отчёт.doc']],
      ['pdf', ['Steuererklärung 2026.pdf']],
      ['e', ['Steuererklärung 2026.pdf', 'Отчёт.doc']],
      ['nothing', []],
      ['steuer party', []],
      ['', []],
      ['...', []],
      ['$where .* {"$gt":""}', []],
    ] as const) {
      expect([query, await names(t.locker, alice, { query })]).toEqual([query, found]);
    }
  });

  it('follows a rename at once', async () => {
    await using t = await openTestLocker();
    const alice = await t.person('alice');
    const { id } = await saveFile(t.locker, alice, 'before.txt');
    await editFile(t.locker, alice, id, { name: 'after.txt' });
    expect(await names(t.locker, alice, { query: 'before' })).toEqual([]);
    expect(await names(t.locker, alice, { query: 'after' })).toEqual(['after.txt']);
  });

  it('lists nothing that only shares the parts of the query', async () => {
    await using t = await openTestLocker();
    const alice = await t.person('alice');
    await saveFile(t.locker, alice, 'abcd bcda cdab');
    expect(await names(t.locker, alice, { query: 'abcdab' })).toEqual([]);
  });

  it('reaches what others share, by their own index, and nothing else of theirs', async () => {
    await using t = await openTestLocker();
    const [alice, bob] = [await t.person('alice'), await t.person('bob')];
    await saveFile(t.locker, alice, 'plan one.txt', { folder: '/team' });
    await saveFile(t.locker, alice, 'plan two.txt', { folder: '/private' });
    await saveFile(t.locker, bob, 'plan three.txt');
    await putGrant(
      t.locker,
      alice,
      { kind: 'folder', folder: '/team' },
      { grantee: 'bob', role: 'viewer', expiresAt: null },
    );
    expect(await names(t.locker, bob, { query: 'plan', whose: 'others' })).toEqual(['plan one.txt']);
    expect(await names(t.locker, bob, { query: 'plan', whose: 'all' })).toEqual([
      'plan one.txt',
      'plan three.txt',
    ]);
    expect(await names(t.locker, bob, { whose: { handle: 'alice' } })).toEqual(['plan one.txt']);
    await expect(names(t.locker, alice, { whose: { handle: 'bob' } })).rejects.toMatchObject({
      code: 'not_found',
    });
  });

  it('pages through several lockers at once without repeating or skipping', async () => {
    await using t = await openTestLocker();
    const [alice, bob] = [await t.person('alice'), await t.person('bob')];
    await putGrant(
      t.locker,
      alice,
      { kind: 'folder', folder: '/' },
      { grantee: 'bob', role: 'viewer', expiresAt: null },
    );
    for (let i = 0; i < 5; i++) {
      await saveFile(t.locker, alice, `a${i}`);
      await saveFile(t.locker, bob, `b${i}`);
    }
    for (const sort of sortKeys) {
      const files = await allPages(t.locker, bob, { whose: 'all', sort, limit: 3 });
      expect(new Set(files.map(({ id }) => id)).size).toBe(10);
      expect(files).toHaveLength(10);
    }
  });
});

describe('attacks on the folder of a file that is shared alone', () => {
  it('does not confirm a guess at it when listing by folder', async () => {
    await using t = await openTestLocker();
    const [alice, bob] = [await t.person('alice'), await t.person('bob')];
    const { id } = await saveFile(t.locker, alice, 'letter.txt', { folder: '/lawyer/divorce' });
    await putGrant(
      t.locker,
      alice,
      { kind: 'file', fileId: id },
      { grantee: 'bob', role: 'viewer', expiresAt: null },
    );
    const { files } = await listFiles(t.locker, bob, { whose: 'others', limit: 9 });
    expect(files).toMatchObject([{ id, folder: null }]);
    const guess = (folder: string) => names(t.locker, bob, { whose: 'others', folder, recursive: true });
    expect(await guess('/lawyer')).toEqual(await guess('/doctor'));
  });

  it('does not confirm a guess at it when an editor moves the file', async () => {
    await using t = await openTestLocker();
    const [alice, bob] = [await t.person('alice'), await t.person('bob')];
    const { id } = await saveFile(t.locker, alice, 'letter.txt', { folder: '/lawyer' });
    await putGrant(
      t.locker,
      alice,
      { kind: 'file', fileId: id },
      { grantee: 'bob', role: 'editor', expiresAt: null },
    );
    const guess = (folder: string) =>
      editFile(t.locker, bob, id, { folder }).then(
        () => 'moved',
        (error: { code: string }) => error.code,
      );
    expect(await guess('/lawyer')).toBe(await guess('/doctor'));
  });

  it('does not show it in the list of folders', async () => {
    await using t = await openTestLocker();
    const [alice, bob] = [await t.person('alice'), await t.person('bob')];
    const { id } = await saveFile(t.locker, alice, 'letter.txt', { folder: '/lawyer' });
    await putGrant(
      t.locker,
      alice,
      { kind: 'file', fileId: id },
      { grantee: 'bob', role: 'viewer', expiresAt: null },
    );
    expect(await listFolders(t.locker, bob, 'all')).toEqual([]);
  });
});
