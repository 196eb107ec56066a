import { describe, expect, it } from 'vitest';
import type { Actor } from '../../src/accounts/actor.ts';
import { ObjectId } from 'mongodb';
import { randomKey } from '../../src/crypto/keyring.ts';
import { storeKey } from '../../src/database/binary.ts';
import { isLockerError } from '../../src/errors.ts';
import { deleteFile } from '../../src/files/delete.ts';
import { describeFile } from '../../src/files/describe-file.ts';
import { editFile } from '../../src/files/edit.ts';
import { openEntry, sealEntry } from '../../src/files/entry.ts';
import { restoreFile, trashFile } from '../../src/files/trash.ts';
import { deleteVersion, listVersions, maxVersions, replaceContent } from '../../src/files/versions.ts';
import type { Locker } from '../../src/locker.ts';
import { sweep } from '../../src/maintenance/sweep.ts';
import { putGrant } from '../../src/sharing/grants.ts';
import { inPieces } from '../support/bytes.ts';
import { accountOf, readFile, saveFile, stored, usage } from '../support/files.ts';
import { openTestLocker } from '../support/locker.ts';

const settled = (usedBytes: number) => ({ usedBytes, pendingBytes: 0, pending: 0 });
const replace = (locker: Locker, actor: Actor, id: string, text: string) =>
  replaceContent(locker, actor, id, { content: { bytes: inPieces(Buffer.from(text)) } });

/** A locker in which something else happens first when an account is written to for the first time. */
function interrupted(locker: Locker, first: () => Promise<unknown>): Locker {
  const { accounts } = locker.collections;
  let happened = false;
  const updateOne = async (...parameters: Parameters<typeof accounts.updateOne>) => {
    if (!happened) {
      happened = true;
      await first();
    }
    return accounts.updateOne(...parameters);
  };
  const slow = Object.assign(Object.create(accounts) as typeof accounts, { updateOne });
  return { ...locker, collections: { ...locker.collections, accounts: slow } };
}

describe('edit', () => {
  it('changes what is given and nothing else', async () => {
    await using t = await openTestLocker();
    const alice = await t.person('alice');
    const before = await saveFile(t.locker, alice, 'a.txt', {
      folder: '/x',
      tags: ['one'],
      description: 'text',
    });
    t.advance(1000);
    const after = await editFile(t.locker, alice, before.id, { name: 'b.txt' });
    expect(after).toEqual({ ...before, name: 'b.txt', updatedAt: after.updatedAt });
    expect(after.updatedAt.getTime()).toBeGreaterThan(before.updatedAt.getTime());
    expect(await describeFile(t.locker, alice, before.id)).toEqual(after);
    expect((await readFile(t.locker, alice, before.id)).toString()).toBe('a.txt');
  });

  it('by an editor may rename and not move; by a viewer or stranger it may do nothing', async () => {
    await using t = await openTestLocker();
    const [alice, bob, carol] = [await t.person('alice'), await t.person('bob'), await t.person('carol')];
    const { id } = await saveFile(t.locker, alice, 'a.txt');
    const share = (role: 'viewer' | 'editor') =>
      putGrant(t.locker, alice, { kind: 'file', fileId: id }, { grantee: 'bob', role, expiresAt: null });
    await share('viewer');
    await expect(editFile(t.locker, bob, id, { name: 'b' })).rejects.toMatchObject({ code: 'forbidden' });
    await share('editor');
    expect(await editFile(t.locker, bob, id, { name: 'b' })).toMatchObject({ name: 'b', folder: null });
    await expect(editFile(t.locker, bob, id, { folder: '/else' })).rejects.toMatchObject({
      code: 'forbidden',
    });
    await expect(trashFile(t.locker, bob, id)).rejects.toMatchObject({ code: 'forbidden' });
    await expect(deleteFile(t.locker, bob, id)).rejects.toMatchObject({ code: 'forbidden' });
    for (const fileId of [id, '000000'])
      await expect(editFile(t.locker, carol, fileId, { name: 'c' })).rejects.toMatchObject({
        code: 'not_found',
      });
  });

  it.each(['name', 'folder', 'tags', 'description'] as const)(
    'refuses a bad %s and leaves the file as it is',
    async (field) => {
      await using t = await openTestLocker();
      const alice = await t.person('alice');
      const before = await saveFile(t.locker, alice, 'a.txt');
      const [code, bad] = (
        {
          name: ['invalid_name', '..'],
          folder: ['invalid_folder', '/..'],
          tags: ['invalid_tag', ['a b']],
          description: ['bad_request', 'x'.repeat(4001)],
        } as const
      )[field];
      await expect(
        editFile(t.locker, alice, before.id, { name: 'fine', [field]: bad }),
      ).rejects.toMatchObject({ code });
      expect(await describeFile(t.locker, alice, before.id)).toEqual(before);
    },
  );
});

