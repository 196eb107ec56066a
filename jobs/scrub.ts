import { LockerError } from '../src/errors.ts';
import { nextShare, noteShare } from '../src/maintenance/coverage.ts';
import { scrub } from '../src/maintenance/scrub.ts';
import { hourMs, type Job, minuteMs } from './job.ts';

/** Days in which all of it is read once. */
const days = 28;
const name = 'scrub';

/** Reads stored content back over time, so that damage shows while backups still have the whole. */
export const scrubJob: Job = {
  name,
  summary: `read back a ${days}th of all stored content and report damage`,
  schedule: '10 4 * * *',
  timeoutMs: 20 * hourMs,
  jitterMs: 20 * minuteMs,
  run: async (locker, signal) => {
    const share = await nextShare(locker, name, days);
    const { damaged, ...counts } = await scrub(locker, share, signal);
    await noteShare(locker, name, share);
    if (damaged > 0)
      throw new LockerError('content_damaged', {
        actual: damaged,
        hint: `${damaged} versions are damaged. node . check names them.`,
      });
    return { ...counts, damaged };
  },
};
