import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import { describe, expect, it } from 'vitest';
import { backupJob } from '../../jobs/backup-job.ts';
import { restoreDrillJob } from '../../jobs/restore-drill.ts';
import { runJob } from '../../jobs/run-job.ts';
import { verifyBackupJob } from '../../jobs/verify-backup.ts';
import { watchBackupsJob } from '../../jobs/watch-backups.ts';
import { backupAge } from '../../src/backup/snapshot-ledger.ts';
import type { BackupSettings } from '../../src/backup-settings.ts';
import { readConfig } from '../../src/config.ts';
import { describeBackups } from '../../src/jobs/describe-backups.ts';
import { announceJob } from '../../src/jobs/runs.ts';
import { scrape } from '../../src/metrics/scrape.ts';
import type { Notice } from '../../src/notify/notifier.ts';
import { someBytes } from '../support/bytes.ts';
import { saveFile } from '../support/files.ts';
import { openTestLocker } from '../support/locker.ts';

const dayMs = 24 * 3600 * 1000;
const signal = new AbortController().signal;

async function open() {
  const t = await openTestLocker();
  const folder = await mkdtemp(join(tmpdir(), 'coffer-backups-'));
  const settings: BackupSettings = { ...readConfig({}, '/').backup, target: { folder } };
  const alice = await t.person('alice');
  for (let i = 0; i < 8; i++) await saveFile(t.locker, alice, `${i}.bin`, { bytes: someBytes(1000 * i) });
  return {
    t,
    folder,
    settings,
    [Symbol.asyncDispose]: async () => {
      await t[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Files of the backup that hold contents. */
const objects = async (folder: string) =>
  (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() && entry.parentPath.includes('object'))
    .map((entry) => join(entry.parentPath, entry.name));

describe('the jobs of backups', () => {
  it('make a snapshot, check it, prove that it restores, and leave no scratch database', async () => {
    await using b = await open();
    const { t, settings } = b;
    expect(await backupJob(settings).run(t.locker, signal)).toMatchObject({
      files: 8,
      versions: 8,
      copied: 8,
    });
    expect(await backupJob(settings).run(t.locker, signal)).toMatchObject({ files: 8, copied: 0 });
    let read = 0;
    for (let night = 0; night < 28; night++) {
      read += (await verifyBackupJob(settings).run(t.locker, signal))['readVersions'] ?? 0;
      t.advance(dayMs);
    }
    expect(read).toBe(8);
    expect(await restoreDrillJob(settings).run(t.locker, signal)).toMatchObject({ files: 8, versions: 8 });
    const { databases } = await t.database.client.db().admin().listDatabases({ nameOnly: true });
    expect(databases.filter(({ name }) => name.startsWith(`${t.database.db.databaseName}-`))).toEqual([]);
  }, 60_000);

  it('fail, and say so, when a backup is damaged', async () => {
    await using b = await open();
    const { t, settings, folder } = b;
    await backupJob(settings).run(t.locker, signal);
    const [first = ''] = await objects(folder);
    await writeFile(first, 'not what was sealed');
    await expect(restoreDrillJob(settings).run(t.locker, signal)).rejects.toMatchObject({
      code: 'backup_damaged',
    });
    const nights: unknown[] = [];
    for (let night = 0; night < 28; night++) {
      nights.push(
        await verifyBackupJob(settings)
          .run(t.locker, signal)
          .then(
            () => 'ok',
            (error: { code?: string }) => error.code,
          ),
      );
      t.advance(dayMs);
    }
    expect(nights).toContain('backup_damaged');
  }, 60_000);

  it('tell an administrator when the last snapshot was made, and when one was last proven', async () => {
    await using b = await open();
    const { t, settings } = b;
    const owner = await t.person('owner', 'owner');
    expect(await describeBackups(t.locker, owner)).toMatchObject({
      lastSnapshotAt: null,
      lastVerifiedSnapshotAt: null,
    });
    for (const job of [backupJob(settings), restoreDrillJob(settings)]) {
      await announceJob(t.locker, { name: job.name, schedule: '0 0 * * *', nextAt: null });
      expect(await runJob(t.locker, job, { dueAt: t.locker.now(), reason: 'schedule' })).toBe('ok');
    }
    const { lastSnapshotAt, lastVerifiedSnapshotAt, snapshots } = await describeBackups(t.locker, owner);
    expect(lastSnapshotAt).toBeInstanceOf(Date);
    expect(lastVerifiedSnapshotAt).toEqual(lastSnapshotAt);
    expect(snapshots).toMatchObject([{ files: 8, versions: 8, verifiedAt: expect.any(Date) as Date }]);
    t.advance(3_600_000);
    expect((await describeBackups(t.locker, owner)).lastVerifiedAgeSeconds).toBeGreaterThanOrEqual(3600);
    const { text } = await scrape(t.locker);
    for (const name of ['backup_last_snapshot_age_seconds', 'backup_last_verified_age_seconds'])
      expect(Number(new RegExp(`^coffer_${name} (\\S+)$`, 'm').exec(text)?.[1])).toBeGreaterThanOrEqual(3600);
  });

  it('prove a snapshot at once that only its recipient opens later, and count no other drill', async () => {
    await using b = await open();
    const { t } = b;
    const recipient = await identityToRecipient(await generateX25519Identity());
    const settings = { ...b.settings, recipient };
    await backupJob(settings).run(t.locker, signal);
    const { lastSnapshotAt, lastVerifiedSnapshotAt, lastDrillAt } = await backupAge(t.locker);
    expect(lastVerifiedSnapshotAt).toEqual(lastSnapshotAt);
    t.advance(3 * dayMs);
    await backupJob(settings).run(t.locker, signal);
    expect(await restoreDrillJob(settings).run(t.locker, signal)).toMatchObject({ closed: 1 });
    expect(await backupAge(t.locker)).toMatchObject({ lastVerifiedSnapshotAt, lastDrillAt });
    t.advance(7 * dayMs);
    await backupJob(settings).run(t.locker, signal);
    const later = await backupAge(t.locker);
    expect(later.lastVerifiedSnapshotAt).toEqual(later.lastSnapshotAt);
  }, 60_000);

  it('refuse a target that is empty where snapshots were made, since it may not be mounted', async () => {
    await using b = await open();
    const { t, settings, folder } = b;
    await backupJob(settings).run(t.locker, signal);
    await rm(join(folder, 'README.txt'));
    // Something is there: a page that is missing is put back.
    await backupJob(settings).run(t.locker, signal);
    await rm(folder, { recursive: true });
    await expect(backupJob(settings).run(t.locker, signal)).rejects.toMatchObject({
      code: 'backup_unavailable',
      details: {
        hint: expect.stringMatching(/2 snapshots were made there: is it mounted.*--anew/) as string,
      },
    });
    expect(await readdir(folder)).toEqual([]);
    const elsewhere = { ...settings, target: { folder: join(folder, 'new') } };
    expect(await backupJob(elsewhere).run(t.locker, signal)).toMatchObject({ copied: 8 });
  });

  it('cover all content in the set time, also if they do not run every night', async () => {
    await using b = await open();
    const { t, settings } = b;
    await backupJob(settings).run(t.locker, signal);
    let read = 0;
    for (let night = 0; night < 28; night += 7) {
      read += (await verifyBackupJob(settings).run(t.locker, signal))['readVersions'] ?? 0;
      t.advance(7 * dayMs);
    }
    // The first run covers a day, as it does not know when the one before it was.
    read += (await verifyBackupJob(settings).run(t.locker, signal))['readVersions'] ?? 0;
    expect(read).toBeGreaterThanOrEqual(8);
  }, 60_000);

  it('tell the administrators if neither backups nor drills happen', async () => {
    await using b = await open();
    const { t, settings } = b;
    await t.person('owner', 'owner');
    const told: Notice[] = [];
    t.locker.notifiers.add({
      deliver: async (_account, notice) => {
        told.push(notice);
        return true;
      },
    });
    expect(await watchBackupsJob(settings).run(t.locker, signal)).toEqual({ overdue: 0 });
    t.advance(4 * dayMs);
    expect(await watchBackupsJob(settings).run(t.locker, signal)).toEqual({ overdue: 1 });
    t.advance(20 * dayMs);
    expect(await watchBackupsJob(settings).run(t.locker, signal)).toEqual({ overdue: 2 });
    expect(told.map((notice) => (notice.kind === 'backup-stale' ? notice.job : notice.kind))).toEqual([
      'backup',
      'backup',
      'restore-drill',
    ]);
  });
});
