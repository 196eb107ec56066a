import { LockerError } from '../src/errors.ts';
import { recount } from '../src/maintenance/recount.ts';
import { hourMs, type Job, minuteMs } from './job.ts';

/** Counts what accounts use anew, and reports drift, which must not be. */
export const recountJob: Job = {
  name: 'recount',
  summary: 'count anew what each account uses; drift is reported and set right',
  schedule: '20 3 * * 0',
  timeoutMs: 3 * hourMs,
  jitterMs: 10 * minuteMs,
  run: async (locker, signal) => {
    const { accounts, drifted } = await recount(locker, signal);
    if (drifted > 0)
      throw new LockerError('internal', {
        actual: drifted,
        hint: `The usage of ${drifted} accounts was wrong, and was set right.`,
      });
    return { accounts, drifted };
  },
};
