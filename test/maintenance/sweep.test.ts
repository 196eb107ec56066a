import { ObjectId } from 'mongodb';
import { describe, expect, it } from 'vitest';
import { sweepJob } from '../../jobs/sweep.ts';
import type { Actor } from '../../src/accounts/actor.ts';
import { bury } from '../../src/backup/tombstones.ts';
import { randomKey } from '../../src/crypto/keyring.ts';
import { defaultSegmentBytes } from '../../src/crypto/segments.ts';
import { deleteFile } from '../../src/files/delete.ts';
import { discardVersions } from '../../src/files/discard-versions.ts';
import { releaseStale, Reservation, staleAfterMs } from '../../src/files/reservation.ts';
import { replaceContent } from '../../src/files/versions.ts';
import type { Locker } from '../../src/locker.ts';
import { check } from '../../src/maintenance/check.ts';
import { recentContentsMs, sweep } from '../../src/maintenance/sweep.ts';
import { codeOf } from '../accounts/helpers.ts';
import { inPieces, someBytes } from '../support/bytes.ts';
import { readFile, saveFile, stored, usage } from '../support/files.ts';
import { openTestLocker, type TestLocker } from '../support/locker.ts';

const S = 64;
const kept = 'kept.txt';

/** A locker with one committed file, which no sweep may touch. */
async function withFile(): Promise<{ t: TestLocker; alice: Actor; id: string }> {
  const t = await openTestLocker();
  const alice = await t.person('alice');
  const { id } = await saveFile(t.locker, alice, kept);
  return { t, alice, id };
}

/** Everything that a sweep must get right, read back afterwards. */
async function whatIsLeft({ t, alice, id }: Awaited<ReturnType<typeof withFile>>) {
  return {
    stored: await stored(t.locker),
    usage: await usage(t.locker, alice),
    content: (await readFile(t.locker, alice, id)).toString(),
    findings: (await check(t.locker)).findings,
    secondSweep: await sweep(t.locker, 0),
  };
}

/** Nothing but the committed file, charged for exactly. */
const onlyKept = {
  stored: { chunks: 1, contentFiles: 1, files: 1 },
  usage: { usedBytes: kept.length, pendingBytes: 0, pending: 0 },
  content: kept,
  findings: [],
  secondSweep: { settled: 0, orphans: 0 },
};

const note = (
  locker: Locker,
  actor: Actor,
  id: ObjectId,
  kind: 'upload' | 'delete',
  bytes: number,
  at = locker.now(),
) =>
  locker.collections.accounts.updateOne(
    { _id: actor.account },
    { $push: { pending: { id, kind, bytes, at } }, $inc: { pendingBytes: kind === 'upload' ? bytes : 0 } },
  );

const writeContent = (locker: Locker, id: ObjectId, segments: number) =>
  locker.content.write({ id, fileKey: randomKey() }, inPieces(someBytes(segments * S)), undefined, S);

/** Saves a second file, notes its deletion, and says which version it was. */
async function noted({ t, alice }: Awaited<ReturnType<typeof withFile>>) {
  const { id } = await saveFile(t.locker, alice, 'gone.txt', { bytes: someBytes(100) });
  const file = await t.locker.collections.files.findOne({ _id: id });
  const version = file?.versions[0]?.id ?? new ObjectId();
  await note(t.locker, alice, version, 'delete', 100);
  return { id, version };
}

