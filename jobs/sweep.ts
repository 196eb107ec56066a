import { isAccountBuriedSince } from '../src/backup/tombstones.ts';
import type { Locker } from '../src/locker.ts';
import { recentContentsMs, sweep } from '../src/maintenance/sweep.ts';
import { hourMs, type Job, minuteMs } from './job.ts';

/** How often all contents are looked at, and not just the latest. */
const everythingMs = 24 * hourMs;
const everythingAt = new WeakMap<Locker, Date>();

/** Settles what crashed or broken uploads and deletions left behind. */
export const sweepJob: Job = {
  name: 'sweep',
  summary: 'settle what crashed uploads and deletions left behind',
  schedule: '*/10 * * * *',
  timeoutMs: hourMs,
  jitterMs: minuteMs / 2,
  run: async (locker, signal) => {
    const now = locker.now();
    const before = everythingAt.get(locker);
    const contentsSince =
      before === undefined || (await isDue(locker, before, now))
        ? undefined
        : new Date(now.getTime() - recentContentsMs);
    const report = await sweep(locker, undefined, { contentsSince, signal });
    if (contentsSince === undefined) everythingAt.set(locker, now);
    return { ...report };
  },
};

/** Also after the erasure of an account, which leaves its contents, however old, to the sweep. */
const isDue = async (locker: Locker, before: Date, now: Date): Promise<boolean> =>
  now.getTime() - before.getTime() >= everythingMs || isAccountBuriedSince(locker, before);