describe('versions', () => {
  it('are all kept and readable, newest first, with their authors', async () => {
    await using t = await openTestLocker();
    const [alice, bob] = [await t.person('alice'), await t.person('bob')];
    const { id } = await saveFile(t.locker, alice, 'a.txt', { bytes: Buffer.from('one') });
    await putGrant(
      t.locker,
      alice,
      { kind: 'file', fileId: id },
      { grantee: 'bob', role: 'editor', expiresAt: null },
    );
    expect(await replace(t.locker, bob, id, 'two')).toMatchObject({ version: 2, sizeBytes: 3 });
    await replace(t.locker, alice, id, 'three');
    const versions = await listVersions(t.locker, bob, id);
    expect(versions.map(({ n, createdBy, sizeBytes }) => [n, createdBy, sizeBytes])).toEqual([
      [3, 'alice', 5],
      [2, 'bob', 3],
      [1, 'alice', 3],
    ]);
    for (const [n, text] of [
      [undefined, 'three'],
      [1, 'one'],
      [2, 'two'],
      [3, 'three'],
    ] as const)
      expect((await readFile(t.locker, alice, id, n)).toString()).toBe(text);
    await expect(readFile(t.locker, alice, id, 4)).rejects.toMatchObject({ code: 'not_found' });
    expect(await usage(t.locker, alice)).toEqual(settled(11));
  });

  it('that are deleted are gone with their chunks and keys; their numbers are not used again', async () => {
    await using t = await openTestLocker();
    const alice = await t.person('alice');
    const { id } = await saveFile(t.locker, alice, 'a.txt', { bytes: Buffer.from('one') });
    await replace(t.locker, alice, id, 'two');
    await deleteVersion(t.locker, alice, id, 1);
    await expect(readFile(t.locker, alice, id, 1)).rejects.toMatchObject({ code: 'not_found' });
    expect(await stored(t.locker)).toEqual({ chunks: 1, contentFiles: 1, files: 1 });
    expect((await t.locker.collections.files.findOne({ _id: id }))?.versions.map(({ n }) => n)).toEqual([2]);
    expect(await usage(t.locker, alice)).toEqual(settled(3));
    expect(await replace(t.locker, alice, id, 'three')).toMatchObject({ version: 3 });
    await expect(deleteVersion(t.locker, alice, id, 3)).rejects.toMatchObject({ code: 'conflict' });
    await expect(deleteVersion(t.locker, alice, id, 1)).rejects.toMatchObject({ code: 'not_found' });
  });

  it('are bounded: one more than the limit is refused before a byte is read', async () => {
    await using t = await openTestLocker();
    const alice = await t.person('alice');
    const { id } = await saveFile(t.locker, alice, 'a.txt');
    await pretendVersions(t.locker, alice, id, maxVersions - 1);
    expect(await replace(t.locker, alice, id, 'last')).toMatchObject({ version: maxVersions });
    await expect(replace(t.locker, alice, id, 'over')).rejects.toMatchObject({
      code: 'too_many',
      details: { limit: maxVersions },
    });
    expect(await stored(t.locker)).toMatchObject({ chunks: 2 });
    expect(await usage(t.locker, alice)).toEqual(settled(9));
  });

  it('cannot be added to a file in the trash', async () => {
    await using t = await openTestLocker();
    const alice = await t.person('alice');
    const { id } = await saveFile(t.locker, alice, 'a.txt');
    await trashFile(t.locker, alice, id);
    await expect(replace(t.locker, alice, id, 'two')).rejects.toMatchObject({ code: 'conflict' });
  });
});

