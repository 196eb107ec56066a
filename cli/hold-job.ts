import { hostname } from 'node:os';
import type { Job } from '../jobs/job.ts';
import { instance, problemOf } from '../jobs/run-job.ts';
import { freeIfDead, freeJobs } from '../src/jobs/orphans.ts';
import { announceJob, beginRun, type Run } from '../src/jobs/runs.ts';
import type { OpenLocker } from '../src/open-locker.ts';

/**
 * Does the work of a job as one of its runs: never beside another one, and written down like those of the clock.
 *
 * @param work with the signal that the run was taken over; gives counts for the record.
 * @returns false if the job is under way elsewhere; then nothing was done.
 */
export async function holdJob(
  { locker, exclusive }: Pick<OpenLocker, 'locker' | 'exclusive'>,
  { name, schedule }: Pick<Job, 'name' | 'schedule'>,
  work: (lost: AbortSignal) => Promise<Readonly<Record<string, number>>>,
): Promise<boolean> {
  await announceJob(locker, { name, schedule: schedule ?? 'on demand' });
  await freeDead({ locker, exclusive }, name);
  const run = await beginRun(locker, name, { dueAt: locker.now(), reason: 'demand', instance });
  if (run === undefined) return false;
  await recorded(run, work);
  return true;
}

/** Whoever ran it and was killed does not keep the operator waiting. */
export async function freeDead(
  { locker, exclusive }: Pick<OpenLocker, 'locker' | 'exclusive'>,
  job: string,
): Promise<void> {
  if (exclusive) await freeJobs(locker);
  else await freeIfDead(locker, job, isDead);
}

async function recorded(run: Run, work: Parameters<typeof holdJob>[2]): Promise<void> {
  try {
    await run.end('ok', await work(run.lost), null);
  } catch (error) {
    await run.end('failed', {}, problemOf(error));
    throw error;
  }
}

/** Only of this machine it can be said. */
function isDead(holder: string): boolean {
  const [, host, pid] = /^(.*):(\d+)$/.exec(holder) ?? [];
  if (host !== hostname()) return false;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ESRCH';
  }
}
