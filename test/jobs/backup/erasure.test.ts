import { mkdtemp, readFile as readFromDisk, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { exportSnapshot } from '../../../jobs/backup/export-snapshot.ts';
import { restoreAccount } from '../../../jobs/backup/restore-account.ts';
import { restoreFile } from '../../../jobs/backup/restore-file.ts';
import { removeAccount } from '../../../src/admin/remove-account.ts';
import { deleteFile } from '../../../src/files/delete.ts';
import { deleteVersion, listVersions, replaceContent } from '../../../src/files/versions.ts';
import { check } from '../../../src/maintenance/check.ts';
import { inPieces, someBytes } from '../../support/bytes.ts';
import { accountOf, readFile, saveFile, usage } from '../../support/files.ts';
import { openTestBackup, restoreAnew } from './support.ts';

const operator = { door: 'operator' as const, client: 'test', address: 'local' };

describe('what was deleted for good after a snapshot', () => {
  it('stays deleted when that snapshot is restored: files, versions, accounts', async () => {
    await using t = await openTestBackup();
    const [alice, bob] = [await t.person('alice', 'owner'), await t.person('bob')];
    const kept = await saveFile(t.locker, alice, 'kept.txt');
    const shredded = await saveFile(t.locker, alice, 'shredded.txt');
    const edited = await saveFile(t.locker, alice, 'edited.txt', { bytes: Buffer.from('one') });
    await replaceContent(t.locker, alice, edited.id, { content: { bytes: inPieces(Buffer.from('two')) } });
    await saveFile(t.locker, bob, 'of bob.txt');
    const old = await exportSnapshot(t.locker, t.target);
    await deleteFile(t.locker, alice, shredded.id);
    await deleteVersion(t.locker, alice, edited.id, 1);
    await removeAccount(t.locker, alice, 'bob');
    await exportSnapshot(t.locker, t.target);
    await using restored = await restoreAnew(await t.open(old.id));
    expect(restored.report).toMatchObject({ accounts: 1, files: 2, versions: 2, erased: 2, damaged: [] });
    expect((await readFile(restored.locker, alice, kept.id)).toString()).toBe('kept.txt');
    expect((await readFile(restored.locker, alice, edited.id)).toString()).toBe('two');
    expect((await listVersions(restored.locker, alice, edited.id)).map(({ n }) => n)).toEqual([2]);
    expect(await restored.locker.collections.accounts.distinct('handle')).toEqual(['alice']);
    expect((await check(restored.locker)).findings).toEqual([]);
    // What was forgotten stays known: also to a backup of what was restored.
    expect(await restored.locker.collections.tombstones.distinct('_id')).toEqual(
      await t.locker.collections.tombstones.distinct('_id'),
    );
    const { usedBytes } = await usage(restored.locker, alice);
    expect(usedBytes).toBe((await usage(t.locker, alice)).usedBytes);
  });

  it('does not take a younger file along that got the same id', async () => {
    await using t = await openTestBackup();
    const alice = await t.person('alice');
    const { id } = await saveFile(t.locker, alice, 'a.txt');
    await t.locker.collections.tombstones.insertOne({ _id: `file:${id}`, at: new Date(Date.now() - 60_000) });
    await exportSnapshot(t.locker, t.target);
    await using restored = await restoreAnew(await t.open());
    expect(restored.report).toMatchObject({ files: 1, erased: 0 });
  });
});

describe('the restore of one account', () => {
  it('brings back what is missing and leaves what is there', async () => {
    await using t = await openTestBackup();
    const alice = await t.person('alice', 'owner');
    const bytes = someBytes(300_000);
    const lost = await saveFile(t.locker, alice, 'lost.bin', { bytes });
    const there = await saveFile(t.locker, alice, 'there.txt', { bytes: Buffer.from('old') });
    await exportSnapshot(t.locker, t.target);
    await replaceContent(t.locker, alice, there.id, { content: { bytes: inPieces(Buffer.from('new')) } });
    const before = await usage(t.locker, alice);
    const file = await t.locker.collections.files.findOneAndDelete({ _id: lost.id });
    for (const { id } of file?.versions ?? []) await t.locker.content.remove(id);
    await t.locker.collections.accounts.updateOne(
      { _id: alice.account },
      { $inc: { usedBytes: -bytes.length, fileCount: -1 } },
    );
    const dry = await restoreAccount(t.locker, operator, await t.open(), 'alice', { dryRun: true });
    expect(dry).toMatchObject({ accounts: 0, files: 1, present: 1 });
    expect(await t.locker.collections.files.countDocuments({ _id: lost.id })).toBe(0);
    const report = await restoreAccount(t.locker, operator, await t.open(), 'alice');
    expect(report).toMatchObject({ accounts: 0, files: 1, present: 1, damaged: [] });
    expect((await readFile(t.locker, alice, lost.id)).equals(bytes)).toBe(true);
    expect((await readFile(t.locker, alice, there.id)).toString()).toBe('new');
    expect(await usage(t.locker, alice)).toEqual(before);
  });

  it('refuses an account that was removed for good, one that is not there, and a handle that someone else has', async () => {
    await using t = await openTestBackup();
    const alice = await t.person('alice', 'owner');
    const bob = await t.person('bob');
    await t.person('carol');
    await exportSnapshot(t.locker, t.target);
    await removeAccount(t.locker, alice, 'bob');
    await t.locker.collections.accounts.deleteOne({ handle: 'carol' });
    await t.person('carol');
    const snapshot = await t.open();
    await expect(restoreAccount(t.locker, operator, snapshot, 'bob')).rejects.toMatchObject({
      code: 'conflict',
    });
    await expect(restoreAccount(t.locker, operator, snapshot, 'carol')).rejects.toMatchObject({
      code: 'conflict',
    });
    await expect(restoreAccount(t.locker, operator, snapshot, 'dave')).rejects.toMatchObject({
      code: 'not_found',
    });
    expect(await t.locker.collections.accounts.countDocuments({ _id: bob.account })).toBe(0);
    expect((await accountOf(t.locker, alice)).role).toBe('owner');
  });
});

describe('the restore of one file', () => {
  it('writes any version to the disk, never over something, and not what was shredded', async () => {
    await using t = await openTestBackup();
    const folder = await mkdtemp(join(tmpdir(), 'coffer-test-'));
    try {
      const alice = await t.person('alice');
      const bytes = someBytes(5_000_000);
      const { id } = await saveFile(t.locker, alice, 'a.bin', { bytes });
      await replaceContent(t.locker, alice, id, { content: { bytes: inPieces(Buffer.from('two')) } });
      await exportSnapshot(t.locker, t.target);
      const snapshot = await t.open();
      expect(await restoreFile(snapshot, id, join(folder, 'one'), { n: 1 })).toMatchObject({
        name: 'a.bin',
        bytes: bytes.length,
      });
      expect((await readFromDisk(join(folder, 'one'))).equals(bytes)).toBe(true);
      await restoreFile(snapshot, id, join(folder, 'two'));
      expect(await readFromDisk(join(folder, 'two'), 'utf8')).toBe('two');
      await writeFile(join(folder, 'taken'), 'mine');
      await expect(restoreFile(snapshot, id, join(folder, 'taken'))).rejects.toMatchObject({
        code: 'conflict',
      });
      expect(await readFromDisk(join(folder, 'taken'), 'utf8')).toBe('mine');
      await expect(restoreFile(snapshot, 'zzzzzz', join(folder, 'x'))).rejects.toMatchObject({
        code: 'not_found',
      });
      await expect(restoreFile(snapshot, id, join(folder, 'x'), { n: 9 })).rejects.toMatchObject({
        code: 'not_found',
      });
      await deleteFile(t.locker, alice, id);
      const { collections } = t.locker;
      await expect(restoreFile(snapshot, id, join(folder, 'x'), { collections })).rejects.toMatchObject({
        code: 'conflict',
      });
      await exportSnapshot(t.locker, t.target);
      await expect(restoreFile(snapshot, id, join(folder, 'x'))).rejects.toMatchObject({ code: 'conflict' });
      await expect(readFromDisk(join(folder, 'x'))).rejects.toMatchObject({ code: 'ENOENT' });
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