/** Gives a file this many versions without storing them. */
async function pretendVersions(locker: Locker, actor: Actor, id: string, count: number) {
  const owner = locker.accountKeys.open(await accountOf(locker, actor));
  const file = await locker.collections.files.findOne({ _id: id });
  const [first] = file?.versions ?? [];
  if (file === null || first === undefined) throw new RangeError('no such file');
  const metadata = openEntry(owner, file);
  const more = Array.from({ length: count - 1 }, (_, i) => ({ n: i + 2, id: new ObjectId() }));
  const facts = more.map(({ n, id: version }) => ({
    n,
    id: version.toHexString(),
    size: 0,
    segmentBytes: 1024,
    sha256: '0'.repeat(64),
  }));
  const versions = more.map(({ n, id: version }) => ({
    ...first,
    n,
    id: version,
    sizeBytes: 0,
    key: storeKey(locker.keyring.wrap(randomKey())),
  }));
  await locker.collections.files.updateOne(
    { _id: id },
    {
      $set: {
        ...sealEntry(owner, id, { ...metadata, versions: [...metadata.versions, ...facts] }),
        versions: [first, ...versions],
      },
    },
  );
}

describe('trash', () => {
  it('hides a file from those it is shared with, counts against the quota, and gives it back with its grants', async () => {
    await using t = await openTestLocker();
    const [alice, bob] = [await t.person('alice'), await t.person('bob')];
    const { id } = await saveFile(t.locker, alice, 'a.txt');
    await putGrant(
      t.locker,
      alice,
      { kind: 'file', fileId: id },
      { grantee: 'bob', role: 'viewer', expiresAt: null },
    );
    const first = await trashFile(t.locker, alice, id);
    t.advance(5000);
    expect((await trashFile(t.locker, alice, id)).trashedAt).toEqual(first.trashedAt);
    await expect(readFile(t.locker, bob, id)).rejects.toMatchObject({ code: 'not_found' });
    expect((await readFile(t.locker, alice, id)).toString()).toBe('a.txt');
    expect(await usage(t.locker, alice)).toEqual(settled(5));
    await restoreFile(t.locker, alice, id);
    expect(await restoreFile(t.locker, alice, id)).toMatchObject({ trashedAt: null });
    expect((await readFile(t.locker, bob, id)).toString()).toBe('a.txt');
  });
});

describe('deletion for good', () => {
  it('removes entry, keys, grants, chunks and usage, and leaves other files alone', async () => {
    await using t = await openTestLocker();
    const [alice] = [await t.person('alice'), await t.person('bob')];
    const kept = await saveFile(t.locker, alice, 'kept');
    const { id } = await saveFile(t.locker, alice, 'gone');
    await replace(t.locker, alice, id, 'second');
    await putGrant(
      t.locker,
      alice,
      { kind: 'file', fileId: id },
      { grantee: 'bob', role: 'viewer', expiresAt: null },
    );
    await trashFile(t.locker, alice, id);
    await deleteFile(t.locker, alice, id);
    expect(await stored(t.locker)).toEqual({ chunks: 1, contentFiles: 1, files: 1 });
    expect(await t.locker.collections.grants.countDocuments()).toBe(0);
    expect(await usage(t.locker, alice)).toEqual(settled(4));
    expect((await readFile(t.locker, alice, kept.id)).toString()).toBe('kept');
    for (const call of [describeFile, deleteFile, trashFile, restoreFile])
      await expect(call(t.locker, alice, id)).rejects.toMatchObject({ code: 'not_found' });
  });

  it('that was asked for ten times at once happens once, and the usage is exact', async () => {
    await using t = await openTestLocker();
    const alice = await t.person('alice');
    await saveFile(t.locker, alice, 'kept');
    const { id } = await saveFile(t.locker, alice, 'gone');
    const results = await Promise.allSettled(
      Array.from({ length: 10 }, () => deleteFile(t.locker, alice, id)),
    );
    expect(results.some(({ status }) => status === 'fulfilled')).toBe(true);
    await sweep(t.locker, 0);
    expect(await stored(t.locker)).toEqual({ chunks: 1, contentFiles: 1, files: 1 });
    expect(await usage(t.locker, alice)).toEqual(settled(4));
  });

  it('that comes just after another one of the same file does not give its bytes back twice', async () => {
    await using t = await openTestLocker();
    const alice = await t.person('alice');
    await saveFile(t.locker, alice, 'kept');
    const { id } = await saveFile(t.locker, alice, 'gone');
    // The second one has read the entry; before it notes anything, the first one is done.
    const slow = interrupted(t.locker, () => deleteFile(t.locker, alice, id));
    await expect(deleteFile(slow, alice, id)).rejects.toThrow(/busy|not_found/);
    await sweep(t.locker, 0);
    expect(await usage(t.locker, alice)).toEqual(settled(4));
  });

  it('of a version that comes just after another one of the same does not give its bytes back twice', async () => {
    await using t = await openTestLocker();
    const alice = await t.person('alice');
    const { id } = await saveFile(t.locker, alice, 'a.txt', { bytes: Buffer.from('one') });
    await replace(t.locker, alice, id, 'second');
    const slow = interrupted(t.locker, () => deleteVersion(t.locker, alice, id, 1));
    await Promise.allSettled([deleteVersion(slow, alice, id, 1)]);
    await sweep(t.locker, 0);
    expect(await usage(t.locker, alice)).toEqual(settled(6));
  });

  it('that meets a change of the file is refused as busy and changes nothing', async () => {
    await using t = await openTestLocker();
    const alice = await t.person('alice');
    const { id } = await saveFile(t.locker, alice, 'a.txt');
    const slow = interrupted(t.locker, () => editFile(t.locker, alice, id, { name: 'b.txt' }));
    await expect(deleteFile(slow, alice, id)).rejects.toMatchObject({ code: 'busy' });
    expect((await readFile(t.locker, alice, id)).toString()).toBe('a.txt');
    await sweep(t.locker, 0);
    expect((await readFile(t.locker, alice, id)).toString()).toBe('a.txt');
    expect(await usage(t.locker, alice)).toEqual(settled(5));
  });
});

