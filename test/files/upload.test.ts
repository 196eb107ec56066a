import { describe, expect, it, vi } from 'vitest';
import type { Actor } from '../../src/accounts/actor.ts';
import { defaultSegmentBytes } from '../../src/crypto/segments.ts';
import { openFile } from '../../src/files/download.ts';
import { listVersions, replaceContent } from '../../src/files/versions.ts';
import { openBatches } from '../../src/database/batches.ts';
import type { Locker } from '../../src/locker.ts';
import { sweep } from '../../src/maintenance/sweep.ts';
import { putGrant } from '../../src/sharing/grants.ts';
import { collect, inPieces, sha256, someBytes } from '../support/bytes.ts';
import { accountOf, readFile, saveFile, stored, usage } from '../support/files.ts';
import { openTestLocker, withScopes } from '../support/locker.ts';

const nothing = { chunks: 0, contentFiles: 0, files: 0 };
const unused = { usedBytes: 0, pendingBytes: 0, pending: 0 };

/** Sets an account's quota, or what it has used. */
const setAccount = (locker: Locker, actor: Actor, fields: { quotaBytes?: number; usedBytes?: number }) =>
  locker.collections.accounts.updateOne({ _id: actor.account }, { $set: fields });

async function* breaking() {
  yield someBytes(defaultSegmentBytes);
  yield someBytes(defaultSegmentBytes);
  throw new Error('the line broke');
}

