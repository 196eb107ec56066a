import { validate } from 'node-cron';
import { describe, expect, it } from 'vitest';
import { auditHeadJob } from '../../jobs/audit-head.ts';
import { jobsFor } from '../../jobs/index.ts';
import { purgeJob } from '../../jobs/purge.ts';
import { recountJob } from '../../jobs/recount.ts';
import { scrubJob } from '../../jobs/scrub.ts';
import { readConfig } from '../../src/config.ts';
import { trashFile } from '../../src/files/trash.ts';
import type { Notice } from '../../src/notify/notifier.ts';
import { saveFile, usage } from '../support/files.ts';
import { openTestLocker } from '../support/locker.ts';

const dayMs = 24 * 3600 * 1000;
const signal = new AbortController().signal;

describe('the jobs', () => {
  it('have names of their own and schedules that are ones', () => {
    const jobs = jobsFor(readConfig({}, '/'));
    expect(new Set(jobs.map(({ name }) => name)).size).toBe(jobs.length);
    for (const { name, schedule } of jobs)
      expect([name, schedule === undefined || validate(schedule)]).toEqual([name, true]);
  });
});

describe('the purge', () => {
  it('deletes for good what was in the trash for its time, with its content, and nothing else', async () => {
    await using t = await openTestLocker();
    const alice = await t.person('alice');
    const old = await saveFile(t.locker, alice, 'old.txt', { bytes: Buffer.from('old') });
    const young = await saveFile(t.locker, alice, 'young.txt', { bytes: Buffer.from('young') });
    await saveFile(t.locker, alice, 'kept.txt', { bytes: Buffer.from('kept') });
    await trashFile(t.locker, alice, old.id);
    t.advance(29 * dayMs);
    await trashFile(t.locker, alice, young.id);
    expect(await purgeJob.run(t.locker, signal)).toMatchObject({ files: 0 });
    t.advance(dayMs + 1000);
    expect(await purgeJob.run(t.locker, signal)).toMatchObject({ files: 1 });
    const left = await t.locker.collections.files.find().toArray();
    expect(left.map(({ _id }) => _id)).not.toContain(old.id);
    expect(left).toHaveLength(2);
    expect(await t.locker.collections.chunks.countDocuments()).toBe(2);
    expect(await usage(t.locker, alice)).toMatchObject({ usedBytes: 9, pending: 0 });
    expect(await t.locker.collections.audit.countDocuments({ action: 'file.purge', file: old.id })).toBe(1);
  });

  it('keeps the trash for ever if it is told to', async () => {
    await using t = await openTestLocker({ trashDays: 0 });
    const alice = await t.person('alice');
    const { id } = await saveFile(t.locker, alice, 'old.txt');
    await trashFile(t.locker, alice, id);
    t.advance(1000 * dayMs);
    expect(await purgeJob.run(t.locker, signal)).toMatchObject({ files: 0 });
  });
});

describe('the scrub', () => {
  it('reads every file once in its cycle', async () => {
    await using t = await openTestLocker();
    const alice = await t.person('alice');
    for (let i = 0; i < 12; i++) await saveFile(t.locker, alice, `${i}.txt`, { bytes: Buffer.from('x') });
    let read = 0;
    for (let night = 0; night < 28; night++) {
      read += (await scrubJob.run(t.locker, signal))['files'] ?? 0;
      t.advance(dayMs);
    }
    expect(read).toBe(12);
  });

  it('fails if something is damaged, and names the file in the log', async () => {
    await using t = await openTestLocker();
    const alice = await t.person('alice');
    const { id } = await saveFile(t.locker, alice, 'x.txt', { bytes: Buffer.from('x') });
    await t.locker.collections.chunks.deleteMany({});
    const outcomes: unknown[] = [];
    for (let night = 0; night < 28; night++) {
      outcomes.push(
        await scrubJob.run(t.locker, signal).then(
          () => 'ok',
          (error: { code?: string }) => error.code,
        ),
      );
      t.advance(dayMs);
    }
    expect(outcomes.filter((outcome) => outcome === 'content_damaged')).toHaveLength(1);
    expect(t.logLines.some((line) => line.includes(id) && line.includes('damaged'))).toBe(true);
  });
});

describe('the recount', () => {
  it('finds nothing where nothing is wrong', async () => {
    await using t = await openTestLocker();
    const alice = await t.person('alice');
    await saveFile(t.locker, alice, 'x.txt', { bytes: Buffer.from('xyz') });
    expect(await recountJob.run(t.locker, signal)).toEqual({ accounts: 1, drifted: 0 });
  });

  it('reports drift as a failure, and sets it right', async () => {
    await using t = await openTestLocker();
    const alice = await t.person('alice');
    await saveFile(t.locker, alice, 'x.txt', { bytes: Buffer.from('xyz') });
    await t.locker.collections.accounts.updateOne(
      { _id: alice.account },
      { $set: { usedBytes: 77, fileCount: 4 } },
    );
    await expect(recountJob.run(t.locker, signal)).rejects.toMatchObject({ details: { actual: 1 } });
    expect(await usage(t.locker, alice)).toMatchObject({ usedBytes: 3 });
    expect(await recountJob.run(t.locker, signal)).toEqual({ accounts: 1, drifted: 0 });
  });
});

describe('the audit head', () => {
  it('is told to the owner, and not if the trail was changed', async () => {
    await using t = await openTestLocker();
    await t.person('owner', 'owner');
    const alice = await t.person('alice');
    await saveFile(t.locker, alice, 'x.txt');
    await t.locker.audit.flush();
    const told: Notice[] = [];
    t.locker.notifiers.add({
      deliver: async (_account, notice) => {
        told.push(notice);
        return true;
      },
    });
    await auditHeadJob.run(t.locker, signal);
    const tail = await t.locker.audit.tail();
    expect(told).toMatchObject([
      { kind: 'audit-head', record: tail.seq, mac: Buffer.from(tail.mac).toString('hex') },
    ]);
    await t.locker.collections.audit.updateOne({}, { $set: { outcome: 'changed' } });
    await expect(auditHeadJob.run(t.locker, signal)).rejects.toMatchObject({ code: 'content_damaged' });
    expect(told).toHaveLength(1);
  });
});