/** True if whoever was refused was told that others are changing the file. */
const onlyBusy = (results: readonly PromiseSettledResult<unknown>[]): boolean =>
  results.every((result) => result.status === 'fulfilled' || isLockerError(result.reason, 'busy'));

describe('ten changes at once', () => {
  it('of names, tags, descriptions and folders lose none that was acknowledged', async () => {
    await using t = await openTestLocker();
    const alice = await t.person('alice');
    const { id } = await saveFile(t.locker, alice, 'a.txt');
    const changes = [
      { name: 'b.txt' },
      { tags: ['one', 'two'] },
      { description: 'said' },
      { folder: '/else' },
      ...Array.from({ length: 6 }, () => ({ tags: ['one', 'two'] })),
    ];
    const results = await Promise.allSettled(changes.map((change) => editFile(t.locker, alice, id, change)));
    const acknowledged = changes.filter((_, i) => results[i]?.status === 'fulfilled');
    expect(await describeFile(t.locker, alice, id)).toMatchObject(
      Object.assign({}, ...acknowledged) as object,
    );
    expect(onlyBusy(results)).toBe(true);
    expect(acknowledged.length).toBeGreaterThanOrEqual(8);
  });

  it('of content give a version each, readable, with numbers in a row and exact usage', async () => {
    await using t = await openTestLocker();
    const alice = await t.person('alice');
    const { id } = await saveFile(t.locker, alice, 'a.txt', { bytes: Buffer.from('v00') });
    const texts = Array.from({ length: 10 }, (_, i) => `v${i + 10}`);
    const results = await Promise.allSettled(texts.map((text) => replace(t.locker, alice, id, text)));
    const acknowledged = texts.filter((_, i) => results[i]?.status === 'fulfilled');
    const versions = (await listVersions(t.locker, alice, id)).toReversed();
    expect(versions.map(({ n }) => n)).toEqual(
      Array.from({ length: acknowledged.length + 1 }, (_, i) => i + 1),
    );
    const read = await Promise.all(
      versions.map(async ({ n }) => (await readFile(t.locker, alice, id, n)).toString()),
    );
    expect(read.toSorted()).toEqual(['v00', ...acknowledged]);
    expect(await usage(t.locker, alice)).toEqual(settled(3 * versions.length));
    expect(await stored(t.locker)).toEqual({
      chunks: versions.length,
      contentFiles: versions.length,
      files: 1,
    });
    expect(onlyBusy(results)).toBe(true);
    expect(acknowledged.length).toBeGreaterThanOrEqual(8);
  });

  it('of both kinds lose nothing', async () => {
    await using t = await openTestLocker();
    const alice = await t.person('alice');
    const { id } = await saveFile(t.locker, alice, 'a.txt', { bytes: Buffer.from('one') });
    const [renamed, replaced] = await Promise.all([
      editFile(t.locker, alice, id, { name: 'b.txt' }),
      replace(t.locker, alice, id, 'second'),
      editFile(t.locker, alice, id, { tags: ['x'] }),
    ]);
    expect(renamed.name).toBe('b.txt');
    expect(replaced.version).toBe(2);
    expect(await describeFile(t.locker, alice, id)).toMatchObject({
      name: 'b.txt',
      tags: ['x'],
      version: 2,
      sizeBytes: 6,
    });
  });
});
