import { setTimeout as delay } from 'node:timers/promises';
import { createTask, type ScheduledTask } from 'node-cron';
import type { RunReason } from '../src/jobs/documents.ts';
import { announceJob, findOrphans, lastRun, takeRequests } from '../src/jobs/runs.ts';
import type { Locker } from '../src/locker.ts';
import type { Job } from './job.ts';
import { runJob } from './run-job.ts';

/** How often requests for runs, and runs whose holder died, are looked for. */
const lookMs = 5000;
/** How far the schedule is looked at to find how often a job is due. */
const lookedAhead = 10;

/** The clockwork of one instance. */
export interface Clockwork {
  /** Begins nothing more, tells what runs to end, and waits for it. */
  stop(): Promise<void>;
}

/**
 * Starts the clockwork: runs jobs when they are due, once among all instances; those whose time passed while nothing ran;
 * those whose holder died; and those that someone asks for.
 */
export function startJobs(locker: Locker, jobs: readonly Job[]): Clockwork {
  const stopped = new AbortController();
  const { signal } = stopped;
  const running = new Set<Promise<unknown>>();
  const run = (job: Job, dueAt: Date, reason: RunReason) => {
    const work = runJob(locker, job, dueAt, reason, signal).finally(() => running.delete(work));
    running.add(work);
  };
  const timed = jobs.flatMap((job) => (job.schedule === undefined ? [] : [{ job, schedule: job.schedule }]));
  const tasks = timed.map(({ job, schedule }) => {
    const task: ScheduledTask = createTask(
      schedule,
      async ({ date }) => {
        await announce(job, task);
        await delay(Math.random() * job.jitterMs, undefined, { signal }).catch(() => {});
        // To the minute: instances whose clocks differ by a moment mean the same run.
        if (!signal.aborted) run(job, toMinute(date), 'schedule');
      },
      { name: job.name },
    );
    return { job, task };
  });

  async function announce(job: Job, task: ScheduledTask | undefined): Promise<void> {
    const nextAt = task?.getNextRun() ?? null;
    await announceJob(locker, { name: job.name, schedule: job.schedule ?? 'on demand', nextAt });
  }

  async function begin(): Promise<void> {
    for (const job of jobs) {
      const task = tasks.find((timer) => timer.job === job)?.task;
      await announce(job, task);
      if (task !== undefined && (await isMissed(locker, job, task))) {
        locker.log.info({ job: job.name }, 'a job was due while nothing ran; running it now');
        run(job, toMinute(locker.now()), 'missed');
      }
    }
    for (const { task } of tasks) await task.start();
    while (!signal.aborted) {
      await look();
      await delay(lookMs, undefined, { signal, ref: false }).catch(() => {});
    }
  }

  async function look(): Promise<void> {
    try {
      const wanted = [
        ...(await findOrphans(locker)).map(({ job }) => ({
          job,
          dueAt: locker.now(),
          reason: 'taken-over' as const,
        })),
        ...(await takeRequests(locker)).map(({ job, askedAt }) => ({
          job,
          dueAt: askedAt,
          reason: 'demand' as const,
        })),
      ];
      for (const { job: name, dueAt, reason } of wanted) {
        const job = jobs.find((candidate) => candidate.name === name);
        if (job !== undefined) run(job, dueAt, reason);
      }
    } catch (error) {
      locker.log.warn({ err: error }, 'the clockwork could not look for work; it looks again in a moment');
    }
  }

  const begun = begin().catch((error: unknown) => {
    locker.log.error({ err: error }, 'the clockwork could not start');
  });
  return {
    stop: async () => {
      stopped.abort(new Error('the process ends'));
      for (const { task } of tasks) await task.destroy();
      await begun;
      await Promise.all(running);
    },
  };
}

/** True if a job was due since its last run. One that never ran waits for its first time. */
async function isMissed(locker: Locker, job: Job, task: ScheduledTask): Promise<boolean> {
  const last = await lastRun(locker, job.name);
  if (last === undefined) return false;
  const due = task.getNextRuns(lookedAhead).map((at) => at.getTime());
  const gaps = due.slice(1).map((at, index) => at - (due[index] ?? at));
  const longestGap = Math.max(0, ...gaps);
  return longestGap > 0 && locker.now().getTime() - last.dueAt.getTime() > longestGap;
}

const toMinute = (at: Date) => new Date(Math.floor(at.getTime() / 60_000) * 60_000);
