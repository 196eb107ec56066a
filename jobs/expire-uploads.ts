import { expireUploads } from '../src/uploads/expire-uploads.ts';
import { hourMs, type Job, minuteMs } from './job.ts';

/** Removes resumable uploads that nobody went on with. */
export const expireUploadsJob: Job = {
  name: 'expire-uploads',
  summary: 'remove resumable uploads that nobody went on with',
  schedule: '5-59/10 * * * *',
  timeoutMs: hourMs,
  jitterMs: minuteMs / 2,
  run: async (locker) => ({ removed: await expireUploads(locker) }),
};
