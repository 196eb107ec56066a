import { openBatches } from '../../src/database/batches.ts';
import { Ledger } from '../../src/files/ledger.ts';
import { ObjectId } from 'mongodb';
import { describe, expect, it } from 'vitest';
import type { Actor } from '../../src/accounts/actor.ts';
import type { PendingVersion } from '../../src/accounts/documents.ts';
import { LockerError } from '../../src/errors.ts';
import { deleteFile } from '../../src/files/delete.ts';
import { uploadFile } from '../../src/files/upload.ts';
import { deleteVersion, replaceContent } from '../../src/files/versions.ts';
import type { Locker } from '../../src/locker.ts';
import { sweep } from '../../src/maintenance/sweep.ts';
import { codeOf, save } from '../accounts/helpers.ts';
import { openTestLocker } from '../support/locker.ts';
import { recount } from './support.ts';

const limit = (locker: Locker, { account }: Actor, limits: { quotaBytes?: number; maxFiles?: number }) =>
  locker.collections.accounts.updateOne({ _id: account }, { $set: limits });

/** By how much the account's document is off what is really stored. */
const driftOf = async (locker: Locker, { account }: Actor) => {
  const { said, real, contents, versions } = await recount(locker, account);
  return {
    bytes: (said.bytes ?? Number.NaN) - real.bytes,
    files: (said.files ?? Number.NaN) - real.files,
    pendingBytes: said.pendingBytes,
    pending: said.pending,
    orphans: contents - versions,
  };
};
const none = { bytes: 0, files: 0, pendingBytes: 0, pending: 0, orphans: 0 };

const content = (text: string) => ({
  bytes: (async function* () {
    yield Buffer.from(text);
  })(),
});

const bound = <T extends object>(target: T, name: string | symbol): unknown => {
  const value: unknown = Reflect.get(target, name);
  return typeof value === 'function' ? (value.bind(target) as unknown) : value;
};

/** Lets the process "die" at a step: the database refuses what comes after. */
const dieAt = async (
  locker: Locker,
  step: 'commit' | 'settle',
  work: (locker: Locker) => Promise<unknown>,
) => {
  const accounts = new Proxy(locker.collections.accounts, {
    get: (target, name) => {
      if (name !== 'updateOne') return bound(target, name);
      return (filter: object, change: object, options?: object) =>
        '$pull' in change ? Promise.reject(new Error('killed')) : target.updateOne(filter, change, options);
    },
  });
  const files = new Proxy(locker.collections.files, {
    get: (target, name) =>
      step === 'commit' && (name === 'insertOne' || name === 'deleteOne' || name === 'updateOne')
        ? () => Promise.reject(new Error('killed'))
        : bound(target, name),
  });
  const collections = { ...locker.collections, accounts, files };
  const ledger = new Ledger(accounts, locker.now);
  await work({ ...locker, collections, batches: openBatches(collections), ledger }).catch(() => {});
};

describe('a quota of files', () => {
  it('refuses one more and names what ran out, and takes one again after a deletion', async () => {
    await using t = await openTestLocker();
    const alice = await t.person('alice');
    await limit(t.locker, alice, { maxFiles: 2 });
    const first = await save(t.locker, alice);
    await save(t.locker, alice);
    const refused = await save(t.locker, alice).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(LockerError);
    expect((refused as LockerError).details).toMatchObject({ subject: 'files', limit: 2, actual: 3 });
    await deleteFile(t.locker, alice, first.id);
    await save(t.locker, alice);
    expect(await driftOf(t.locker, alice)).toEqual(none);
  });

  it('does not count another version, nor an upload that failed', async () => {
    await using t = await openTestLocker();
    const alice = await t.person('alice');
    await limit(t.locker, alice, { maxFiles: 1 });
    const wrong = { ...content('hello'), sizeBytes: 9 };
    const broken = uploadFile(t.locker, alice, { name: 'a', mediaType: 'text/plain', content: wrong });
    expect(await codeOf(broken)).toBe('upload_incomplete');
    const { id } = await save(t.locker, alice, 'b', 0);
    await replaceContent(t.locker, alice, id, { content: content('second') });
    await deleteVersion(t.locker, alice, id, 1);
    expect(await driftOf(t.locker, alice)).toEqual(none);
  });
});

