import type { BackupSettings } from '../src/backup-settings.ts';
import { notedSnapshots } from '../src/backup/snapshot-ledger.ts';
import { LockerError } from '../src/errors.ts';
import { nextShare, noteShare } from '../src/maintenance/coverage.ts';
import { openTarget } from './backup/open-target.ts';
import { readIdentity } from './backup/read-identity.ts';
import { verifyTarget } from './backup/verify-target.ts';
import { hourMs, type Job, minuteMs } from './job.ts';

/** Days in which all content is read back once. */
const days = 28;
const name = 'verify-backup';

/** Verifies what the target holds: that no snapshot and nothing of one is missing, and a share of all content, another each night. */
export const verifyBackupJob = (settings: BackupSettings): Job => ({
  name,
  summary: `verify all snapshots, and read back a ${days}th of the content`,
  schedule: settings.cron === undefined ? undefined : '40 5 * * *',
  timeoutMs: 12 * hourMs,
  jitterMs: 10 * minuteMs,
  run: async (locker, signal) => {
    const target = await openTarget(settings);
    try {
      const identity = await readIdentity(settings.identityFile);
      const share = await nextShare(locker, name, days);
      const report = await verifyTarget(
        target,
        { keyring: locker.keyring, identity },
        await notedSnapshots(locker, target.name),
        { share, setAside: true, signal },
      );
      await noteShare(locker, name, share);
      for (const problem of report.problems)
        locker.log.error({ snapshot: report.snapshot, problem }, 'the backup is damaged');
      if (report.problems.length > 0)
        throw new LockerError('backup_damaged', {
          subject: report.snapshot,
          actual: report.problems.length,
          hint: `${report.problems.length} things in the backup are damaged. The next backup copies anew what it can; see node . backup verify.`,
        });
      return {
        ageHours: Math.floor((locker.now().getTime() - report.createdAt.getTime()) / hourMs),
        opened: report.opened ? 1 : 0,
        snapshots: report.snapshots,
        versions: report.versions,
        readVersions: report.readVersions,
        readBytes: report.readBytes,
        readOlderObjects: report.readOlderObjects,
      };
    } finally {
      target.close();
    }
  },
});