describe('upload', () => {
  it('gives back the same bytes and what was said of them', async () => {
    await using t = await openTestLocker();
    const alice = await t.person('alice');
    const bytes = someBytes(defaultSegmentBytes + 3);
    const file = await saveFile(t.locker, alice, 'Tax 2026.pdf', {
      bytes,
      folder: 'work//2026',
      tags: ['#Tax', 'tax'],
      description: ' for the office ',
      mediaType: 'application/pdf',
    });
    expect(file).toMatchObject({
      name: 'Tax 2026.pdf',
      folder: '/work/2026',
      tags: ['tax'],
      description: 'for the office',
      mediaType: 'application/pdf',
      sizeBytes: bytes.length,
      sha256: sha256(bytes),
      version: 1,
      owner: 'alice',
      access: 'owner',
      trashedAt: null,
    });
    expect(Buffer.compare(await readFile(t.locker, alice, file.id), bytes)).toBe(0);
    const opened = await openFile(t.locker, alice, file.id);
    expect(
      Buffer.compare(await collect(await opened.read({ start: 5, end: 99 })), bytes.subarray(5, 99)),
    ).toBe(0);
    expect(await usage(t.locker, alice)).toEqual({ ...unused, usedBytes: bytes.length });
  });

  it('of nothing is a file of 0 bytes', async () => {
    await using t = await openTestLocker();
    const alice = await t.person('alice');
    const file = await saveFile(t.locker, alice, 'empty', { bytes: Buffer.alloc(0) });
    expect(file.sizeBytes).toBe(0);
    expect(await readFile(t.locker, alice, file.id)).toHaveLength(0);
    expect(await stored(t.locker)).toEqual({ chunks: 1, contentFiles: 1, files: 1 });
  });

  it.each([
    ['name', 'invalid_name', { name: 'a/b' }],
    ['folder', 'invalid_folder', { folder: '/../x' }],
    ['tag', 'invalid_tag', { tags: ['a b'] }],
  ])('with a bad %s is refused before a byte is read, and stores nothing', async (_, code, bad) => {
    await using t = await openTestLocker();
    const alice = await t.person('alice');
    const next = vi.fn<() => Promise<IteratorResult<Uint8Array>>>();
    const bytes = { [Symbol.asyncIterator]: () => ({ next }) };
    await expect(saveFile(t.locker, alice, 'fine', { content: { bytes }, ...bad })).rejects.toMatchObject({
      code,
    });
    expect(next).not.toHaveBeenCalled();
    expect(await stored(t.locker)).toEqual(nothing);
    expect(await usage(t.locker, alice)).toEqual(unused);
  });

  it.each([
    ['more bytes than announced', { sizeBytes: 3 }, 'upload_incomplete'],
    ['fewer bytes than announced', { sizeBytes: 5 }, 'upload_incomplete'],
    ['another SHA-256 than announced', { sha256: sha256(Buffer.from('other')) }, 'checksum_mismatch'],
  ])('of %s is refused and leaves nothing', async (_, announced, code) => {
    await using t = await openTestLocker();
    const alice = await t.person('alice');
    const content = { bytes: inPieces(Buffer.from('four')), ...announced };
    await expect(saveFile(t.locker, alice, 'a', { content })).rejects.toMatchObject({ code });
    expect(await stored(t.locker)).toEqual(nothing);
    expect(await usage(t.locker, alice)).toEqual(unused);
  });

  it('as announced, in length and SHA-256, is accepted', async () => {
    await using t = await openTestLocker();
    const alice = await t.person('alice');
    const bytes = someBytes(1000);
    const content = { bytes: inPieces(bytes, 7), sizeBytes: 1000, sha256: sha256(bytes) };
    expect(await saveFile(t.locker, alice, 'a', { content })).toMatchObject({ sizeBytes: 1000 });
  });

  it('whose source breaks leaves nothing', async () => {
    await using t = await openTestLocker();
    const alice = await t.person('alice');
    await expect(saveFile(t.locker, alice, 'a', { content: { bytes: breaking() } })).rejects.toThrow(
      'the line broke',
    );
    expect(await stored(t.locker)).toEqual(nothing);
    expect(await usage(t.locker, alice)).toEqual(unused);
  });

  it('larger than the largest file is refused as soon as that is known', async () => {
    await using t = await openTestLocker({ maxFileBytes: 1000 });
    const alice = await t.person('alice');
    expect(await saveFile(t.locker, alice, 'edge', { bytes: someBytes(1000) })).toMatchObject({
      sizeBytes: 1000,
    });
    await expect(saveFile(t.locker, alice, 'over', { bytes: someBytes(1001) })).rejects.toMatchObject({
      code: 'file_too_large',
      details: { limit: 1000 },
    });
    const content = { bytes: inPieces(someBytes(1)), sizeBytes: 1001 };
    await expect(saveFile(t.locker, alice, 'announced', { content })).rejects.toMatchObject({
      code: 'file_too_large',
    });
    expect(await stored(t.locker)).toEqual({ chunks: 1, contentFiles: 1, files: 1 });
    expect(await usage(t.locker, alice)).toEqual({ ...unused, usedBytes: 1000 });
  });

  it('is refused without the scope to write, or for a suspended account', async () => {
    await using t = await openTestLocker();
    const alice = await t.person('alice');
    await expect(saveFile(t.locker, withScopes(alice, 'files:read'), 'a')).rejects.toMatchObject({
      code: 'insufficient_scope',
    });
    await t.locker.collections.accounts.updateOne({ _id: alice.account }, { $set: { status: 'suspended' } });
    await expect(saveFile(t.locker, alice, 'a')).rejects.toMatchObject({ code: 'account_suspended' });
    expect(await stored(t.locker)).toEqual(nothing);
  });

  it('into a folder of another account needs a grant to edit it, and is paid by its owner', async () => {
    await using t = await openTestLocker();
    const [alice, bob, carol] = await Promise.all(
      ['alice', 'bob', 'carol'].map((handle) => t.person(handle)),
    );
    if (alice === undefined || bob === undefined || carol === undefined) throw new RangeError();
    const share = (grantee: string, role: 'viewer' | 'editor') =>
      putGrant(t.locker, alice, { kind: 'folder', folder: '/team' }, { grantee, role, expiresAt: null });
    await share('bob', 'editor');
    await share('carol', 'viewer');
    const into = (actor: Actor, folder: string) =>
      saveFile(t.locker, actor, 'a.txt', { owner: 'alice', folder });
    const file = await into(bob, '/team/sub');
    expect(file).toMatchObject({ owner: 'alice', access: 'editor', folder: '/team/sub' });
    expect(await usage(t.locker, alice)).toEqual({ ...unused, usedBytes: 5 });
    expect(await usage(t.locker, bob)).toEqual(unused);
    expect(await listVersions(t.locker, alice, file.id)).toMatchObject([{ createdBy: 'bob' }]);
    await expect(into(carol, '/team')).rejects.toMatchObject({ code: 'forbidden' });
    await expect(into(bob, '/')).rejects.toMatchObject({ code: 'not_found' });
    await expect(into(bob, '/teams')).rejects.toMatchObject({ code: 'not_found' });
    await expect(saveFile(t.locker, bob, 'a', { owner: 'nobody' })).rejects.toMatchObject({
      code: 'not_found',
    });
  });
});