describe('quotas under concurrency', () => {
  it('are never exceeded by 40 clients that upload and delete at the edge, and nothing drifts', async () => {
    await using t = await openTestLocker();
    const alice = await t.person('alice');
    const limits = { quotaBytes: 1000, maxFiles: 12 };
    await limit(t.locker, alice, limits);
    let over = 0;
    const work = new AbortController();
    const watch = (async () => {
      while (!work.signal.aborted) {
        const account = await t.locker.collections.accounts.findOne({ _id: alice.account });
        if (account === null) throw new Error('no account');
        const { usedBytes, pendingBytes, fileCount } = account;
        const files = await t.locker.collections.files.countDocuments({ owner: alice.account });
        if (usedBytes + pendingBytes > limits.quotaBytes || fileCount > limits.maxFiles) over++;
        if (files > limits.maxFiles) over++;
      }
    })();
    const client = async (n: number) => {
      const outcomes: (string | undefined)[] = [];
      for (let turn = 0; turn < 3; turn++) {
        // Each third client needs so many bytes that bytes run out, the others so few that files do.
        const saving = save(t.locker, alice, `${n}.txt`, n % 3 === 0 ? 300 : 10);
        outcomes.push(await codeOf(saving));
        const id = await saving.then(
          (file) => file.id,
          () => undefined,
        );
        if (id !== undefined && n % 10 !== 9) await deleteFile(t.locker, alice, id);
      }
      return outcomes;
    };
    const outcomes = (await Promise.all(Array.from({ length: 40 }, (_, n) => client(n)))).flat();
    work.abort();
    await watch;
    expect(over).toBe(0);
    expect(new Set(outcomes)).toEqual(new Set([undefined, 'quota_exceeded']));
    expect(await driftOf(t.locker, alice)).toEqual(none);
  }, 240_000);

  it('count a file once that ten delete at the same moment', async () => {
    await using t = await openTestLocker();
    const alice = await t.person('alice');
    await save(t.locker, alice, 'stays', 7);
    const { id } = await save(t.locker, alice, 'goes', 100);
    const outcomes = await Promise.all(
      Array.from({ length: 10 }, () => codeOf(deleteFile(t.locker, alice, id))),
    );
    expect(outcomes.filter((outcome) => outcome === undefined)).toHaveLength(1);
    expect(await driftOf(t.locker, alice)).toEqual(none);
    await sweep(t.locker, 0);
    expect(await driftOf(t.locker, alice)).toEqual(none);
  });
});

describe('quotas after a crash', () => {
  it.each(['commit', 'settle'] as const)('at the %s of an upload do not drift', async (step) => {
    await using t = await openTestLocker();
    const alice = await t.person('alice');
    await dieAt(t.locker, step, (dying) => save(dying, alice, 'a', 10));
    expect((await recount(t.locker, alice.account)).said.pending).toBe(1);
    await sweep(t.locker, 0);
    expect(await driftOf(t.locker, alice)).toEqual(none);
    expect((await recount(t.locker, alice.account)).said.files).toBe(step === 'commit' ? 0 : 1);
  });

  it.each(['commit', 'settle'] as const)('at the %s of a deletion do not drift', async (step) => {
    await using t = await openTestLocker();
    const alice = await t.person('alice');
    const { id } = await save(t.locker, alice, 'a', 10);
    await dieAt(t.locker, step, (dying) => deleteFile(dying, alice, id));
    await sweep(t.locker, 0);
    expect(await driftOf(t.locker, alice)).toEqual(none);
    expect((await recount(t.locker, alice.account)).said.files).toBe(step === 'commit' ? 1 : 0);
  });

  it('between commit and settlement of an upload do not drift if the file is deleted before the sweep', async () => {
    await using t = await openTestLocker();
    const alice = await t.person('alice');
    await dieAt(t.locker, 'settle', (dying) => save(dying, alice, 'a', 10));
    const [file] = await t.locker.collections.files.find().toArray();
    await deleteFile(t.locker, alice, file?._id ?? '');
    expect(await driftOf(t.locker, alice)).toEqual(none);
    await sweep(t.locker, 0);
    expect(await driftOf(t.locker, alice)).toEqual(none);
  });

  it('of one that deletes what another deleted in full do not drift', async () => {
    await using t = await openTestLocker();
    const alice = await t.person('alice');
    const { id } = await save(t.locker, alice, 'a', 10);
    const [version] = (await t.locker.collections.files.findOne({ _id: id }))?.versions ?? [];
    await deleteFile(t.locker, alice, id);
    // Noted by someone who had read the file before, and who died before looking again.
    const note = {
      id: version?.id ?? new ObjectId(),
      at: new Date(),
      attempt: new ObjectId(),
      sure: false,
    };
    const notes: PendingVersion[] = [
      { ...note, kind: 'delete', bytes: 10 },
      { ...note, kind: 'delete-file', file: id, bytes: 0 },
    ];
    await t.locker.collections.accounts.updateOne(
      { _id: alice.account },
      { $push: { pending: { $each: notes } } },
    );
    await sweep(t.locker, 0);
    expect(await driftOf(t.locker, alice)).toEqual(none);
  });

  it('of 20 uploads and 20 deletions at once at any step do not drift', async () => {
    await using t = await openTestLocker();
    const alice = await t.person('alice');
    const files = await Promise.all(Array.from({ length: 20 }, () => save(t.locker, alice, 'a', 10)));
    await Promise.all(
      files.flatMap(({ id }, n) => [
        dieAt(t.locker, n % 2 === 0 ? 'commit' : 'settle', (dying) => deleteFile(dying, alice, id)),
        dieAt(t.locker, n % 3 === 0 ? 'commit' : 'settle', (dying) => save(dying, alice, 'b', n)),
      ]),
    );
    await Promise.all([sweep(t.locker, 0), sweep(t.locker, 0)]);
    expect(await driftOf(t.locker, alice)).toEqual(none);
  }, 240_000);
});
