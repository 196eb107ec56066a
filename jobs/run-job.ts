import { hostname } from 'node:os';
import { LockerError } from '../src/errors.ts';
import type { RunReason } from '../src/jobs/documents.ts';
import { beginRun } from '../src/jobs/runs.ts';
import type { Locker } from '../src/locker.ts';
import { notifyAdmins } from '../src/notify/notify-admins.ts';
import type { Job } from './job.ts';

/** How this process is called in the records of runs. */
export const instance = `${hostname()}:${process.pid}`;

export type RunEnd = 'ok' | 'failed' | 'timed-out' | 'stopped' | 'not-ours';

/** Which run it is. */
export interface JobRun {
  readonly dueAt: Date;
  readonly reason: RunReason;
  readonly attempt?: number | undefined;
}

/**
 * Runs a job once, if it is this instance's turn, and writes down how it went. Never throws: what fails is in the record
 * and the log, and told to the administrators.
 *
 * @param signal ends the process: the run is handed over, to another instance or the next start.
 * @returns `not-ours` if another instance runs it, or ran it.
 */
export async function runJob(
  locker: Locker,
  job: Job,
  { dueAt, reason, attempt }: JobRun,
  signal: AbortSignal = new AbortController().signal,
): Promise<RunEnd> {
  const { log, meter } = locker;
  try {
    const run = await beginRun(locker, job.name, { dueAt, reason, attempt, instance });
    if (run === undefined) return 'not-ours';
    const started = performance.now();
    const timeout = AbortSignal.timeout(job.timeoutMs);
    let end: Exclude<RunEnd, 'stopped' | 'not-ours'> = 'ok';
    let counts: Readonly<Record<string, number>> = {};
    let failure: unknown;
    try {
      counts = await unlessAborted(job, locker, AbortSignal.any([signal, run.lost, timeout]));
    } catch (error) {
      if (signal.aborted) {
        await run.abandon();
        log.info({ job: job.name, reason }, 'job handed over, since the process ends');
        return 'stopped';
      }
      failure = error;
      end = timeout.aborted ? 'timed-out' : 'failed';
    }
    const problem = end === 'ok' ? null : problemOf(failure);
    const counted = await run.end(end, counts, problem);
    const seconds = (performance.now() - started) / 1000;
    meter.jobDone(job.name, counted ? end : 'lost', seconds, locker.now());
    const about = { job: job.name, reason, ms: Math.round(seconds * 1000), ...counts };
    if (end === 'ok') log.info(about, 'job done');
    else {
      log.error({ ...about, err: failure, outcome: end }, 'job failed');
      if (counted)
        await notifyAdmins(locker, {
          kind: 'job-failed',
          job: job.name,
          problem: problem ?? end,
          at: locker.now(),
        });
    }
    return end;
  } catch (error) {
    log.error({ job: job.name, err: error }, 'a job could not be begun or recorded');
    return 'failed';
  }
}

/** Waits for a run, but no longer than it may take: one that does not listen goes on, and counts for nothing. */
async function unlessAborted(job: Job, locker: Locker, signal: AbortSignal) {
  signal.throwIfAborted();
  const work = job.run(locker, signal);
  work.catch(() => {});
  const done = new AbortController();
  const aborted = new Promise<never>((_resolve, reject) => {
    const stop = () => reject(signal.reason instanceof Error ? signal.reason : new Error('stopped'));
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true, signal: done.signal });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    done.abort();
  }
}

/** A word for a record: messages may hold names. */
export const problemOf = (error: unknown): string =>
  error instanceof LockerError ? error.code : error instanceof Error ? error.name : 'unknown';
