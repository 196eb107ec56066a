import { setTimeout as delay } from 'node:timers/promises';
import { createTask, type Logger, type ScheduledTask } from 'node-cron';
import { findOrphans, giveUp, type OrphanedRun } from '../src/jobs/orphans.ts';
import { announceJob, ranUntil, takeRequests } from '../src/jobs/runs.ts';
import type { Locker } from '../src/locker.ts';
import type { Log } from '../src/log.ts';
import { notifyAdmins } from '../src/notify/notify-admins.ts';
import { type Job, minuteMs } from './job.ts';
import { lastDue } from './last-due.ts';
import { type JobRun, runJob } from './run-job.ts';

/** How often requests for runs, and runs whose holder died, are looked for. */
const lookMs = 5000;
/** How long after its time, and jitter, a run that nobody began counts as missed. */
const missedAfterMs = 2 * minuteMs;
/** Holders that may die of one run, before it is given up: it may be what kills them. */
const mostAttempts = 3;

/** The clockwork of one instance. */
export interface Clockwork {
  /** Begins nothing more, tells what runs to end, and waits for it. */
  stop(): Promise<void>;
}

interface TimedJob {
  readonly job: Job;
  readonly task: ScheduledTask;
  /** How fine its schedule is. */
  readonly stepMs: number;
  /** Until when nothing that was due is missing; undefined before the first look. */
  lookedUntil: Date | undefined;
  isCatchingUp: boolean;
}

/**
 * Starts the clockwork: runs jobs when they are due, once among all instances; those whose time passed while nothing ran, or
 * while the run before was still under way; those whose holder died; and those that someone asks for.
 */
export function startJobs(locker: Locker, jobs: readonly Job[]): Clockwork {
  const stopped = new AbortController();
  const { signal } = stopped;
  const running = new Set<Promise<unknown>>();
  const run = (job: Job, which: JobRun) => {
    const work = runJob(locker, job, which, signal).finally(() => running.delete(work));
    running.add(work);
    return work;
  };
  const timed: TimedJob[] = jobs.flatMap((job) => {
    const { schedule } = job;
    if (schedule === undefined) return [];
    const stepMs = schedule.trim().split(/\s+/).length > 5 ? 1000 : minuteMs;
    // To the step: instances whose clocks differ by a moment mean the same run.
    const toStep = (at: Date) => new Date(Math.floor(at.getTime() / stepMs) * stepMs);
    const task: ScheduledTask = createTask(
      schedule,
      async ({ date }) => {
        await announce(job, task).catch((error: unknown) =>
          locker.log.warn({ job: job.name, err: error }, 'a job could not be announced'),
        );
        await delay(Math.random() * job.jitterMs, undefined, { signal }).catch(() => {});
        if (!signal.aborted) void run(job, { dueAt: toStep(date), reason: 'schedule' });
      },
      // What it misses is found below.
      { name: job.name, suppressMissedWarning: true, logger: cronLogger(locker.log) },
    );
    return [{ job, task, stepMs, lookedUntil: undefined, isCatchingUp: false }];
  });

  async function announce(job: Job, task: ScheduledTask | undefined): Promise<void> {
    const nextAt = task?.getNextRun() ?? null;
    await announceJob(locker, { name: job.name, schedule: job.schedule ?? 'on demand', nextAt });
  }

  async function begin(): Promise<void> {
    // Started first: until then they do not know when they are due.
    for (const { task } of timed) await task.start();
    while (!signal.aborted) {
      await look();
      await delay(lookMs, undefined, { signal, ref: false }).catch(() => {});
    }
  }

  const unannounced = new Set(jobs);

  async function look(): Promise<void> {
    try {
      for (const job of unannounced) {
        await announce(job, timed.find((one) => one.job === job)?.task);
        unannounced.delete(job);
      }
      for (const orphan of await findOrphans(locker)) await takeOver(orphan);
      for (const { job: name, askedAt } of await takeRequests(locker)) {
        const job = jobs.find((candidate) => candidate.name === name);
        if (job !== undefined) void run(job, { dueAt: askedAt, reason: 'demand' });
      }
      for (const one of timed.filter(({ isCatchingUp }) => !isCatchingUp)) {
        one.isCatchingUp = true;
        void catchUp(one)
          .catch(sayThatItFailed)
          .finally(() => {
            one.isCatchingUp = false;
          });
      }
    } catch (error) {
      sayThatItFailed(error);
    }
  }

  const sayThatItFailed = (error: unknown) =>
    locker.log.warn({ err: error }, 'the clockwork could not look for work; it looks again in a moment');

  async function takeOver(orphan: OrphanedRun): Promise<void> {
    const job = jobs.find((candidate) => candidate.name === orphan.job);
    if (job !== undefined && orphan.attempt < mostAttempts) {
      // A time of its own that all instances agree on, so that one of them takes it over, and once.
      const dueAt = new Date(orphan.dueAt.getTime() + 1);
      void run(job, { dueAt, reason: 'taken-over', attempt: orphan.attempt + 1 });
    } else if (await giveUp(locker, orphan)) {
      locker.log.error(
        { job: orphan.job, attempts: orphan.attempt },
        'a job was cut off each time; given up',
      );
      await notifyAdmins(locker, { kind: 'job-failed', job: orphan.job, problem: 'lost', at: locker.now() });
    }
  }

  /** Runs what was due and nobody began: nothing ran then, or slept, or the database was away. */
  async function catchUp(one: TimedJob): Promise<void> {
    const { job, task, stepMs } = one;
    const until = new Date(locker.now().getTime() - job.jitterMs - missedAfterMs);
    if (one.lookedUntil !== undefined && until.getTime() < one.lookedUntil.getTime() + stepMs) return;
    const after = one.lookedUntil ?? (await ranUntil(locker, job.name));
    const due = lastDue((at) => task.match(at), { after, until, stepMs });
    if (due !== undefined && (await ranUntil(locker, job.name)) < due) {
      const end = await run(job, { dueAt: due, reason: 'missed' });
      // Still under way, or another's, or the database went away as it began: looked at again.
      if ((await ranUntil(locker, job.name)) < due) return;
      if (end !== 'not-ours') locker.log.info({ job: job.name, dueAt: due }, 'a job was due and had not run');
    }
    one.lookedUntil = until;
  }

  const begun = begin().catch((error: unknown) => {
    locker.log.error({ err: error }, 'the clockwork could not start');
  });
  return {
    stop: async () => {
      stopped.abort(new Error('the process ends'));
      for (const { task } of timed) await task.destroy();
      await begun;
      await Promise.all(running);
    },
  };
}

/** What node-cron has to say goes where everything goes. An error without its message, since that may quote input. */
const cronLogger = (log: Log): Logger => {
  const say = (level: 'debug' | 'error') => (message: string | Error, err?: Error) =>
    typeof message === 'string'
      ? log[level](err === undefined ? {} : { err }, message)
      : log[level]({ err: message }, 'the clock of the jobs failed');
  return {
    info: (message) => log.info(message),
    warn: (message) => log.warn(message),
    error: say('error'),
    debug: say('debug'),
  };
};
