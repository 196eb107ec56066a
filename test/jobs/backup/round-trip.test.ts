import { describe, expect, it } from 'vitest';
import { exportSnapshot } from '../../../jobs/backup/export-snapshot.ts';
import { listSnapshots } from '../../../jobs/backup/list-snapshots.ts';
import { restoreInstallation } from '../../../jobs/backup/restore-installation.ts';
import { verifySnapshot } from '../../../jobs/backup/verify-snapshot.ts';
import { verifyAudit } from '../../../src/audit/verify.ts';
import { defaultSegmentBytes } from '../../../src/crypto/segments.ts';
import { listFiles } from '../../../src/files/list.ts';
import { trashFile } from '../../../src/files/trash.ts';
import { listVersions, replaceContent } from '../../../src/files/versions.ts';
import { createDownloadLink } from '../../../src/links/create-download-link.ts';
import { check } from '../../../src/maintenance/check.ts';
import { putGrant } from '../../../src/sharing/grants.ts';
import { inPieces, someBytes } from '../../support/bytes.ts';
import { readFile, saveFile, usage } from '../../support/files.ts';
import { openTestLocker } from '../../support/locker.ts';
import { filesOf, openTestBackup, restoreAnew } from './support.ts';

describe('a backup', () => {
  it('restores every byte, name, tag, version, share, link and record into an empty database', async () => {
    await using t = await openTestBackup();
    const [alice, bob] = [await t.person('alice', 'owner'), await t.person('bob')];
    const sizes = [
      0,
      1,
      15,
      16,
      63_000,
      defaultSegmentBytes,
      defaultSegmentBytes + 1,
      5 * defaultSegmentBytes + 7,
    ];
    const saved = new Map<string, Buffer>();
    for (const size of sizes) {
      const bytes = someBytes(size);
      const { id } = await saveFile(t.locker, alice, `Größe ${size}.bin`, {
        bytes,
        folder: '/work/2026',
        tags: ['tax'],
      });
      saved.set(id, bytes);
    }
    const [first = '', second = ''] = saved.keys();
    const newer = someBytes(70_000);
    await replaceContent(t.locker, alice, first, { content: { bytes: inPieces(newer) } });
    await trashFile(t.locker, alice, second);
    await putGrant(
      t.locker,
      alice,
      { kind: 'folder', folder: '/work' },
      { grantee: 'bob', role: 'viewer', expiresAt: null },
    );
    await createDownloadLink(t.locker, alice, first, { maxDownloads: 3 });

    const report = await exportSnapshot(t.locker, t.target);
    expect(report).toMatchObject({ files: sizes.length, versions: sizes.length + 1, lost: [] });
    await using restored = await restoreAnew(await t.open());
    const { locker } = restored;
    expect(restored.report).toMatchObject({
      accounts: 2,
      files: sizes.length,
      versions: sizes.length + 1,
      damaged: [],
    });
    for (const name of ['files', 'grants', 'accounts', 'identities', 'installation'] as const)
      expect(await locker.collections[name].find().sort({ _id: 1 }).toArray()).toEqual(
        await t.locker.collections[name].find().sort({ _id: 1 }).toArray(),
      );
    expect((await readFile(locker, alice, first)).equals(newer)).toBe(true);
    expect((await readFile(locker, alice, first, 1)).length).toBe(0);
    for (const [id, bytes] of [...saved].slice(2))
      expect((await readFile(locker, bob, id)).equals(bytes)).toBe(true);
    expect(await listVersions(locker, alice, first)).toEqual(await listVersions(t.locker, alice, first));
    const listed = (which: typeof locker, who: typeof alice) =>
      listFiles(which, who, { query: 'größe', limit: 100 });
    const before = await listFiles(t.locker, alice, { query: 'größe', tag: 'tax', limit: 100 });
    const after = await listFiles(locker, alice, { query: 'größe', tag: 'tax', limit: 100 });
    expect(after.files).toEqual(before.files);
    expect(after.files).toHaveLength(sizes.length - 1);
    expect((await listed(locker, bob)).files).toEqual((await listed(t.locker, bob)).files);
    expect(await usage(locker, alice)).toEqual(await usage(t.locker, alice));
    expect((await check(locker)).findings).toEqual([]);
    expect((await verifyAudit(locker)).problem).toBeUndefined();
    expect(await locker.collections.links.countDocuments()).toBe(1);
    // And it goes on.
    const { id } = await saveFile(locker, alice, 'new.txt');
    expect((await readFile(locker, alice, id)).toString()).toBe('new.txt');
  });

  it('copies nothing twice', async () => {
    await using t = await openTestBackup();
    const alice = await t.person('alice');
    for (let i = 0; i < 5; i++) await saveFile(t.locker, alice, `${i}.txt`);
    const first = await exportSnapshot(t.locker, t.target);
    expect(first.copiedVersions).toBe(5);
    const objects = await filesOf(t.folder, 'objects');
    expect(await exportSnapshot(t.locker, t.target)).toMatchObject({
      files: 5,
      copiedVersions: 0,
      copiedBytes: 0,
    });
    expect(await filesOf(t.folder, 'objects')).toEqual(objects);
    await saveFile(t.locker, alice, 'more.txt');
    expect(await exportSnapshot(t.locker, t.target)).toMatchObject({ files: 6, copiedVersions: 1 });
    const all = await listSnapshots(t.target);
    expect(all).toHaveLength(3);
    expect(all.find(({ id }) => id === first.id)).toMatchObject({
      fingerprint: first.fingerprint,
      sealedTo: 'keyring',
    });
  });

  it('of an empty locker can be made, verified and restored', async () => {
    await using t = await openTestBackup();
    await exportSnapshot(t.locker, t.target);
    expect(await verifySnapshot(t.target, { keyring: t.keyring })).toMatchObject({
      opened: true,
      problems: [],
    });
    await using restored = await restoreAnew(await t.open());
    expect(restored.report).toMatchObject({ accounts: 0, files: 0 });
  });

  it('is never restored over a locker', async () => {
    await using t = await openTestBackup();
    await saveFile(t.locker, await t.person('alice'), 'a.txt');
    await exportSnapshot(t.locker, t.target);
    const { collections } = t.locker;
    const snapshot = await t.open();
    for (const dryRun of [true, false])
      await expect(
        restoreInstallation({ collections, keyring: t.keyring }, snapshot, { dryRun }),
      ).rejects.toMatchObject({ code: 'conflict' });
    expect(await collections.restores.countDocuments()).toBe(0);
  });

  it('is restored by a dry run without writing anything', async () => {
    await using t = await openTestBackup();
    await saveFile(t.locker, await t.person('alice'), 'a.txt');
    await exportSnapshot(t.locker, t.target);
    await using empty = await openTestLocker();
    const { collections } = empty.locker;
    const report = await restoreInstallation({ collections, keyring: t.keyring }, await t.open(), {
      dryRun: true,
    });
    expect(report).toMatchObject({ accounts: 1, files: 1, versions: 1 });
    for (const name of ['accounts', 'files', 'chunks', 'restores', 'tombstones'] as const)
      expect([name, await collections[name].countDocuments()]).toEqual([name, 0]);
  });
});
