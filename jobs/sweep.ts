import { sweep } from '../src/maintenance/sweep.ts';
import { hourMs, type Job, minuteMs } from './job.ts';

/** Settles what crashed or broken uploads and deletions left behind. */
export const sweepJob: Job = {
  name: 'sweep',
  summary: 'settle what crashed uploads and deletions left behind',
  schedule: '*/10 * * * *',
  timeoutMs: hourMs,
  jitterMs: minuteMs / 2,
  run: async (locker) => ({ ...(await sweep(locker)) }),
};
