import { readdir, readFile as readFromDisk, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import { describe, expect, it } from 'vitest';
import { backupJob } from '../../../jobs/backup-job.ts';
import { listSnapshots } from '../../../jobs/backup/list-snapshots.ts';
import type { Job } from '../../../jobs/job.ts';
import { runJob } from '../../../jobs/run-job.ts';
import { restoreDrillJob } from '../../../jobs/restore-drill.ts';
import { verifyBackupJob } from '../../../jobs/verify-backup.ts';
import type { BackupSettings } from '../../../src/backup-settings.ts';
import { readConfig } from '../../../src/config.ts';
import { announceJob, lastRun } from '../../../src/jobs/runs.ts';
import type { Notice } from '../../../src/notify/notifier.ts';
import { flipBit } from '../../support/bytes.ts';
import { saveFile } from '../../support/files.ts';
import { filesOf, openTestBackup, type TestBackup } from './support.ts';

const settingsFor = (t: TestBackup, more: Partial<BackupSettings> = {}): BackupSettings => ({
  ...readConfig({ COFFER_BACKUP_DIR: t.folder, COFFER_BACKUP_KEEP: 'last=2' }, '/').backup,
  ...more,
});
const { signal } = new AbortController();
const runNow = async ({ locker }: TestBackup, job: Job) => {
  await announceJob(locker, { name: job.name, schedule: 'on demand', nextAt: null });
  return runJob(locker, job, { dueAt: locker.now(), reason: 'demand' });
};
const databases = async (t: TestBackup) =>
  (await t.database.client.db().admin().listDatabases()).databases.map(({ name }) => name);

describe('the jobs of backups', () => {
  it('export and prune, verify, and restore a sample into a scratch database that is gone afterwards', async () => {
    await using t = await openTestBackup();
    const alice = await t.person('alice', 'owner');
    for (let i = 0; i < 30; i++) await saveFile(t.locker, alice, `${i}.txt`);
    const settings = settingsFor(t);
    expect(await backupJob(settings).run(t.locker, signal)).toMatchObject({
      files: 30,
      copied: 30,
      removed: 0,
    });
    for (let i = 0; i < 2; i++) await backupJob(settings).run(t.locker, signal);
    expect(await listSnapshots(t.target)).toHaveLength(2);
    expect(await verifyBackupJob(settings).run(t.locker, signal)).toMatchObject({
      versions: 30,
    });
    expect(await restoreDrillJob(settings).run(t.locker, signal)).toMatchObject({ files: 25, versions: 25 });
    expect(
      (await databases(t)).filter((name) =>
        name.startsWith(`${t.database.db.databaseName.slice(0, 40)}-drill-`),
      ),
    ).toEqual([]);
    expect(await t.locker.collections.files.countDocuments()).toBe(30);
  });

  it('read back all of it within their 28 nights', async () => {
    await using t = await openTestBackup();
    const alice = await t.person('alice', 'owner');
    for (let i = 0; i < 12; i++) await saveFile(t.locker, alice, `${i}.txt`);
    const settings = settingsFor(t);
    await backupJob(settings).run(t.locker, signal);
    let read = 0;
    for (let night = 0; night < 28; night++) {
      const counts = await verifyBackupJob(settings).run(t.locker, signal);
      read += counts['readVersions'] ?? 0;
      t.advance(24 * 3600 * 1000);
    }
    expect(read).toBe(12);
  });

  it('tell the administrators of damage, by its code and without a name', async () => {
    await using t = await openTestBackup();
    const alice = await t.person('alice', 'owner');
    await saveFile(t.locker, alice, 'a secret name.txt');
    const told: Notice[] = [];
    t.locker.notifiers.add({ deliver: async (_account, notice) => told.push(notice) > 0 });
    const settings = settingsFor(t);
    await backupJob(settings).run(t.locker, signal);
    const [object = ''] = await filesOf(t.folder, 'objects');
    const whole = await readFromDisk(join(t.folder, object));
    await writeFile(join(t.folder, object), flipBit(whole, 800));
    expect(await runNow(t, restoreDrillJob(settings))).toBe('failed');
    expect(told).toMatchObject([{ kind: 'job-failed', job: 'restore-drill', problem: 'backup_damaged' }]);
    expect((await lastRun(t.locker, 'restore-drill'))?.problem).toBe('backup_damaged');
    expect(t.logLines.join('')).not.toContain('a secret name');
    expect(
      (await databases(t)).filter((name) =>
        name.startsWith(`${t.database.db.databaseName.slice(0, 40)}-drill-`),
      ),
    ).toEqual([]);
  });

  it('do not need the private key of a recipient on the server, and use it where it is', async () => {
    await using t = await openTestBackup();
    const alice = await t.person('alice', 'owner');
    await saveFile(t.locker, alice, 'a.txt');
    const identity = await generateX25519Identity();
    const settings = settingsFor(t, { recipient: await identityToRecipient(identity) });
    await backupJob(settings).run(t.locker, signal);
    expect(await verifyBackupJob(settings).run(t.locker, signal)).toMatchObject({ versions: 1 });
    expect(await restoreDrillJob(settings).run(t.locker, signal)).toEqual({
      closed: 1,
      files: 0,
      versions: 0,
    });
    const identityFile = join(t.locker.dataDir, 'identity');
    await writeFile(identityFile, identity);
    expect(await restoreDrillJob({ ...settings, identityFile }).run(t.locker, signal)).toMatchObject({
      files: 1,
      versions: 1,
    });
  });

  it('fail when the target is away, and end when they are told to', async () => {
    await using t = await openTestBackup();
    await writeFile(join(t.folder, 'file'), '');
    const away = settingsFor(t, { target: { folder: join(t.folder, 'file', 'below') } });
    expect(await runNow(t, backupJob(away))).toBe('failed');
    expect((await lastRun(t.locker, 'backup'))?.problem).toBe('backup_unavailable');
    await saveFile(t.locker, await t.person('alice'), 'a.txt');
    const stopped = AbortSignal.abort(new Error('stopped'));
    await expect(backupJob(settingsFor(t)).run(t.locker, stopped)).rejects.toThrow('stopped');
    expect(await readdir(t.folder)).not.toContain('snapshots');
  });
});
