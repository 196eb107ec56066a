import type { Config } from '../src/config.ts';
import { auditHeadJob } from './audit-head.ts';
import { backupJob } from './backup-job.ts';
import { expireUploadsJob } from './expire-uploads.ts';
import type { Job } from './job.ts';
import { purgeJob } from './purge.ts';
import { recountJob } from './recount.ts';
import { restoreDrillJob } from './restore-drill.ts';
import { scrubJob } from './scrub.ts';
import { sweepJob } from './sweep.ts';
import { verifyBackupJob } from './verify-backup.ts';
import { watchBackupsJob } from './watch-backups.ts';

/** Every job of the clockwork. */
export const jobsFor = ({ backup }: Pick<Config, 'backup'>): readonly Job[] => [
  sweepJob,
  expireUploadsJob,
  purgeJob,
  recountJob,
  scrubJob,
  auditHeadJob,
  backupJob(backup),
  verifyBackupJob(backup),
  restoreDrillJob(backup),
  watchBackupsJob(backup),
];
