import type { BackupSettings } from '../src/backup-settings.ts';
import { backupAge } from '../src/backup/snapshot-ledger.ts';
import type { Locker } from '../src/locker.ts';
import { notifyAdmins } from '../src/notify/notify-admins.ts';
import { hourMs, type Job, minuteMs } from './job.ts';

const dayMs = 24 * hourMs;

/** Tells the administrators if backups, or the drills that prove them, did not happen: silence must not look like success. */
export const watchBackupsJob = (settings: BackupSettings): Job => ({
  name: 'watch-backups',
  summary: 'tell the administrators if backups or restore drills did not happen',
  schedule: settings.cron === undefined ? undefined : '0 8 * * *',
  timeoutMs: hourMs,
  jitterMs: 5 * minuteMs,
  run: async (locker) => {
    const { lastSnapshotAt, lastDrillAt } = await backupAge(locker);
    const overdue = [
      await tellIfOverdue(locker, 'backup', lastSnapshotAt, 3 * dayMs),
      await tellIfOverdue(locker, 'restore-drill', lastDrillAt, 15 * dayMs),
    ];
    return { overdue: overdue.filter(Boolean).length };
  },
});

async function tellIfOverdue(
  locker: Locker,
  job: string,
  last: Date | null,
  withinMs: number,
): Promise<boolean> {
  const now = locker.now();
  const installedAt =
    (await locker.collections.installation.findOne({ _id: 'installation' }))?.createdAt ?? now;
  const ageMs = now.getTime() - (last ?? installedAt).getTime();
  // Before zero the clock was wrong, now or then, and says nothing.
  if (ageMs >= 0 && ageMs <= withinMs) return false;
  await notifyAdmins(locker, { kind: 'backup-stale', job, last, at: now });
  return true;
}
