import type { Locker } from '../src/locker.ts';

/** Work that is done by the clock. */
export interface Job {
  readonly name: string;
  /** Half a line, for lists. */
  readonly summary: string;
  /** Cron expression, local time; undefined for one that only runs on demand. */
  readonly schedule: string | undefined;
  /** A run that takes longer is told to end, and counts as failed. */
  readonly timeoutMs: number;
  /** Up to so much later than due, at random, so that many installations do not all knock at once. */
  readonly jitterMs: number;
  /**
   * Does it once. Safe to repeat and to be cut off anywhere, and on several instances at once: a lease keeps that from
   * happening, and cannot keep it from happening for ever.
   *
   * @returns counts for the record.
   */
  run(locker: Locker, signal: AbortSignal): Promise<Readonly<Record<string, number>>>;
}

export const minuteMs = 60_000;
export const hourMs = 60 * minuteMs;
