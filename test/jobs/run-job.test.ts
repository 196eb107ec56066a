import { describe, expect, it } from 'vitest';
import type { Job } from '../../jobs/job.ts';
import { runJob } from '../../jobs/run-job.ts';
import { startJobs } from '../../jobs/scheduler.ts';
import { listJobs, listRuns, requestRun } from '../../src/jobs/manage-jobs.ts';
import { announceJob, beginRun, findOrphans, leaseMs } from '../../src/jobs/runs.ts';
import type { Notice } from '../../src/notify/notifier.ts';
import { openTestLocker, type TestLocker } from '../support/locker.ts';

const due = new Date('2026-11-23T03:00:00Z');

const job = (run: Job['run'], changes: Partial<Job> = {}): Job => ({
  name: 'sample',
  summary: '',
  schedule: undefined,
  timeoutMs: 60_000,
  jitterMs: 0,
  run,
  ...changes,
});

const announce = (t: TestLocker, name = 'sample') =>
  announceJob(t.locker, { name, schedule: '0 3 * * *', nextAt: null });

/** What the administrators are told. */
function listen(t: TestLocker): Notice[] {
  const told: Notice[] = [];
  t.locker.notifiers.add({
    deliver: async (_account, notice) => {
      told.push(notice);
      return true;
    },
  });
  return told;
}

describe('a run of a job', () => {
  it('is written down with what it did', async () => {
    await using t = await openTestLocker();
    await announce(t);
    expect(
      await runJob(
        t.locker,
        job(async () => ({ things: 3 })),
        due,
        'schedule',
      ),
    ).toBe('ok');
    const owner = await t.person('owner', 'owner');
    const [view] = await listJobs(t.locker, owner);
    expect(view).toMatchObject({
      name: 'sample',
      lastRun: { outcome: 'ok', reason: 'schedule', counts: { things: 3 }, problem: null },
    });
    expect(view?.lastRun?.endedAt).toBeInstanceOf(Date);
  });

  it('happens once among instances that are due at once, and once for each time', async () => {
    await using t = await openTestLocker();
    await announce(t);
    let runs = 0;
    const counting = job(async () => ({ run: ++runs }));
    const ends = await Promise.all(
      Array.from({ length: 10 }, () => runJob(t.locker, counting, due, 'schedule')),
    );
    expect(ends.filter((end) => end === 'ok')).toHaveLength(1);
    expect(await runJob(t.locker, counting, due, 'schedule')).toBe('not-ours');
    expect(await runJob(t.locker, counting, new Date(due.getTime() + 60_000), 'schedule')).toBe('ok');
    expect(runs).toBe(2);
  });

  it('does not overlap with another one of the same job', async () => {
    await using t = await openTestLocker();
    await announce(t);
    const first = await beginRun(t.locker, 'sample', due, 'schedule', 'one');
    expect(
      await beginRun(t.locker, 'sample', new Date(due.getTime() + 60_000), 'schedule', 'two'),
    ).toBeUndefined();
    await first?.end('ok', {}, null);
    expect(
      await beginRun(t.locker, 'sample', new Date(due.getTime() + 120_000), 'schedule', 'two'),
    ).toBeDefined();
  });

  it('that fails is written down without its message, and told to the administrators', async () => {
    await using t = await openTestLocker();
    await announce(t);
    await t.person('owner', 'owner');
    await t.person('member');
    const told = listen(t);
    const failing = job(async () => {
      throw new TypeError('canary-message');
    });
    expect(await runJob(t.locker, failing, due, 'schedule')).toBe('failed');
    expect(told).toEqual([
      { kind: 'job-failed', job: 'sample', problem: 'TypeError', at: expect.any(Date) as Date },
    ]);
    const stored = JSON.stringify(await t.locker.collections.jobRuns.find().toArray());
    expect(stored).toContain('TypeError');
    expect(stored).not.toContain('canary');
    expect(
      await runJob(
        t.locker,
        job(async () => ({})),
        new Date(due.getTime() + 1),
        'schedule',
      ),
    ).toBe('ok');
  });

  it('that takes too long is told to end, and counts as timed out', async () => {
    await using t = await openTestLocker();
    await announce(t);
    const told: unknown[] = [];
    const hanging = job(
      (_locker, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            told.push('abort');
            reject(new Error('told to end'));
          });
        }),
      { timeoutMs: 20 },
    );
    expect(await runJob(t.locker, hanging, due, 'schedule')).toBe('timed-out');
    expect(told).toEqual(['abort']);
  });

  it('whose holder died is taken over, marked as lost, and counts for nothing if it comes back', async () => {
    await using t = await openTestLocker();
    await announce(t);
    const dead = await beginRun(t.locker, 'sample', due, 'schedule', 'dead');
    expect(await findOrphans(t.locker)).toEqual([]);
    t.advance(leaseMs + 1);
    expect(await findOrphans(t.locker)).toEqual([{ job: 'sample', dueAt: due }]);
    expect(
      await runJob(
        t.locker,
        job(async () => ({})),
        t.locker.now(),
        'taken-over',
      ),
    ).toBe('ok');
    expect(await dead?.end('ok', { wrong: 1 }, null)).toBe(false);
    const owner = await t.person('owner', 'owner');
    const runs = await listRuns(t.locker, owner, 'sample');
    expect(runs.map(({ outcome }) => outcome)).toEqual(['ok', 'lost']);
  });
});

