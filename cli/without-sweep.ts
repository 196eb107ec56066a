import { setTimeout as delay } from 'node:timers/promises';
import { sweepJob } from '../jobs/sweep.ts';
import type { OpenLocker } from '../src/open-locker.ts';
import { holdJob } from './hold-job.ts';

const pauseMs = 1000;

/**
 * Does work whose contents belong to no file until its end, such as a restore: a sweep would take them for orphans. Waits for
 * one that is under way, and keeps others from beginning.
 *
 * @param work with the signal that the right to do it was lost.
 */
export async function withoutSweep<T>(
  opened: Pick<OpenLocker, 'locker' | 'exclusive'>,
  print: (line: string) => void,
  work: (lost: AbortSignal) => Promise<T>,
): Promise<T> {
  const done: T[] = [];
  for (let waits = false; ; waits = true) {
    const held = await holdJob(opened, sweepJob, async (lost) => {
      done.push(await work(lost));
      return { restores: 1 };
    });
    if (held) return done[0] as T;
    if (!waits) print('A sweep is under way; waiting for its end.');
    await delay(pauseMs);
  }
}
