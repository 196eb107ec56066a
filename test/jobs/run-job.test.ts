import { MongoNetworkError } from 'mongodb';
import { describe, expect, it, vi } from 'vitest';
import type { Job } from '../../jobs/job.ts';
import { runJob } from '../../jobs/run-job.ts';
import { startJobs } from '../../jobs/scheduler.ts';
import { listJobs, listRuns, requestRun } from '../../src/jobs/manage-jobs.ts';
import { findOrphans } from '../../src/jobs/orphans.ts';
import { announceJob, beginRun, leaseMs } from '../../src/jobs/runs.ts';
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
        { dueAt: due, reason: 'schedule' },
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
      Array.from({ length: 10 }, () => runJob(t.locker, counting, { dueAt: due, reason: 'schedule' })),
    );
    expect(ends.filter((end) => end === 'ok')).toHaveLength(1);
    expect(await runJob(t.locker, counting, { dueAt: due, reason: 'schedule' })).toBe('not-ours');
    expect(
      await runJob(t.locker, counting, { dueAt: new Date(due.getTime() + 60_000), reason: 'schedule' }),
    ).toBe('ok');
    expect(runs).toBe(2);
  });

  it('does not overlap with another one of the same job', async () => {
    await using t = await openTestLocker();
    await announce(t);
    const first = await beginRun(t.locker, 'sample', { dueAt: due, reason: 'schedule', instance: 'one' });
    expect(
      await beginRun(t.locker, 'sample', {
        dueAt: new Date(due.getTime() + 60_000),
        reason: 'schedule',
        instance: 'two',
      }),
    ).toBeUndefined();
    await first?.end('ok', {}, null);
    expect(
      await beginRun(t.locker, 'sample', {
        dueAt: new Date(due.getTime() + 120_000),
        reason: 'schedule',
        instance: 'two',
      }),
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
    expect(await runJob(t.locker, failing, { dueAt: due, reason: 'schedule' })).toBe('failed');
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
        { dueAt: new Date(due.getTime() + 1), reason: 'schedule' },
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
    expect(await runJob(t.locker, hanging, { dueAt: due, reason: 'schedule' })).toBe('timed-out');
    expect(told).toEqual(['abort']);
  });

  it('whose holder died is taken over, marked as lost, and counts for nothing if it comes back', async () => {
    await using t = await openTestLocker();
    await announce(t);
    const dead = await beginRun(t.locker, 'sample', { dueAt: due, reason: 'schedule', instance: 'dead' });
    expect(await findOrphans(t.locker)).toEqual([]);
    t.advance(leaseMs + 1);
    expect(await findOrphans(t.locker)).toMatchObject([{ job: 'sample', dueAt: due, attempt: 1 }]);
    expect(
      await runJob(
        t.locker,
        job(async () => ({})),
        { dueAt: t.locker.now(), reason: 'taken-over' },
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
    // Announced a day ago, and off at each of its times.
    await t.locker.collections.jobs.updateOne(
      { _id: 'never' },
      { $set: { since: new Date(t.locker.now().getTime() - 24 * 3_600_000) } },
    );
    await runJob(t.locker, hourly('late'), {
      dueAt: new Date(t.locker.now().getTime() - 3 * 3_600_000),
      reason: 'schedule',
    });
    await runJob(t.locker, hourly('fresh'), { dueAt: t.locker.now(), reason: 'schedule' });
    ran.length = 0;
    const clockwork = startJobs(t.locker, [hourly('late'), hourly('fresh'), hourly('never'), hourly('new')]);
    await expect.poll(() => ran.toSorted(), { timeout: 20_000 }).toEqual(['late', 'never']);
    const announced = await t.locker.collections.jobs.find().toArray();
    expect(announced.map(({ nextAt }) => (nextAt?.getTime() ?? 0) > Date.now())).toEqual([
      true,
      true,
      true,
      true,
    ]);
    await clockwork.stop();
    const run = await t.locker.collections.jobRuns.findOne({ job: 'late', reason: 'missed' });
    expect(run?.outcome).toBe('ok');
    // Known by the time that it was due, so that every instance means the same run.
    expect(run?.dueAt.getMinutes()).toBe(0);
    expect(ran.toSorted()).toEqual(['late', 'never']);
  });

  it('goes on if the database was away when it started', async () => {
    await using t = await openTestLocker();
    const owner = await t.person('owner', 'owner');
    vi.spyOn(t.locker.collections.jobs, 'updateOne').mockRejectedValueOnce(new MongoNetworkError('away'));
    let runs = 0;
    const clockwork = startJobs(t.locker, [job(async () => ({ run: ++runs }))]);
    await expect.poll(async () => (await listJobs(t.locker, owner)).length, { timeout: 20_000 }).toBe(1);
    await requestRun(t.locker, owner, 'sample');
    await expect.poll(() => runs, { timeout: 20_000 }).toBe(1);
    await clockwork.stop();
  });

  it('makes up for a run again if the database was away when that began', async () => {
    await using t = await openTestLocker();
    await announce(t, 'hourly');
    const { jobs } = t.locker.collections;
    await jobs.updateOne(
      { _id: 'hourly' },
      { $set: { since: new Date(t.locker.now().getTime() - 3 * 3_600_000) } },
    );
    const begin = vi.spyOn(jobs, 'findOneAndUpdate').mockRejectedValueOnce(new MongoNetworkError('away'));
    const hourly = job(async () => ({}), { name: 'hourly', schedule: '0 * * * *' });
    const clockwork = startJobs(t.locker, [hourly]);
    const missed = { job: 'hourly', reason: 'missed', outcome: 'ok' } as const;
    await expect.poll(() => t.locker.collections.jobRuns.countDocuments(missed), { timeout: 20_000 }).toBe(1);
    expect(begin.mock.calls.length).toBeGreaterThan(1);
    await clockwork.stop();
  });

  it('tells what runs to end when it is stopped, and waits for it', async () => {
    await using t = await openTestLocker();
    const owner = await t.person('owner', 'owner');
    let began = false;
    let ended = false;
    const long = job(async (_locker, signal) => {
      began = true;
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      ended = true;
      return {};
    });
    const clockwork = startJobs(t.locker, [long]);
    await expect.poll(async () => (await listJobs(t.locker, owner)).length, { timeout: 20_000 }).toBe(1);
    await requestRun(t.locker, owner, 'sample');
    await expect.poll(() => began, { timeout: 20_000 }).toBe(true);
    await clockwork.stop();
    expect(ended).toBe(true);
    expect(await t.locker.collections.jobRuns.countDocuments({ outcome: 'running' })).toBe(0);
  });

  it('hands a run over that is cut off by a stop, to the next start, once', async () => {
    await using t = await openTestLocker();
    await t.person('owner', 'owner');
    const told = listen(t);
    await announce(t);
    const stopping = new AbortController();
    const cutOff = job(async () => {
      stopping.abort();
      await new Promise(() => {});
      return {};
    });
    expect(await runJob(t.locker, cutOff, { dueAt: due, reason: 'schedule' }, stopping.signal)).toBe(
      'stopped',
    );
    let runs = 0;
    const counting = job(async () => ({ run: ++runs }));
    const clockworks = [startJobs(t.locker, [counting]), startJobs(t.locker, [counting])];
    await expect
      .poll(() => t.locker.collections.jobRuns.countDocuments({ outcome: 'ok' }), { timeout: 20_000 })
      .toBe(1);
    await Promise.all(clockworks.map((clockwork) => clockwork.stop()));
    expect(runs).toBe(1);
    const records = await t.locker.collections.jobRuns.find().sort({ dueAt: 1 }).toArray();
    expect(records).toMatchObject([
      { dueAt: due, reason: 'schedule', outcome: 'lost' },
      { dueAt: new Date(due.getTime() + 1), reason: 'taken-over', outcome: 'ok' },
    ]);
    expect(told).toEqual([]);
  });

  it('does not repeat a run whose holder died after its end', async () => {
    await using t = await openTestLocker();
    await announce(t);
    const run = await beginRun(t.locker, 'sample', { dueAt: due, reason: 'schedule', instance: 'dead' });
    const { lease } = (await t.locker.collections.jobs.findOne({ _id: 'sample' })) ?? {};
    await run?.end('ok', {}, null);
    await t.locker.collections.jobs.updateOne({ _id: 'sample' }, { $set: { lease: lease ?? null } });
    t.advance(leaseMs + 1);
    expect(await findOrphans(t.locker)).toEqual([]);
    expect((await t.locker.collections.jobs.findOne({ _id: 'sample' }))?.lease).toBeNull();
  });

  it('takes a run over whose holder died before it wrote it down', async () => {
    await using t = await openTestLocker();
    await announce(t);
    await beginRun(t.locker, 'sample', { dueAt: due, reason: 'schedule', instance: 'dead' });
    await t.locker.collections.jobRuns.deleteMany({});
    t.advance(leaseMs + 1);
    expect(await findOrphans(t.locker)).toMatchObject([{ job: 'sample', dueAt: due, attempt: 1 }]);
  });

  it('gives a run up that cost three holders their lives, and tells the administrators once', async () => {
    await using t = await openTestLocker();
    await t.person('owner', 'owner');
    const told = listen(t);
    await announce(t);
    await beginRun(t.locker, 'sample', { dueAt: due, reason: 'schedule', instance: 'dead', attempt: 3 });
    t.advance(leaseMs + 1);
    let runs = 0;
    const counting = job(async () => ({ run: ++runs }));
    const clockworks = [startJobs(t.locker, [counting]), startJobs(t.locker, [counting])];
    await expect
      .poll(() => told, { timeout: 20_000 })
      .toMatchObject([{ kind: 'job-failed', problem: 'lost' }]);
    await Promise.all(clockworks.map((clockwork) => clockwork.stop()));
    expect(runs).toBe(0);
    expect(told).toHaveLength(1);
    expect((await t.locker.collections.jobs.findOne({ _id: 'sample' }))?.lease).toBeNull();
  });

  it('makes up for a time at which the run before was still under way', async () => {
    await using t = await openTestLocker();
    const now = t.locker.now().getTime();
    // Five minutes ago, and not again before the test is over: a newer run would make up for it as well.
    const minute = new Date(now - 5 * 60_000).getMinutes();
    const every = job(async () => ({}), { name: 'hourly', schedule: `${minute} * * * *` });
    await announce(t, 'hourly');
    const before = new Date(Math.floor(now / 60_000) * 60_000 - 600_000);
    const long = await beginRun(t.locker, 'hourly', {
      dueAt: before,
      reason: 'schedule',
      instance: 'other',
    });
    const clockwork = startJobs(t.locker, [every]);
    await long?.end('ok', {}, null);
    const missed = { job: 'hourly', reason: 'missed', outcome: 'ok' } as const;
    await expect
      .poll(() => t.locker.collections.jobRuns.countDocuments(missed), { timeout: 20_000 })
      .toBeGreaterThan(0);
    await clockwork.stop();
  });
});
