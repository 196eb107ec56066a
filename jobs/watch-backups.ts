import type { BackupSettings } from '../src/backup-settings.ts';
import { lastSuccess } from '../src/jobs/runs.ts';
import type { Locker } from '../src/locker.ts';
import { notifyAdmins } from '../src/notify/notify-admins.ts';
import { hourMs, type Job, minuteMs } from './job.ts';

const dayMs = 24 * hourMs;
/** What must have succeeded in which time. */
const deadlines = [
  { job: 'backup', withinMs: 3 * dayMs },
  { job: 'restore-drill', withinMs: 15 * dayMs },
] as const;

/** Tells the administrators if backups, or the drills that prove them, did not happen: silence must not look like success. */
export const watchBackupsJob = (settings: BackupSettings): Job => ({
  name: 'watch-backups',
  summary: 'tell the administrators if backups or restore drills did not happen',
  schedule: settings.cron === undefined ? undefined : '0 8 * * *',
  timeoutMs: hourMs,
  jitterMs: 5 * minuteMs,
  run: async (locker) => {
    let overdue = 0;
    for (const { job, withinMs } of deadlines) if (await tellIfOverdue(locker, job, withinMs)) overdue++;
    return { overdue };
  },
});

async function tellIfOverdue(locker: Locker, job: string, withinMs: number): Promise<boolean> {
  const now = locker.now();
  const installedAt =
    (await locker.collections.installation.findOne({ _id: 'installation' }))?.createdAt ?? now;
  const last = await lastSuccess(locker, job);
  const since = last?.startedAt ?? installedAt;
  if (now.getTime() - since.getTime() <= withinMs) return false;
  await notifyAdmins(locker, { kind: 'backup-stale', job, last: last?.startedAt ?? null, at: now });
  return true;
}
