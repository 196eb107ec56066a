import { auditHeadJob } from './audit-head.ts';
import { expireUploadsJob } from './expire-uploads.ts';
import type { Job } from './job.ts';
import { purgeJob } from './purge.ts';
import { recountJob } from './recount.ts';
import { scrubJob } from './scrub.ts';
import { sweepJob } from './sweep.ts';

/** Every job of the clockwork. */
export const jobs: readonly Job[] = [
  sweepJob,
  expireUploadsJob,
  purgeJob,
  recountJob,
  scrubJob,
  auditHeadJob,
];
