import type { BackupSettings } from '../src/backup-settings.ts';
import { LockerError } from '../src/errors.ts';
import { makeBackup } from './backup/make-backup.ts';
import { openTarget } from './backup/open-target.ts';
import { hourMs, type Job, minuteMs } from './job.ts';

/** Exports a snapshot, then removes those that are not kept. */
export const backupJob = (settings: BackupSettings): Job => ({
  name: 'backup',
  summary: 'export a snapshot of everything, and remove those that are not kept',
  schedule: settings.cron,
  timeoutMs: 20 * hourMs,
  jitterMs: 5 * minuteMs,
  run: async (locker, signal) => {
    const target = await openTarget(settings);
    try {
      const { snapshot, counts } = await makeBackup(locker, target, settings, {
        signal,
        onProgress: logProgress(locker),
      });
      const lost = snapshot.lost.length;
      if (lost > 0)
        throw new LockerError('content_damaged', {
          actual: lost,
          hint: `${lost} versions are damaged in the database, so the backup lacks them. node . check names them.`,
        });
      return counts;
    } finally {
      target.close();
    }
  },
});

/** A line of the log for every tenth of the way. */
function logProgress({ log }: Parameters<Job['run']>[0]) {
  let logged = 0;
  return (progress: {
    readonly versions: number;
    readonly totalVersions: number;
    readonly copiedBytes: number;
  }) => {
    const tenth = Math.floor((10 * progress.versions) / Math.max(1, progress.totalVersions));
    if (tenth > logged) log.info({ job: 'backup', ...progress }, 'backing up');
    logged = Math.max(logged, tenth);
  };
}