describe('quota', () => {
  it('is met exactly, and one byte over it is refused and leaves nothing', async () => {
    await using t = await openTestLocker({ quotaBytes: 1000 });
    const alice = await t.person('alice');
    await expect(saveFile(t.locker, alice, 'over', { bytes: someBytes(1001) })).rejects.toMatchObject({
      code: 'quota_exceeded',
      details: { limit: 1000 },
    });
    expect(await stored(t.locker)).toEqual(nothing);
    expect(await usage(t.locker, alice)).toEqual(unused);
    await saveFile(t.locker, alice, 'edge', { bytes: someBytes(1000) });
    await expect(saveFile(t.locker, alice, 'one more', { bytes: someBytes(1) })).rejects.toMatchObject({
      code: 'quota_exceeded',
      details: { limit: 1000, actual: 1001 },
    });
    expect(await saveFile(t.locker, alice, 'empty', { bytes: Buffer.alloc(0) })).toMatchObject({
      sizeBytes: 0,
    });
    expect(await usage(t.locker, alice)).toEqual({ ...unused, usedBytes: 1000 });
  });

  it('is met exactly by an announced length, and one byte over it is refused before a byte is read', async () => {
    await using t = await openTestLocker({ quotaBytes: 1000 });
    const alice = await t.person('alice');
    const next = vi.fn<() => Promise<IteratorResult<Uint8Array>>>();
    const bytes = { [Symbol.asyncIterator]: () => ({ next }) };
    await expect(
      saveFile(t.locker, alice, 'over', { content: { bytes, sizeBytes: 1001 } }),
    ).rejects.toMatchObject({ code: 'quota_exceeded' });
    expect(next).not.toHaveBeenCalled();
    const content = { bytes: inPieces(someBytes(1000)), sizeBytes: 1000 };
    await saveFile(t.locker, alice, 'edge', { content });
    expect(await usage(t.locker, alice)).toEqual({ ...unused, usedBytes: 1000 });
  });

  it('over several segments is met exactly though space is reserved ahead', async () => {
    const size = 2 * defaultSegmentBytes + 10;
    await using t = await openTestLocker({ quotaBytes: size });
    const alice = await t.person('alice');
    await expect(saveFile(t.locker, alice, 'over', { bytes: someBytes(size + 1) })).rejects.toMatchObject({
      code: 'quota_exceeded',
    });
    expect(await stored(t.locker)).toEqual(nothing);
    await saveFile(t.locker, alice, 'edge', { bytes: someBytes(size) });
    expect(await usage(t.locker, alice)).toEqual({ ...unused, usedBytes: size });
  });

  it.each([
    ['of announced length', true],
    ['of unknown length', false],
  ])('is never exceeded by 20 parallel uploads %s at its edge', async (_, announced) => {
    await using t = await openTestLocker({ quotaBytes: 1000 });
    const alice = await t.person('alice');
    const results = await Promise.allSettled(
      Array.from({ length: 20 }, (_unused, i) =>
        saveFile(t.locker, alice, `${i}`, {
          content: { bytes: inPieces(someBytes(100)), ...(announced ? { sizeBytes: 100 } : {}) },
        }),
      ),
    );
    const accepted = results.filter(({ status }) => status === 'fulfilled').length;
    const reasons = results.flatMap((result) =>
      result.status === 'rejected' ? [result.reason as unknown] : [],
    );
    for (const reason of reasons) expect(reason).toMatchObject({ code: 'quota_exceeded' });
    expect(accepted).toBeLessThanOrEqual(10);
    expect(accepted).toBeGreaterThan(0);
    expect(await usage(t.locker, alice)).toEqual({ ...unused, usedBytes: accepted * 100 });
    expect(await stored(t.locker)).toEqual({ chunks: accepted, contentFiles: accepted, files: accepted });
  });

  it('has room for exactly ten of 20 parallel uploads that announced a tenth of it', async () => {
    await using t = await openTestLocker({ quotaBytes: 1000 });
    const alice = await t.person('alice');
    const results = await Promise.allSettled(
      Array.from({ length: 20 }, (_, i) =>
        saveFile(t.locker, alice, `${i}`, { content: { bytes: inPieces(someBytes(100)), sizeBytes: 100 } }),
      ),
    );
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(10);
  });

  it('counts every version, and is checked for a new one', async () => {
    await using t = await openTestLocker({ quotaBytes: 100 });
    const alice = await t.person('alice');
    const { id } = await saveFile(t.locker, alice, 'a', { bytes: someBytes(60) });
    const next = (size: number) =>
      replaceContent(t.locker, alice, id, { content: { bytes: inPieces(someBytes(size)) } });
    await expect(next(41)).rejects.toMatchObject({ code: 'quota_exceeded' });
    await next(40);
    expect(await usage(t.locker, alice)).toEqual({ ...unused, usedBytes: 100 });
    expect(await stored(t.locker)).toMatchObject({ chunks: 2, contentFiles: 2 });
  });

  it('below what is used already refuses every byte', async () => {
    await using t = await openTestLocker();
    const alice = await t.person('alice');
    await setAccount(t.locker, alice, { quotaBytes: 10, usedBytes: 20 });
    await expect(saveFile(t.locker, alice, 'a')).rejects.toMatchObject({ code: 'quota_exceeded' });
  });
});

