import { readFile as readFromDisk, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import { describe, expect, it } from 'vitest';
import { decodePart, encodePart } from '../../../jobs/backup/content-object.ts';
import { exportSnapshot } from '../../../jobs/backup/export-snapshot.ts';
import { objectKey, readObjectKey } from '../../../jobs/backup/names.ts';
import { verifySnapshot } from '../../../jobs/backup/verify-snapshot.ts';
import { Keyring, randomKey } from '../../../src/crypto/keyring.ts';
import { flipBit, someBytes } from '../../support/bytes.ts';
import { readFile, saveFile } from '../../support/files.ts';
import { filesOf, openTestBackup, restoreAnew, type TestBackup } from './support.ts';

async function backup(): Promise<TestBackup & { id: string; other: string }> {
  const t = await openTestBackup();
  const alice = await t.person('alice');
  const { id } = await saveFile(t.locker, alice, 'a.txt', { bytes: someBytes(5000) });
  const { id: other } = await saveFile(t.locker, alice, 'b.txt', { bytes: someBytes(6000) });
  await exportSnapshot(t.locker, t.target);
  return { ...t, id, other };
}

/** For a recipient: a content of three objects, and one of a single object. */
async function closedBackup() {
  const t = await openTestBackup();
  const alice = await t.person('alice');
  await saveFile(t.locker, alice, 'large.bin', { bytes: someBytes(15 * 1024 * 1024) });
  await saveFile(t.locker, alice, 'small.txt');
  const recipient = await identityToRecipient(await generateX25519Identity());
  await exportSnapshot(t.locker, t.target, { recipient });
  const names = (await filesOf(t.folder, 'objects')).map((key) => ({ key, ...readObjectKey(key) }));
  const id = names.find(({ part }) => part === 2)?.id ?? '';
  const large = names.filter((name) => name.id === id).map(({ key }) => key);
  const small = names.find((name) => name.id !== id)?.key ?? '';
  expect(names).toHaveLength(4);
  return { ...t, id, large, small };
}

const nothing = { from: 0, to: 0 };
const look = (t: TestBackup, share?: typeof nothing) =>
  verifySnapshot(t.target, { keyring: t.keyring }, { share });

const verify = (t: TestBackup, setAside = false) =>
  verifySnapshot(t.target, { keyring: t.keyring }, { setAside });

describe('verification of a backup', () => {
  it('finds one flipped bit, a cut and a missing file, wherever they are', async () => {
    await using t = await backup();
    expect(await verify(t)).toMatchObject({
      opened: true,
      files: 2,
      versions: 2,
      readVersions: 2,
      problems: [],
    });
    const paths = (await filesOf(t.folder)).filter((path) => path !== 'README.txt');
    expect(paths).toHaveLength(2 + 1 + 4);
    for (const path of paths) {
      const whole = await readFromDisk(join(t.folder, path));
      const attacks: [string, () => Promise<void>][] = [
        ['first bit', () => writeFile(join(t.folder, path), flipBit(whole, 0))],
        ['middle', () => writeFile(join(t.folder, path), flipBit(whole, whole.length * 4))],
        ['last byte', () => writeFile(join(t.folder, path), flipBit(whole, (whole.length - 2) * 8))],
        ['cut', () => truncate(join(t.folder, path), whole.length - 40)],
        ['emptied', () => truncate(join(t.folder, path), 0)],
        ['missing', () => rm(join(t.folder, path))],
      ];
      for (const [name, attack] of attacks) {
        await attack();
        const problems = await verify(t).then(
          (report) => report.problems.length,
          // Without its head there is no such snapshot.
          (error: { code: string }) =>
            error.code === 'not_found' ? 1 : Promise.reject(error as unknown as Error),
        );
        expect(problems, `${name} of ${path}`).toBeGreaterThan(0);
        await writeFile(join(t.folder, path), whole);
      }
    }
    expect((await verify(t)).problems).toEqual([]);
  });

  it('finds contents that were swapped, and records of another snapshot', async () => {
    await using t = await backup();
    const [first = '', second = ''] = await filesOf(t.folder, 'objects');
    const [a, b] = [await readFromDisk(join(t.folder, first)), await readFromDisk(join(t.folder, second))];
    await writeFile(join(t.folder, first), b);
    await writeFile(join(t.folder, second), a);
    expect((await verify(t)).problems).toHaveLength(2);
    await writeFile(join(t.folder, first), a);
    await writeFile(join(t.folder, second), b);
    const older = await filesOf(t.folder, 'records');
    await exportSnapshot(t.locker, t.target);
    const newer = (await filesOf(t.folder, 'records')).filter((path) => !older.includes(path));
    for (const [i, path] of newer.entries())
      await writeFile(join(t.folder, path), await readFromDisk(join(t.folder, older[i] ?? '')));
    expect((await verify(t)).problems.length).toBeGreaterThan(0);
  });

  it('does not take a head that someone else wrote', async () => {
    await using t = await backup();
    await using stranger = await openTestBackup();
    await exportSnapshot(stranger.locker, t.target);
    await expect(verify(t)).rejects.toMatchObject({ code: 'key_missing' });
  });

  it('of a share reads about that share, and all shares together read everything', async () => {
    await using t = await openTestBackup();
    const alice = await t.person('alice');
    for (let i = 0; i < 40; i++) await saveFile(t.locker, alice, `${i}.txt`);
    await exportSnapshot(t.locker, t.target);
    const read = [];
    for (let i = 0; i < 4; i++)
      read.push(
        (await verifySnapshot(t.target, { keyring: t.keyring }, { share: { from: i / 4, to: (i + 1) / 4 } }))
          .readVersions,
      );
    expect(read.reduce((sum, count) => sum + count, 0)).toBe(40);
    expect(Math.max(...read)).toBeLessThan(30);
  });

  it('says which key is missing', async () => {
    await using t = await backup();
    await expect(verifySnapshot(t.target, { keyring: new Keyring([randomKey()]) })).rejects.toMatchObject({
      code: 'key_missing',
      details: { hint: expect.stringContaining(t.keyring.primaryId) as string },
    });
  });
});

describe('verification of a snapshot that only its recipient opens', () => {
  it('counts a content once, whatever its parts, so that another one is missed', async () => {
    await using t = await closedBackup();
    for (const [share, readVersions] of [[undefined, 2] as const, [nothing, 0] as const])
      expect(await look(t, share)).toMatchObject({ opened: false, versions: 2, readVersions, problems: [] });
    await rm(join(t.folder, t.small));
    for (const share of [undefined, nothing])
      expect((await look(t, share)).problems).toEqual(['1 of 2 contents are missing.']);
  });

  it('misses any part of a content, and takes one that is there twice', async () => {
    await using t = await closedBackup();
    for (const key of t.large) {
      const path = join(t.folder, key);
      const whole = await readFromDisk(path);
      await rm(path);
      expect((await look(t)).problems, `without ${key}`).toEqual([`content ${t.id} lacks objects.`]);
      const part = readObjectKey(key)?.part ?? 0;
      const again = encodePart(t.id, { part, parts: 3 }, decodePart(key, whole).toReversed());
      await t.target.put(objectKey({ id: t.id, part, sha256: again.sha256 }), again.bytes);
      await writeFile(path, whole);
    }
    expect(await look(t)).toMatchObject({ versions: 2, readVersions: 2, problems: [] });
    const middle = (await filesOf(t.folder, 'objects')).filter((key) => key.includes(`${t.id}-000001`));
    for (const key of middle) await rm(join(t.folder, key));
    expect((await look(t, nothing)).problems).toEqual([`content ${t.id} lacks objects.`]);
  });
});

describe('a damaged backup', () => {
  it('is healed by the next export once the damage was set aside, older snapshots too', async () => {
    await using t = await backup();
    const [path = '', cut = ''] = await filesOf(t.folder, 'objects');
    const whole = await readFromDisk(join(t.folder, path));
    await writeFile(join(t.folder, path), flipBit(whole, 999));
    await truncate(join(t.folder, cut), 100);
    expect((await verify(t, true)).problems).toHaveLength(2);
    expect(await filesOf(t.folder, 'damaged')).toHaveLength(2);
    expect(await exportSnapshot(t.locker, t.target)).toMatchObject({ copiedVersions: 2 });
    expect((await readFromDisk(join(t.folder, path))).equals(whole)).toBe(true);
    const [oldest] = (await filesOf(t.folder, 'snapshots')).map((name) => name.slice(10, -5));
    expect((await verifySnapshot(t.target, { keyring: t.keyring }, { snapshot: oldest })).problems).toEqual(
      [],
    );
  });

  it('gives back every file but the damaged one, and says which', async () => {
    await using t = await backup();
    const [path = ''] = await filesOf(t.folder, 'objects');
    await writeFile(join(t.folder, path), flipBit(await readFromDisk(join(t.folder, path)), 999));
    await using restored = await restoreAnew(await t.open());
    expect(restored.report).toMatchObject({ files: 1 });
    expect(restored.report.damaged).toHaveLength(1);
    const [lost] = restored.report.damaged;
    const alice = await t.locker.collections.accounts.findOne({ handle: 'alice' });
    const actor = {
      account: alice?._id ?? '',
      scopes: new Set(['files:read' as const]),
      door: 'api' as const,
      credential: { kind: 'session' as const, id: 'test' },
    };
    const left = lost?.fileId === t.id ? t.other : t.id;
    expect((await readFile(restored.locker, actor, left)).length).toBeGreaterThan(0);
    await expect(readFile(restored.locker, actor, lost?.fileId ?? '')).rejects.toMatchObject({
      code: 'not_found',
    });
  });

  it('is exported around: what is damaged in the database is named, the rest is in the snapshot', async () => {
    await using t = await backup();
    const file = await t.locker.collections.files.findOne({ _id: t.id });
    const [version] = file?.versions ?? [];
    if (version === undefined) throw new RangeError('no version');
    await using elsewhere = await openTestBackup();
    await t.locker.collections.chunks.deleteMany({ files_id: version.id });
    const report = await exportSnapshot(t.locker, elsewhere.target);
    expect(report.lost).toEqual([{ fileId: t.id, versionId: version.id.toHexString() }]);
    expect(report).toMatchObject({ files: 2, versions: 1 });
  });
});
