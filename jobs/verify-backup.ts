import type { BackupSettings } from '../src/backup-settings.ts';
import { LockerError } from '../src/errors.ts';
import { openTarget } from './backup/open-target.ts';
import { readIdentity } from './backup/read-identity.ts';
import { verifySnapshot } from './backup/verify-snapshot.ts';
import { hourMs, type Job, minuteMs } from './job.ts';

/** Nights in which all of the newest snapshot is read back once. */
const nights = 28;
const dayMs = 24 * hourMs;

/** Verifies the newest snapshot: its records and that nothing is missing, and a share of its content, another each night. */
export const verifyBackupJob = (settings: BackupSettings): Job => ({
  name: 'verify-backup',
  summary: `verify the newest snapshot, and read back a ${nights}th of its content`,
  schedule: settings.cron === undefined ? undefined : '40 5 * * *',
  timeoutMs: 12 * hourMs,
  jitterMs: 10 * minuteMs,
  run: async (locker, signal) => {
    const target = await openTarget(settings);
    try {
      const identity = await readIdentity(settings.identityFile);
      const night = Math.floor(locker.now().getTime() / dayMs) % nights;
      const report = await verifySnapshot(
        target,
        { keyring: locker.keyring, identity },
        { share: { from: night / nights, to: (night + 1) / nights }, setAside: true, signal },
      );
      for (const problem of report.problems)
        locker.log.error({ snapshot: report.snapshot, problem }, 'the backup is damaged');
      if (report.problems.length > 0)
        throw new LockerError('backup_damaged', {
          subject: report.snapshot,
          actual: report.problems.length,
          hint: `${report.problems.length} things in snapshot ${report.snapshot} are damaged. The next backup copies them anew; see node . backup verify.`,
        });
      return {
        ageHours: Math.floor((locker.now().getTime() - report.createdAt.getTime()) / hourMs),
        opened: report.opened ? 1 : 0,
        versions: report.versions,
        readVersions: report.readVersions,
        readBytes: report.readBytes,
      };
    } finally {
      target.close();
    }
  },
});