describe('sweep after a crash in an upload', () => {
  it.each<[string, (locker: Locker, id: ObjectId) => Promise<unknown>]>([
    ['before its first chunk', async () => {}],
    [
      'between its chunks',
      async (locker, id) => {
        await writeContent(locker, id, 3);
        await locker.collections.contentFiles.deleteOne({ _id: id });
        await locker.collections.chunks.deleteOne({ files_id: id, n: 1 });
      },
    ],
    [
      'after its last chunk',
      async (locker, id) => {
        await writeContent(locker, id, 3);
        await locker.collections.contentFiles.deleteOne({ _id: id });
      },
    ],
    ['before its commit', (locker, id) => writeContent(locker, id, 3)],
  ])('%s leaves nothing of it', async (_, write) => {
    const locker = await withFile();
    await using t = locker.t;
    const id = new ObjectId();
    await note(t.locker, locker.alice, id, 'upload', 10_000);
    await write(t.locker, id);
    expect(await sweep(t.locker, 0)).toEqual({ settled: 1, orphans: 0 });
    expect(await whatIsLeft(locker)).toEqual(onlyKept);
  });

  it('between commit and settling keeps the file and charges for it exactly', async () => {
    const locker = await withFile();
    await using t = locker.t;
    // As if the one file that is kept had crashed there: still noted, not yet charged.
    const file = await t.locker.collections.files.findOne({ _id: locker.id });
    const version = file?.versions[0]?.id ?? new ObjectId();
    await t.locker.collections.accounts.updateOne({ _id: locker.alice.account }, { $set: { usedBytes: 0 } });
    await note(t.locker, locker.alice, version, 'upload', 64 * 1024 * 1024);
    expect(await sweep(t.locker, 0)).toEqual({ settled: 1, orphans: 0 });
    expect(await whatIsLeft(locker)).toEqual(onlyKept);
  });

  it('of a new version keeps the version before it', async () => {
    const locker = await withFile();
    await using t = locker.t;
    const id = new ObjectId();
    await note(t.locker, locker.alice, id, 'upload', 3 * S);
    await writeContent(t.locker, id, 3);
    await sweep(t.locker, 0);
    expect(await whatIsLeft(locker)).toEqual(onlyKept);
    await replaceContent(t.locker, locker.alice, locker.id, {
      content: { bytes: inPieces(Buffer.from('next')) },
    });
    expect(await sweep(t.locker, 0)).toEqual({ settled: 0, orphans: 0 });
    expect((await readFile(t.locker, locker.alice, locker.id)).toString()).toBe('next');
  });
});

describe('sweep after a crash in a deletion', () => {
  it('before its commit keeps the file, and charges for it still', async () => {
    const locker = await withFile();
    await using t = locker.t;
    const { id } = await noted(locker);
    expect(await sweep(t.locker, 0)).toEqual({ settled: 1, orphans: 0 });
    expect(await readFile(t.locker, locker.alice, id)).toHaveLength(100);
    expect(await usage(t.locker, locker.alice)).toEqual({ usedBytes: 108, pendingBytes: 0, pending: 0 });
    await deleteFile(t.locker, locker.alice, id);
    expect(await whatIsLeft(locker)).toEqual(onlyKept);
  });

  it.each<[string, (locker: Locker, version: ObjectId) => Promise<unknown>]>([
    ['after its commit', async () => {}],
    [
      'between the GridFS file and its chunks',
      (locker, version) => locker.collections.contentFiles.deleteOne({ _id: version }),
    ],
    ['before it was settled', (locker, version) => locker.content.remove(version)],
  ])('%s finishes it', async (_, remove) => {
    const locker = await withFile();
    await using t = locker.t;
    const { id, version } = await noted(locker);
    await t.locker.collections.files.deleteOne({ _id: id });
    await remove(t.locker, version);
    expect(await sweep(t.locker, 0)).toEqual({ settled: 1, orphans: 0 });
    expect(await whatIsLeft(locker)).toEqual(onlyKept);
  });

  it('that was settled already finds nothing to do', async () => {
    const locker = await withFile();
    await using t = locker.t;
    const { id } = await saveFile(t.locker, locker.alice, 'gone.txt');
    await deleteFile(t.locker, locker.alice, id);
    expect(await sweep(t.locker, 0)).toEqual({ settled: 0, orphans: 0 });
    expect(await whatIsLeft(locker)).toEqual(onlyKept);
  });

  it('whose commit failed gives nothing back', async () => {
    const locker = await withFile();
    await using t = locker.t;
    const file = await t.locker.collections.files.findOne({ _id: locker.id });
    const failing = discardVersions(t.locker, locker.alice.account, file?.versions ?? [], () =>
      Promise.reject(new Error('connection lost')),
    );
    await expect(failing).rejects.toThrow('connection lost');
    expect(await sweep(t.locker, 0)).toEqual({ settled: 1, orphans: 0 });
    expect(await whatIsLeft(locker)).toEqual(onlyKept);
  });

  it('that is noted twice gives its bytes back once', async () => {
    const locker = await withFile();
    await using t = locker.t;
    const { id, version } = await noted(locker);
    await note(t.locker, locker.alice, version, 'delete', 100);
    await t.locker.collections.files.deleteOne({ _id: id });
    await sweep(t.locker, 0);
    expect(await whatIsLeft(locker)).toEqual(onlyKept);
  });
});

