import { ObjectId } from 'mongodb';
import { type Actor, requireAccount } from '../accounts/actor.ts';
import { audited } from '../audit/audited.ts';
import { journaled } from '../database/connect.ts';
import type { Locker } from '../locker.ts';
import type { JobRunDoc } from './documents.ts';
import { lastRun, requireJob } from './runs.ts';

export interface JobRunView {
  readonly job: string;
  readonly reason: JobRunDoc['reason'];
  readonly outcome: JobRunDoc['outcome'];
  readonly startedAt: Date;
  readonly endedAt: Date | null;
  readonly counts: Readonly<Record<string, number>>;
  /** What went wrong, in a word. */
  readonly problem: string | null;
}

export interface JobView {
  readonly name: string;
  /** Cron expression, local time of the server. */
  readonly schedule: string;
  readonly nextAt: Date | null;
  readonly lastRun: JobRunView | null;
}

/** Lists the jobs of the clockwork with their last runs. For administrators. */
export const listJobs = audited(
  'job.list',
  () => ({}),
  async (locker: Locker, actor: Actor): Promise<JobView[]> => {
    await requireAccount(locker, actor, 'admin');
    const jobs = await locker.collections.jobs.find().sort({ _id: 1 }).toArray();
    return Promise.all(
      jobs.map(async ({ _id, schedule, nextAt }) => {
        const run = await lastRun(locker, _id);
        return { name: _id, schedule, nextAt, lastRun: run === undefined ? null : viewRun(run) };
      }),
    );
  },
);

/** Lists the last runs of a job, newest first. For administrators. @throws LockerError `not_found`. */
export const listRuns = audited(
  'job.list-runs',
  ([name]) => ({ subject: name }),
  async (locker: Locker, actor: Actor, name: string): Promise<JobRunView[]> => {
    await requireAccount(locker, actor, 'admin');
    await requireJob(locker, name);
    const runs = await locker.collections.jobRuns
      .find({ job: name })
      .sort({ startedAt: -1 })
      .limit(100)
      .toArray();
    return runs.map(viewRun);
  },
);

/** Asks for a run as soon as possible: one of the instances does it in a moment. For administrators. @throws LockerError `not_found`. */
export const requestRun = audited(
  'job.request',
  ([name]) => ({ subject: name }),
  async (locker: Locker, actor: Actor, name: string): Promise<void> => {
    await requireAccount(locker, actor, 'admin');
    await requireJob(locker, name);
    await locker.collections.jobRequests.insertOne(
      { _id: new ObjectId(), job: name, askedAt: locker.now() },
      { writeConcern: journaled(locker.collections.jobRequests) },
    );
  },
);

const viewRun = ({ job, reason, outcome, startedAt, endedAt, counts, problem }: JobRunDoc): JobRunView => ({
  job,
  reason,
  outcome,
  startedAt,
  endedAt,
  counts,
  problem,
});
