import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { exportSnapshot } from '../../../jobs/backup/export-snapshot.ts';
import { FolderTarget } from '../../../jobs/backup/folder-target.ts';
import { openSnapshot } from '../../../jobs/backup/open-snapshot.ts';
import { openTarget } from '../../../jobs/backup/open-target.ts';
import { prune } from '../../../jobs/backup/prune.ts';
import type { BackupTarget } from '../../../jobs/backup/target.ts';
import { verifySnapshot } from '../../../jobs/backup/verify-snapshot.ts';
import { check } from '../../../src/maintenance/check.ts';
import { someBytes } from '../../support/bytes.ts';
import { readFile, saveFile } from '../../support/files.ts';
import { openTestLocker } from '../../support/locker.ts';
import { startFakeS3 } from '../../support/s3.ts';
import { openTestBackup, restoreAnew } from './support.ts';

const s3Settings = (endpoint: string) => ({
  bucket: 'backups',
  prefix: 'home/',
  endpoint,
  region: 'us-east-1',
  accessKeyId: 'AKIDTEST',
  secretAccessKey: 'a secret of the test',
});

async function all(target: BackupTarget, prefix: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of target.list(prefix)) keys.push(key);
  return keys;
}

describe('S3', () => {
  it('keeps, lists, verifies, prunes and restores backups, over several pages of every listing', async () => {
    await using s3 = await startFakeS3('AKIDTEST');
    await using t = await openTestLocker();
    const alice = await t.person('alice');
    const bytes = someBytes(9_000_000);
    const { id } = await saveFile(t.locker, alice, 'large.bin', { bytes });
    for (let i = 0; i < 8; i++) await saveFile(t.locker, alice, `${i}.txt`);
    const target = await openTarget({ target: { s3: s3Settings(s3.url) } });
    expect(target.name).toBe('s3://backups/home');
    const report = await exportSnapshot(t.locker, target);
    expect(report.copiedVersions).toBe(9);
    expect([...s3.objects.keys()].every((key) => key.startsWith('backups/home/'))).toBe(true);
    const requests = s3.requests.length;
    expect((await exportSnapshot(t.locker, target)).copiedVersions).toBe(0);
    expect(s3.requests.slice(requests).filter((line) => /^PUT .*objects/.test(line))).toEqual([]);
    expect((await verifySnapshot(target, { keyring: t.keyring })).problems).toEqual([]);
    await using restored = await restoreAnew(await openSnapshot(target, 'latest', { keyring: t.keyring }));
    expect((await readFile(restored.locker, alice, id)).equals(bytes)).toBe(true);
    expect((await check(restored.locker)).findings).toEqual([]);
    expect((await prune(target, { last: 1 })).removed).toEqual([report.id]);
    expect(await all(target, 'snapshots/')).toHaveLength(1);
    expect(await target.get('snapshots/missing.head')).toBeUndefined();
    target.close();
  });

  it('that refuses or is away is named, and its credentials are not', async () => {
    await using s3 = await startFakeS3('AKIDTEST');
    await using t = await openTestLocker();
    s3.fail = 403;
    const target = await openTarget({ target: { s3: s3Settings(s3.url) } });
    const error: unknown = await exportSnapshot(t.locker, target).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'backup_unavailable', details: { subject: 's3://backups/home' } });
    expect(JSON.stringify(error)).not.toContain('a secret of the test');
    target.close();
    const gone = await openTarget({ target: { s3: s3Settings('http://127.0.0.1:9') } });
    await expect(gone.get('x')).rejects.toMatchObject({ code: 'backup_unavailable' });
    gone.close();
  });
});

describe('a folder', () => {
  it('lists in the byte order of the keys, as S3 does, and leaves out what is half-written', async () => {
    await using t = await openTestBackup();
    const keys = ['a/b', 'a-b', 'a.b', 'a0', 'a/0/1', 'b'];
    for (const key of keys) await t.target.put(key, Buffer.from(key));
    await writeFile(join(t.folder, 'a', 'c.0123.part'), 'half');
    expect(await all(t.target, '')).toEqual(
      keys.toSorted((x, y) => Buffer.compare(Buffer.from(x), Buffer.from(y))),
    );
    expect(await all(t.target, 'a/')).toEqual(['a/0/1', 'a/b']);
    await t.target.tidy(new Date(Date.now() + 1000));
    expect(await readdir(join(t.folder, 'a'))).toEqual(['0', 'b']);
  });

  it('that vanishes is an error, and is not made anew where a disk should be', async () => {
    await using t = await openTestBackup();
    await saveFile(t.locker, await t.person('alice'), 'a.txt');
    await rm(t.folder, { recursive: true });
    await expect(exportSnapshot(t.locker, t.target)).rejects.toMatchObject({ code: 'backup_unavailable' });
    await expect(t.target.put('objects/0000/x', Buffer.alloc(1))).rejects.toMatchObject({
      code: 'backup_unavailable',
      details: { hint: expect.stringContaining('mounted') as string },
    });
    await expect(readdir(t.folder)).rejects.toMatchObject({ code: 'ENOENT' });
    await mkdir(t.folder);
  });

  it('leaves nothing of an object behind that it could not write', async () => {
    await using t = await openTestBackup();
    await t.target.put('a/b', Buffer.from('x'));
    // A folder cannot be replaced by a file.
    await expect(t.target.put('a', Buffer.from('y'))).rejects.toMatchObject({ code: 'backup_unavailable' });
    expect(await readdir(t.folder)).toEqual(['a']);
    expect(await (await FolderTarget.open(t.folder)).get('a/b')).toEqual(Buffer.from('x'));
  });
});
