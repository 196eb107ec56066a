import type { Locker } from '../src/locker.ts';

/** Work that is done by the clock. */
export interface Job {
  readonly name: string;
  /** Cron expression, local time. */
  readonly schedule: string;
  /** Does it once. Safe to run on several instances at once. @returns counts for the log. */
  run(locker: Locker): Promise<Readonly<Record<string, number>>>;
}
