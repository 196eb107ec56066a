import { purge } from '../src/maintenance/purge.ts';
import { hourMs, type Job, minuteMs } from './job.ts';

/** Deletes for good what has been in the trash for its time, and what expired. */
export const purgeJob: Job = {
  name: 'purge',
  summary: 'empty the trash of what has been there for its time, and remove what expired',
  schedule: '40 2 * * *',
  timeoutMs: 3 * hourMs,
  jitterMs: 10 * minuteMs,
  run: async (locker, signal) => ({ ...(await purge(locker, signal)) }),
};
