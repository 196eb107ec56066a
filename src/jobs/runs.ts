import { ObjectId } from 'mongodb';
import { journaled, isDuplicate } from '../database/connect.ts';
import { LockerError } from '../errors.ts';
import type { Locker } from '../locker.ts';
import type { JobLease, JobRunDoc, RunOutcome, RunReason } from './documents.ts';

/** A holder that showed no life for this long is dead. */
export const leaseMs = 60_000;
const renewMs = 15_000;

/** A run that belongs to this process. */
export interface Run {
  readonly id: ObjectId;
  readonly job: string;
  /** Aborted if another instance took the job over: this process was away for too long. */
  readonly lost: AbortSignal;
  /** Writes down how it ended. @returns false if it was taken over: then it counts for nothing. */
  end(
    outcome: Exclude<RunOutcome, 'running' | 'lost'>,
    counts: JobRunDoc['counts'],
    problem: string | null,
  ): Promise<boolean>;
  /** Gives it up in the middle, so that another instance, or the next start, takes it over at once. */
  abandon(): Promise<void>;
}

/** Which run it is, and who begins it. */
export interface RunRequest {
  /** What it is known by among the instances: of one job there is one run for each such time. */
  readonly dueAt: Date;
  readonly reason: RunReason;
  readonly instance: string;
  /** See `JobLease`. */
  readonly attempt?: number | undefined;
}

/**
 * Begins a run, if no other instance begins the same one and none of the job is under way.
 *
 * @returns undefined if it is another's.
 */
export async function beginRun(
  locker: Locker,
  job: string,
  { dueAt, reason, instance, attempt = 1 }: RunRequest,
): Promise<Run | undefined> {
  const { jobs, jobRuns } = locker.collections;
  const now = locker.now();
  const id = new ObjectId();
  const lease: JobLease = { run: id, until: new Date(now.getTime() + leaseMs), dueAt, attempt };
  const free = { _id: job, $or: [{ lease: null }, { 'lease.until': { $lte: now } }] };
  const before = await jobs.findOneAndUpdate(free, { $set: { lease } }, { writeConcern: journaled(jobs) });
  if (before === null) return undefined;
  if (before.lease !== null) await markLost(locker, before.lease.run);
  try {
    await jobRuns.insertOne(
      {
        _id: id,
        job,
        dueAt,
        reason,
        instance,
        startedAt: now,
        endedAt: null,
        outcome: 'running',
        counts: {},
        problem: null,
      },
      { writeConcern: journaled(jobRuns) },
    );
  } catch (error) {
    await releaseLease(locker, job, id);
    if (isDuplicate(error)) return undefined;
    throw error;
  }
  return hold(locker, job, id);
}

function hold(locker: Locker, job: string, id: ObjectId): Run {
  const lost = new AbortController();
  let heldUntil = locker.now().getTime() + leaseMs;
  const renew = async () => {
    const until = new Date(locker.now().getTime() + leaseMs);
    try {
      const renewed = await locker.collections.jobs.updateOne(
        { _id: job, 'lease.run': id },
        { $set: { 'lease.until': until } },
      );
      if (renewed.matchedCount === 0) lost.abort(new Error('another instance took it over'));
      else heldUntil = until.getTime();
    } catch (error) {
      locker.log.warn({ job, err: error }, 'the lease of a job could not be renewed');
      // By now another instance may have it.
      if (locker.now().getTime() >= heldUntil) lost.abort(new Error('the lease ran out'));
    }
  };
  const timer = setInterval(() => void renew(), renewMs);
  timer.unref();
  return {
    id,
    job,
    lost: lost.signal,
    end: async (outcome, counts, problem) => {
      clearInterval(timer);
      const ended = await locker.collections.jobRuns.updateOne(
        { _id: id, outcome: 'running' },
        { $set: { endedAt: locker.now(), outcome, counts, problem } },
        { writeConcern: journaled(locker.collections.jobRuns) },
      );
      await releaseLease(locker, job, id);
      return ended.modifiedCount === 1;
    },
    abandon: async () => {
      clearInterval(timer);
      await markLost(locker, id);
      await locker.collections.jobs.updateOne(
        { _id: job, 'lease.run': id },
        { $set: { 'lease.until': locker.now() } },
      );
    },
  };
}

/** Lets go of a job, if that run still has it. */
export const releaseLease = (locker: Locker, job: string, id: ObjectId) =>
  locker.collections.jobs.updateOne({ _id: job, 'lease.run': id }, { $set: { lease: null } });

/** Writes down that a run was cut off. */
export async function markLost(locker: Locker, id: ObjectId): Promise<void> {
  await locker.collections.jobRuns.updateOne(
    { _id: id, outcome: 'running' },
    { $set: { outcome: 'lost', endedAt: locker.now() } },
  );
}

/** When a job was last begun; undefined if never. */
export async function lastRun(locker: Locker, job: string): Promise<JobRunDoc | undefined> {
  const [run] = await locker.collections.jobRuns.find({ job }).sort({ startedAt: -1 }).limit(1).toArray();
  return run;
}

/** When the last run of a job was due, or if it never ran, when it was first announced. */
export async function ranUntil(locker: Locker, job: string): Promise<Date> {
  const [run] = await locker.collections.jobRuns.find({ job }).sort({ dueAt: -1 }).limit(1).toArray();
  return run?.dueAt ?? (await locker.collections.jobs.findOne({ _id: job }))?.since ?? locker.now();
}

/** Tells everyone which jobs there are. @param nextAt as it is known already, if absent. */
export async function announceJob(
  locker: Locker,
  { name, schedule, nextAt }: { name: string; schedule: string; nextAt?: Date | null },
): Promise<void> {
  const changed = nextAt === undefined ? { schedule } : { schedule, nextAt };
  const first = { lease: null, since: locker.now() };
  await locker.collections.jobs.updateOne(
    { _id: name },
    { $set: changed, $setOnInsert: nextAt === undefined ? { ...first, nextAt: null } : first },
    { upsert: true },
  );
}

/** Takes the requests for runs that wait. Each is taken by one instance. */
export async function takeRequests(locker: Locker): Promise<{ job: string; askedAt: Date }[]> {
  const taken: { job: string; askedAt: Date }[] = [];
  for (;;) {
    const request = await locker.collections.jobRequests.findOneAndDelete({}, { sort: { askedAt: 1 } });
    if (request === null) return taken;
    taken.push(request);
  }
}

/** @throws LockerError `not_found`. */
export async function requireJob(locker: Locker, name: string): Promise<void> {
  if ((await locker.collections.jobs.countDocuments({ _id: name }, { limit: 1 })) === 0)
    throw new LockerError('not_found', { subject: name, hint: 'There is no such job.' });
}
