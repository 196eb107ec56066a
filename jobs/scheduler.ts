import { schedule, type ScheduledTask } from 'node-cron';
import type { Locker } from '../src/locker.ts';
import type { Job } from './job.ts';
import { expireUploadsJob } from './expire-uploads.ts';
import { sweepJob } from './sweep.ts';

/** Every job. */
export const jobs: readonly Job[] = [sweepJob, expireUploadsJob];

/** Starts the clockwork. @returns stops it and waits for what runs. */
export function startJobs(locker: Locker): () => Promise<void> {
  const running = new Set<Promise<void>>();
  const tasks: ScheduledTask[] = jobs.map((job) =>
    schedule(
      job.schedule,
      async () => {
        const run = runJob(locker, job);
        running.add(run);
        await run;
        running.delete(run);
      },
      { name: job.name, noOverlap: true },
    ),
  );
  return async () => {
    for (const task of tasks) await task.destroy();
    await Promise.all(running);
  };
}

/** Runs a job once. A failure is logged; the next run tries again. */
export async function runJob(locker: Locker, job: Job): Promise<void> {
  const started = Date.now();
  try {
    locker.log.info({ job: job.name, ...(await job.run(locker)), ms: Date.now() - started }, 'job done');
  } catch (error) {
    locker.log.error({ job: job.name, err: error, ms: Date.now() - started }, 'job failed');
  }
}
