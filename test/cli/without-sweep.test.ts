import { expect, it } from 'vitest';
import { withoutSweep } from '../../cli/without-sweep.ts';
import { sweepJob } from '../../jobs/sweep.ts';
import { announceJob, beginRun } from '../../src/jobs/runs.ts';
import { openTestLocker } from '../support/locker.ts';
import { poll } from '../support/program.ts';

it('a restore waits for the end of a sweep, and none begins until it is done', async () => {
  await using t = await openTestLocker();
  const { locker } = t;
  await announceJob(locker, { name: sweepJob.name, schedule: '*/10 * * * *' });
  const begin = (minutes: number) =>
    beginRun(locker, sweepJob.name, {
      dueAt: new Date(Date.now() + minutes * 60_000),
      reason: 'demand',
      instance: 'elsewhere:1',
    });
  const sweeping = await begin(1);
  const printed: string[] = [];
  let isDone = false;
  const work = withoutSweep(
    { locker, exclusive: false },
    (line) => void printed.push(line),
    async (lost) => {
      expect(lost.aborted).toBe(false);
      expect(await begin(2)).toBeUndefined();
      isDone = true;
      return 'restored';
    },
  );
  await poll(async () => (printed.length > 0 ? true : undefined));
  expect(printed).toEqual(['A sweep is under way; waiting for its end.']);
  expect(isDone).toBe(false);
  await sweeping?.end('ok', {}, null);
  expect(await work).toBe('restored');
  const next = await begin(3);
  expect(next).toBeDefined();
  await next?.end('ok', {}, null);
});
