import { expireUploads } from '../src/uploads/expire-uploads.ts';
import type { Job } from './job.ts';

/** Removes resumable uploads that nobody went on with. */
export const expireUploadsJob: Job = {
  name: 'expire-uploads',
  schedule: '5-59/10 * * * *',
  run: async (locker) => ({ removed: await expireUploads(locker) }),
};
