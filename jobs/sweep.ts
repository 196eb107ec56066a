import { sweep } from '../src/maintenance/sweep.ts';
import type { Job } from './job.ts';

/** Settles what crashed or broken uploads and deletions left behind. */
export const sweepJob: Job = {
  name: 'sweep',
  schedule: '*/10 * * * *',
  run: async (locker) => ({ ...(await sweep(locker)) }),
};
