import type { ObjectId } from 'mongodb';
import type { Locker } from '../locker.ts';
import { markLost, releaseLease } from './runs.ts';

/** A run whose holder died in the middle of it. */
export interface OrphanedRun {
  readonly job: string;
  readonly run: ObjectId;
  readonly dueAt: Date;
  readonly attempt: number;
}

/** Finds the runs whose holders died, and lets go of jobs whose holders died after the end of their runs. */
export async function findOrphans(locker: Locker): Promise<OrphanedRun[]> {
  const { jobs, jobRuns } = locker.collections;
  const orphans: OrphanedRun[] = [];
  for (const { _id, lease } of await jobs.find({ 'lease.until': { $lte: locker.now() } }).toArray()) {
    if (lease === null) continue;
    const { run, dueAt, attempt } = lease;
    const record = await jobRuns.findOne({ _id: run });
    // Without a record it died before it could write one.
    if (record === null || record.outcome === 'running' || record.outcome === 'lost')
      orphans.push({ job: _id, run, dueAt, attempt });
    else await releaseLease(locker, _id, run);
  }
  return orphans;
}

/** Gives up a run that no holder survives. @returns false if another instance did. */
export async function giveUp(locker: Locker, { job, run }: OrphanedRun): Promise<boolean> {
  await markLost(locker, run);
  return (await releaseLease(locker, job, run)).modifiedCount === 1;
}

/** Takes every job away from whoever holds it. Only if nobody else can be at work on this database. */
export async function freeJobs({ collections: { jobs }, now }: Locker): Promise<void> {
  await jobs.updateMany({ lease: { $ne: null } }, { $set: { 'lease.until': now() } });
}

/**
 * Takes a job away from a holder that is dead for certain, rather than when its lease runs out.
 *
 * @param isDead asked with what the holder called itself.
 */
export async function freeIfDead(
  { collections: { jobs, jobRuns }, now }: Locker,
  job: string,
  isDead: (instance: string) => boolean,
): Promise<void> {
  const run = (await jobs.findOne({ _id: job }))?.lease?.run;
  const holder = run === undefined ? null : await jobRuns.findOne({ _id: run });
  if (run !== undefined && holder !== null && isDead(holder.instance))
    await jobs.updateOne({ _id: job, 'lease.run': run }, { $set: { 'lease.until': now() } });
}
