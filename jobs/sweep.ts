import type { Locker } from '../src/locker.ts';
import { recentContentsMs, sweep } from '../src/maintenance/sweep.ts';
import { hourMs, type Job, minuteMs } from './job.ts';

/** How often all contents are looked at, and not just the latest. */
const everythingMs = 24 * hourMs;
const everythingAt = new WeakMap<Locker, number>();

/** Settles what crashed or broken uploads and deletions left behind. */
export const sweepJob: Job = {
  name: 'sweep',
  summary: 'settle what crashed uploads and deletions left behind',
  schedule: '*/10 * * * *',
  timeoutMs: hourMs,
  jitterMs: minuteMs / 2,
  run: async (locker) => {
    const now = locker.now().getTime();
    const isEverything = now - (everythingAt.get(locker) ?? 0) >= everythingMs;
    const report = await sweep(
      locker,
      undefined,
      isEverything ? undefined : new Date(now - recentContentsMs),
    );
    if (isEverything) everythingAt.set(locker, now);
    return { ...report };
  },
};