describe('the clockwork', () => {
  it('does what an administrator asks for, once among several instances', async () => {
    await using t = await openTestLocker();
    const owner = await t.person('owner', 'owner');
    let runs = 0;
    const counting = job(async () => ({ run: ++runs }));
    const clockworks = [startJobs(t.locker, [counting]), startJobs(t.locker, [counting])];
    await expect.poll(async () => (await listJobs(t.locker, owner)).length, { timeout: 20_000 }).toBe(1);
    await requestRun(t.locker, owner, 'sample');
    await expect.poll(() => runs, { timeout: 20_000 }).toBe(1);
    await Promise.all(clockworks.map((clockwork) => clockwork.stop()));
    expect(runs).toBe(1);
    await expect(requestRun(t.locker, owner, 'none')).rejects.toMatchObject({ code: 'not_found' });
    await expect(requestRun(t.locker, await t.person('member'), 'sample')).rejects.toMatchObject({
      code: 'insufficient_scope',
    });
  });

  it('runs at its start what was due while nothing ran, and nothing that was not', async () => {
    await using t = await openTestLocker();
    const ran: string[] = [];
    const hourly = (name: string) =>
      job(
        async () => {
          ran.push(name);
          return {};
        },
        { name, schedule: '0 * * * *' },
      );
    for (const name of ['late', 'fresh', 'never']) await announce(t, name);
    await runJob(t.locker, hourly('late'), new Date(t.locker.now().getTime() - 3 * 3_600_000), 'schedule');
    await runJob(t.locker, hourly('fresh'), t.locker.now(), 'schedule');
    ran.length = 0;
    const clockwork = startJobs(t.locker, [hourly('late'), hourly('fresh'), hourly('never')]);
    await expect.poll(() => ran, { timeout: 20_000 }).toEqual(['late']);
    await clockwork.stop();
    const run = await t.locker.collections.jobRuns.findOne({ job: 'late', reason: 'missed' });
    expect(run?.outcome).toBe('ok');
    expect(ran).toEqual(['late']);
  });

  it('tells what runs to end when it is stopped, and waits for it', async () => {
    await using t = await openTestLocker();
    const owner = await t.person('owner', 'owner');
    let ended = false;
    const long = job(async (_locker, signal) => {
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      ended = true;
      return {};
    });
    const clockwork = startJobs(t.locker, [long]);
    await expect.poll(async () => (await listJobs(t.locker, owner)).length, { timeout: 20_000 }).toBe(1);
    await requestRun(t.locker, owner, 'sample');
    await expect
      .poll(() => t.locker.collections.jobRuns.countDocuments({ outcome: 'running' }), { timeout: 20_000 })
      .toBe(1);
    await clockwork.stop();
    expect(ended).toBe(true);
    expect(await t.locker.collections.jobRuns.countDocuments({ outcome: 'running' })).toBe(0);
  });
});
