import type { Locker } from '../locker.ts';
import type { Share } from './share.ts';

/** How far a job has come that goes through everything part by part. */
export interface CoverageDoc {
  /** Name of the job. */
  readonly _id: string;
  /** Where the next part begins. */
  readonly to: number;
  /** When the last part was read. */
  readonly at: Date;
}

const dayMs = 24 * 3600 * 1000;

/**
 * Gives a job the part that follows the one before: so much that everything is covered within so many days, also when it did
 * not run for some of them.
 */
export async function nextShare(locker: Locker, job: string, days: number): Promise<Share> {
  const last = await locker.collections.coverage.findOne({ _id: job });
  const from = last?.to ?? 0;
  // Not less than a day's part: runs on demand get ahead, and jitter leaves no gap.
  const since = Math.max(dayMs, last === null ? 0 : locker.now().getTime() - last.at.getTime());
  return { from, to: from + Math.min(1, since / (days * dayMs)) };
}

/** Notes that a part was read, whatever was found in it. */
export async function noteShare({ collections, now }: Locker, job: string, { to }: Share): Promise<void> {
  await collections.coverage.updateOne({ _id: job }, { $set: { to: to % 1, at: now() } }, { upsert: true });
}