describe('sweep', () => {
  it('removes content that nobody noted and no file names', async () => {
    const locker = await withFile();
    await using t = locker.t;
    const [whole, chunksOnly, fileOnly] = [new ObjectId(), new ObjectId(), new ObjectId()];
    for (const id of [whole, chunksOnly, fileOnly]) await writeContent(t.locker, id, 2);
    await t.locker.collections.contentFiles.deleteOne({ _id: chunksOnly });
    await t.locker.collections.chunks.deleteMany({ files_id: fileOnly });
    // Nothing was noted, so how old it is does not matter.
    expect(await sweep(t.locker)).toEqual({ settled: 0, orphans: 3 });
    expect(await whatIsLeft(locker)).toEqual(onlyKept);
  });

  it('does not touch what is noted and showed life lately, and settles it once it is stale', async () => {
    const locker = await withFile();
    await using t = locker.t;
    const id = new ObjectId();
    await note(t.locker, locker.alice, id, 'upload', 5000);
    await writeContent(t.locker, id, 3);
    t.advance(staleAfterMs - 10_000);
    expect(await sweep(t.locker)).toEqual({ settled: 0, orphans: 0 });
    expect(await stored(t.locker)).toEqual({ chunks: 4, contentFiles: 2, files: 1 });
    expect(await usage(t.locker, locker.alice)).toEqual({ usedBytes: 8, pendingBytes: 5000, pending: 1 });
    t.advance(10_000);
    expect(await sweep(t.locker)).toEqual({ settled: 1, orphans: 0 });
    expect(await whatIsLeft(locker)).toEqual(onlyKept);
  });

  it('does not touch an upload that is running', async () => {
    const locker = await withFile();
    await using t = locker.t;
    const bytes = someBytes(3 * defaultSegmentBytes + 1);
    const reports: unknown[] = [];
    const source = async function* () {
      for (let start = 0; start < bytes.length; start += defaultSegmentBytes) {
        yield bytes.subarray(start, start + defaultSegmentBytes);
        reports.push(await sweep(t.locker));
      }
    };
    const { id } = await saveFile(t.locker, locker.alice, 'running', { content: { bytes: source() } });
    expect(reports).toEqual(Array.from({ length: 4 }, () => ({ settled: 0, orphans: 0 })));
    expect(Buffer.compare(await readFile(t.locker, locker.alice, id), bytes)).toBe(0);
    expect(await usage(t.locker, locker.alice)).toEqual({
      usedBytes: 8 + bytes.length,
      pendingBytes: 0,
      pending: 0,
    });
  });

  it('that takes an upload for dead while its process only slept makes it fail rather than lose what it acknowledges', async () => {
    const locker = await withFile();
    await using t = locker.t;
    const bytes = someBytes(3 * defaultSegmentBytes);
    const source = async function* () {
      yield bytes.subarray(0, 2 * defaultSegmentBytes);
      // The machine is suspended, no heart beats; another instance sweeps before this one goes on.
      t.advance(staleAfterMs + 1000);
      await sweep(t.locker);
      yield bytes.subarray(2 * defaultSegmentBytes);
    };
    const content = { bytes: source(), sizeBytes: bytes.length };
    const outcome = await saveFile(t.locker, locker.alice, 'slept', { content }).then(
      async ({ id }) => (await check(t.locker)).findings.filter(({ fileId }) => fileId === id),
      () => [],
    );
    expect(outcome).toEqual([]);
  });

  it('of the latest contents leaves an old orphan to the sweep of all, which the job makes once a day', async () => {
    const locker = await withFile();
    await using t = locker.t;
    const old = () => ObjectId.createFromTime(Math.floor(t.locker.now().getTime() / 1000) - 5 * 24 * 3600);
    const { signal } = new AbortController();
    await writeContent(t.locker, old(), 2);
    await writeContent(t.locker, new ObjectId(), 2);
    const since = new Date(t.locker.now().getTime() - recentContentsMs);
    expect(await sweep(t.locker, undefined, { contentsSince: since })).toEqual({ settled: 0, orphans: 1 });
    expect(await sweepJob.run(t.locker, signal)).toEqual({ settled: 0, orphans: 1 });
    await writeContent(t.locker, old(), 2);
    await writeContent(t.locker, new ObjectId(), 2);
    expect(await sweepJob.run(t.locker, signal)).toEqual({ settled: 0, orphans: 1 });
    t.advance(24 * 3600 * 1000);
    expect(await sweepJob.run(t.locker, signal)).toEqual({ settled: 0, orphans: 1 });
    // Nor does the content of an account that was erased wait for a day.
    await writeContent(t.locker, old(), 2);
    expect(await sweepJob.run(t.locker, signal)).toEqual({ settled: 0, orphans: 0 });
    await bury(t.locker, 'account', 'gone');
    expect(await sweepJob.run(t.locker, signal)).toEqual({ settled: 0, orphans: 1 });
    expect(await whatIsLeft(locker)).toEqual(onlyKept);
  });

  it('leaves alone what showed life after it was looked at', async () => {
    const locker = await withFile();
    await using t = locker.t;
    const id = new ObjectId();
    const stale = new Date(Date.now() - 2 * staleAfterMs);
    await note(t.locker, locker.alice, id, 'upload', 3 * S, stale);
    await writeContent(t.locker, id, 3);
    const { accounts } = t.locker.collections;
    const seen = { id, bytes: 3 * S, at: stale };
    const alive = { _id: locker.alice.account, 'pending.id': id };
    await accounts.updateOne(alive, { $set: { 'pending.$.at': new Date() } });
    expect(await releaseStale(t.locker, locker.alice.account, seen)).toBe(false);
    expect(await usage(t.locker, locker.alice)).toMatchObject({ pendingBytes: 3 * S, pending: 1 });
    await accounts.updateOne(alive, { $set: { 'pending.$.at': stale } });
    expect(await releaseStale(t.locker, locker.alice.account, seen)).toBe(true);
    expect(await usage(t.locker, locker.alice)).toMatchObject({ pendingBytes: 0, pending: 0 });
  });

  it('that took an upload for dead is never forgotten by the upload', async () => {
    const locker = await withFile();
    await using t = locker.t;
    const reservation = await Reservation.open(t.locker, locker.alice.account, new ObjectId(), 10, 1);
    await reservation.confirm();
    await sweep(t.locker, 0);
    expect(await codeOf(reservation.cover(20))).toBe('upload_incomplete');
    // However lately it believes to have been alive.
    expect(await codeOf(reservation.confirm())).toBe('upload_incomplete');
    reservation.close();
  });

  it('removes nothing more once it is told to end', async () => {
    const locker = await withFile();
    await using t = locker.t;
    await writeContent(t.locker, new ObjectId(), 3);
    await expect(sweep(t.locker, undefined, { signal: AbortSignal.abort() })).rejects.toThrow('aborted');
    expect(await stored(t.locker)).toMatchObject({ chunks: 4 });
  });

  it('is not overlooked by an upload whose process slept right before its commit', async () => {
    const locker = await withFile();
    await using t = locker.t;
    const reservation = await Reservation.open(t.locker, locker.alice.account, new ObjectId(), 10, 1);
    await reservation.confirm();
    reservation.requireAlive();
    t.advance(staleAfterMs + 1000);
    expect(await codeOf((async () => reservation.requireAlive())())).toBe('upload_incomplete');
    reservation.close();
  });

  it('takes nothing for an orphan while an installation is being restored', async () => {
    const locker = await withFile();
    await using t = locker.t;
    await writeContent(t.locker, new ObjectId(), 3);
    const { restores } = t.locker.collections;
    await restores.insertOne({ _id: 'restore', snapshot: 'x', startedAt: new Date() });
    expect(await sweep(t.locker)).toEqual({ settled: 0, orphans: 0 });
    expect(await stored(t.locker)).toMatchObject({ chunks: 4, contentFiles: 2 });
    await restores.deleteMany({});
    expect(await sweep(t.locker)).toEqual({ settled: 0, orphans: 1 });
    expect(await whatIsLeft(locker)).toEqual(onlyKept);
  });

  it('run by two instances at once settles each thing once', async () => {
    const locker = await withFile();
    await using t = locker.t;
    const { id } = await saveFile(t.locker, locker.alice, 'gone.txt', { bytes: someBytes(100) });
    const file = await t.locker.collections.files.findOne({ _id: id });
    await note(t.locker, locker.alice, file?.versions[0]?.id ?? new ObjectId(), 'delete', 100);
    await t.locker.collections.files.deleteOne({ _id: id });
    for (let i = 0; i < 3; i++) await note(t.locker, locker.alice, new ObjectId(), 'upload', 1000);
    await Promise.all(Array.from({ length: 4 }, () => sweep(t.locker, 0)));
    expect(await whatIsLeft(locker)).toEqual(onlyKept);
  });

  it('settles every account, and leaves what is fresh in each', async () => {
    const locker = await withFile();
    await using t = locker.t;
    const bob = await t.person('bob');
    const fresh = new ObjectId();
    for (const actor of [locker.alice, bob]) {
      await note(t.locker, actor, new ObjectId(), 'upload', 100, new Date(Date.now() - 2 * staleAfterMs));
      await note(t.locker, actor, actor === bob ? fresh : new ObjectId(), 'upload', 7);
    }
    expect(await sweep(t.locker)).toEqual({ settled: 2, orphans: 0 });
    for (const actor of [locker.alice, bob])
      expect(await usage(t.locker, actor)).toMatchObject({ pendingBytes: 7, pending: 1 });
  });
});
