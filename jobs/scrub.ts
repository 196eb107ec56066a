import { LockerError } from '../src/errors.ts';
import { scrub } from '../src/maintenance/scrub.ts';
import { hourMs, type Job, minuteMs } from './job.ts';

/** Nights in which all of it is read once. */
const nights = 28;

/** Reads stored content back over time, so that damage shows while backups still have the whole. */
export const scrubJob: Job = {
  name: 'scrub',
  summary: `read back a ${nights}th of all stored content and report damage`,
  schedule: '10 4 * * *',
  timeoutMs: 20 * hourMs,
  jitterMs: 20 * minuteMs,
  run: async (locker, signal) => {
    const { damaged, ...counts } = await scrub(locker, nights, signal);
    if (damaged > 0)
      throw new LockerError('content_damaged', {
        actual: damaged,
        hint: `${damaged} versions are damaged. node . check names them.`,
      });
    return { ...counts, damaged };
  },
};