/** A locker whose file entries cannot be written. */
const failing = (locker: Locker, failure: Error): Locker => {
  const { files } = locker.collections;
  const insertOne = () => Promise.reject(failure);
  const broken = Object.assign(Object.create(files) as typeof files, { insertOne });
  const collections = { ...locker.collections, files: broken };
  return { ...locker, collections, batches: openBatches(collections) };
};

describe('a commit that fails', () => {
  it('because its outcome is refused for good cleans up after itself', async () => {
    await using t = await openTestLocker();
    const alice = await t.person('alice');
    const { id } = await saveFile(t.locker, alice, 'a');
    const content = { bytes: inPieces(someBytes(10)) };
    let first = true;
    // The version that was read at the start is not current any more at the commit.
    const isExpected = () => first && !(first = false);
    await expect(replaceContent(t.locker, alice, id, { content, isExpected })).rejects.toMatchObject({
      code: 'precondition_failed',
    });
    expect(await stored(t.locker)).toEqual({ chunks: 1, contentFiles: 1, files: 1 });
    expect(await usage(t.locker, alice)).toEqual({ ...unused, usedBytes: 1 });
  });

  it('in an unknown way keeps the content until the sweep has looked', async () => {
    await using t = await openTestLocker();
    const alice = await t.person('alice');
    const locker = failing(t.locker, new Error('connection lost'));
    await expect(saveFile(locker, alice, 'a')).rejects.toThrow('connection lost');
    expect(await stored(t.locker)).toEqual({ chunks: 1, contentFiles: 1, files: 0 });
    expect((await accountOf(t.locker, alice)).pending).toHaveLength(1);
    expect(await sweep(t.locker, 0)).toEqual({ settled: 1, orphans: 0 });
    expect(await stored(t.locker)).toEqual(nothing);
    expect(await usage(t.locker, alice)).toEqual(unused);
  });

  it('because the file was deleted meanwhile leaves nothing of the new version', async () => {
    await using t = await openTestLocker();
    const alice = await t.person('alice');
    const { id } = await saveFile(t.locker, alice, 'a');
    const source = async function* () {
      yield someBytes(10);
      await t.locker.collections.files.deleteOne({ _id: id });
      yield someBytes(10);
    };
    await expect(replaceContent(t.locker, alice, id, { content: { bytes: source() } })).rejects.toMatchObject(
      {
        code: 'not_found',
      },
    );
    expect(await stored(t.locker)).toEqual({ chunks: 1, contentFiles: 1, files: 0 });
    expect((await accountOf(t.locker, alice)).pendingBytes).toBe(0);
  });
});
