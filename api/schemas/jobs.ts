import joi from 'joi';
import { answer, count, nullable, size, time } from './parts.ts';

const jobRun = () =>
  answer({
    job: joi.string(),
    reason: joi.string().valid('schedule', 'missed', 'taken-over', 'demand'),
    outcome: joi.string().valid('running', 'ok', 'failed', 'timed-out', 'lost'),
    startedAt: time(),
    endedAt: nullable(time()),
    counts: joi.object().pattern(joi.string(), joi.number()),
    problem: nullable(joi.string()),
  });
export const jobRunListSchema = answer({ runs: joi.array().items(jobRun()) });
export const jobListSchema = answer({
  jobs: joi.array().items(
    answer({
      name: joi.string(),
      schedule: joi.string(),
      nextAt: nullable(time()),
      lastRun: nullable(jobRun()),
    }),
  ),
});
export const backupsSchema = answer({
  lastSnapshotAt: nullable(time()),
  lastVerifiedSnapshotAt: nullable(time()),
  lastVerifiedAgeSeconds: nullable(count()),
  lastDrillAt: nullable(time()),
  snapshots: joi.array().items(
    answer({
      id: joi.string(),
      createdAt: time(),
      fingerprint: joi.string(),
      files: count(),
      versions: count(),
      bytes: size(),
      copiedBytes: size(),
      verifiedAt: nullable(time()),
    }),
  ),
});
