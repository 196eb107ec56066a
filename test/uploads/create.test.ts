import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { expireUploadsJob } from '../../jobs/expire-uploads.ts';
import { describeFile } from '../../src/files/describe-file.ts';
import { sweep } from '../../src/maintenance/sweep.ts';
import { putGrant, removeGrant } from '../../src/sharing/grants.ts';
import { describeUpload } from '../../src/uploads/describe.ts';
import { expireUploads } from '../../src/uploads/expire-uploads.ts';
import { terminateUpload } from '../../src/uploads/terminate.ts';
import { withScopes } from '../support/locker.ts';
import {
  breaking,
  contentOf,
  digest,
  leftOvers,
  openUploads,
  pieces,
  S,
  send,
  start,
  usageOf,
} from './support.ts';

const day = 24 * 3600 * 1000;
const nothing = { chunks: 0, contentFiles: 0, uploads: 0, tails: 0 };
const unused = { used: 0, pending: 0, noted: 0, files: 0 };

describe('starting, giving up and expiring', () => {
  it('reserves a known length at the start, and turns exactly that into usage at the end', async () => {
    await using t = await openUploads({ quotaBytes: 10 * S });
    const alice = await t.person('alice');
    const upload = await start(t.locker, alice, 6 * S);
    expect(await usageOf(t.locker, alice)).toEqual({ used: 0, pending: 6 * S, noted: 1, files: 1 });
    await expect(start(t.locker, alice, 4 * S + 1)).rejects.toMatchObject({ code: 'quota_exceeded' });
    await send(t.locker, alice, upload, 0, randomBytes(5 * S));
    expect(await usageOf(t.locker, alice)).toEqual({ used: 0, pending: 6 * S, noted: 1, files: 1 });
    await send(t.locker, alice, upload, 5 * S, randomBytes(S));
    expect(await usageOf(t.locker, alice)).toEqual({ used: 6 * S, pending: 0, noted: 0, files: 1 });
  });

  it('reserves a length that is unknown step by step, and never more than came', async () => {
    await using t = await openUploads({ quotaBytes: 10 * S });
    const alice = await t.person('alice');
    const upload = await start(t.locker, alice, null);
    expect(await usageOf(t.locker, alice)).toMatchObject({ pending: 0, noted: 1 });
    await send(t.locker, alice, upload, 0, randomBytes(7 * S + 5));
    expect(await usageOf(t.locker, alice)).toMatchObject({ pending: 7 * S + 5 });
    const sent = send(t.locker, alice, upload, 7 * S + 5, randomBytes(4 * S));
    await expect(sent).rejects.toMatchObject({ code: 'quota_exceeded' });
    const { offsetBytes } = await describeUpload(t.locker, alice, upload.id);
    expect(offsetBytes).toBe(7 * S + 5);
    await expect(
      send(t.locker, alice, upload, offsetBytes, Buffer.alloc(0), { sizeBytes: 11 * S }),
    ).rejects.toMatchObject({ code: 'quota_exceeded' });
    const { file } = await send(t.locker, alice, upload, offsetBytes, Buffer.alloc(0), {
      sizeBytes: offsetBytes,
    });
    expect((await contentOf(t.locker, alice, file)).length).toBe(7 * S + 5);
    expect(await usageOf(t.locker, alice)).toEqual({ used: 7 * S + 5, pending: 0, noted: 0, files: 1 });
  });

  it('gives everything back when it is terminated', async () => {
    await using t = await openUploads();
    const alice = await t.person('alice');
    const upload = await start(t.locker, alice, 6 * S);
    await send(t.locker, alice, upload, 0, randomBytes(3 * S + 1));
    await terminateUpload(t.locker, alice, upload.id);
    expect(await leftOvers(t.locker)).toEqual(nothing);
    expect(await usageOf(t.locker, alice)).toEqual(unused);
    await expect(send(t.locker, alice, upload, 0, randomBytes(1))).rejects.toMatchObject({
      code: 'not_found',
    });
  });

  it('expires seven days after its last sign of life, and gives everything back', async () => {
    await using t = await openUploads();
    const alice = await t.person('alice');
    const upload = await start(t.locker, alice, 6 * S);
    t.advance(6 * day);
    await send(t.locker, alice, upload, 0, randomBytes(3 * S + 1));
    t.advance(6 * day);
    await sweep(t.locker);
    await sweep(t.locker, 0);
    expect(await expireUploads(t.locker)).toBe(0);
    const { offsetBytes } = await describeUpload(t.locker, alice, upload.id);
    expect(offsetBytes).toBe(3 * S + 1);
    t.advance(day);
    const gone = { code: 'upload_expired' };
    await expect(describeUpload(t.locker, alice, upload.id)).rejects.toMatchObject(gone);
    await expect(send(t.locker, alice, upload, 3 * S + 1, randomBytes(1))).rejects.toMatchObject(gone);
    await expect(terminateUpload(t.locker, alice, upload.id)).rejects.toMatchObject(gone);
    await expireUploadsJob.run(t.locker, new AbortController().signal);
    expect(await leftOvers(t.locker)).toEqual(nothing);
    expect(await usageOf(t.locker, alice)).toEqual(unused);
    await expect(describeUpload(t.locker, alice, upload.id)).rejects.toMatchObject({ code: 'not_found' });
  });

  it('gives everything back also if the sweep comes before the expiry', async () => {
    await using t = await openUploads();
    const alice = await t.person('alice');
    const upload = await start(t.locker, alice, 6 * S);
    await send(t.locker, alice, upload, 0, randomBytes(3 * S + 1));
    t.advance(8 * day);
    expect(await sweep(t.locker)).toMatchObject({ settled: 1, orphans: 0 });
    expect(await expireUploads(t.locker)).toBe(1);
    expect(await leftOvers(t.locker)).toEqual(nothing);
    expect(await usageOf(t.locker, alice)).toEqual(unused);
  });

  it('forgets a finished upload after a while, and keeps its file', async () => {
    await using t = await openUploads();
    const alice = await t.person('alice');
    const upload = await start(t.locker, alice, 3);
    const { file } = await send(t.locker, alice, upload, 0, Buffer.from('abc'));
    t.advance(8 * day);
    expect(await expireUploads(t.locker)).toBe(1);
    expect((await contentOf(t.locker, alice, file)).toString()).toBe('abc');
    expect(await usageOf(t.locker, alice)).toEqual({ used: 3, pending: 0, noted: 0, files: 1 });
  });

  it('makes an empty file at once', async () => {
    await using t = await openUploads();
    const alice = await t.person('alice');
    const { file, offsetBytes } = await start(t.locker, alice, 0);
    expect(offsetBytes).toBe(0);
    expect(await describeFile(t.locker, alice, file ?? '')).toMatchObject({
      sizeBytes: 0,
      sha256: digest('sha256', Buffer.alloc(0)).toString('hex'),
    });
  });

  it('keeps what its sender said of it', async () => {
    await using t = await openUploads();
    const alice = await t.person('alice');
    const more = {
      name: 'r.pdf',
      folder: '/work//2026/',
      tags: ['#Tax'],
      description: 'd',
      mediaType: 'a/b',
    };
    const upload = await start(t.locker, alice, 1, { ...more, note: 'filename ci5wZGY=' });
    expect(upload).toMatchObject({ note: 'filename ci5wZGY=', folder: '/work/2026' });
    const { file } = await send(t.locker, alice, upload, 0, Buffer.from('x'));
    expect(await describeFile(t.locker, alice, file ?? '')).toMatchObject({
      ...more,
      folder: '/work/2026',
      tags: ['tax'],
    });
  });

  it.each([
    ['name', { name: 'a/b' }, 'invalid_name'],
    ['folder', { folder: '/..' }, 'invalid_folder'],
    ['tag', { tags: ['a b'] }, 'invalid_tag'],
    ['locker of someone else', { owner: 'bob' }, 'not_found'],
    ['locker of nobody', { owner: 'nobody' }, 'not_found'],
    ['length above the limit', { sizeBytes: 10 * S + 1 }, 'file_too_large'],
  ])('refuses a bad %s before anything is stored', async (_what, input, code) => {
    await using t = await openUploads({ maxFileBytes: 10 * S });
    const alice = await t.person('alice');
    await t.person('bob');
    await expect(start(t.locker, alice, 10, input)).rejects.toMatchObject({ code });
    expect(await leftOvers(t.locker)).toEqual(nothing);
    expect(await usageOf(t.locker, alice)).toEqual(unused);
  });

  it.each([
    ['breaks off', (bytes: Buffer) => ({ bytes: breaking(bytes) }), 'upload_incomplete'],
    [
      'is too long',
      (bytes: Buffer) => ({ bytes: pieces(Buffer.concat([bytes, bytes]), 100) }),
      'file_too_large',
    ],
    [
      'has another checksum',
      (bytes: Buffer) => ({
        bytes: pieces(bytes, 100),
        checksum: { algorithm: 'md5' as const, digest: randomBytes(16) },
      }),
      'upload_checksum_mismatch',
    ],
  ])('leaves nothing of an upload whose first part %s', async (_what, part, code) => {
    await using t = await openUploads();
    const alice = await t.person('alice');
    const bytes = randomBytes(20 * S);
    await expect(start(t.locker, alice, 20 * S + 1, { part: part(bytes) })).rejects.toMatchObject({ code });
    expect(await leftOvers(t.locker)).toEqual(nothing);
    expect(await usageOf(t.locker, alice)).toEqual(unused);
  });

  it('keeps nothing beyond the length, and does not finish an upload to which too much was sent', async () => {
    await using t = await openUploads();
    const alice = await t.person('alice');
    const upload = await start(t.locker, alice, 3 * S);
    const tooMuch = { code: 'file_too_large' };
    await expect(send(t.locker, alice, upload, 0, randomBytes(3 * S + 1))).rejects.toMatchObject(tooMuch);
    await expect(
      send(t.locker, alice, upload, 0, randomBytes(9 * S), { partBytes: 9 * S }),
    ).rejects.toMatchObject(tooMuch);
    expect(await describeUpload(t.locker, alice, upload.id)).toMatchObject({ file: null, offsetBytes: 0 });
    const content = randomBytes(3 * S);
    const { file } = await send(t.locker, alice, upload, 0, content);
    await expect(send(t.locker, alice, upload, 3 * S, randomBytes(1))).rejects.toMatchObject(tooMuch);
    expect(Buffer.compare(await contentOf(t.locker, alice, file), content)).toBe(0);
  });

  it('puts an upload of an editor into the shared folder, at the cost of its owner', async () => {
    await using t = await openUploads();
    const [alice, bob] = [await t.person('alice'), await t.person('bob')];
    const shared = { kind: 'folder', folder: '/shared' } as const;
    await putGrant(t.locker, alice, shared, { grantee: 'bob', role: 'editor', expiresAt: null });
    const into = { owner: 'alice', folder: '/shared' };
    const upload = await start(t.locker, bob, 3, into);
    expect(await usageOf(t.locker, alice)).toMatchObject({ pending: 3 });
    await expect(describeUpload(t.locker, alice, upload.id)).rejects.toMatchObject({ code: 'not_found' });
    const { file } = await send(t.locker, bob, upload, 0, Buffer.from('abc'));
    expect((await contentOf(t.locker, alice, file)).toString()).toBe('abc');
    expect(await usageOf(t.locker, bob)).toEqual(unused);

    const late = await start(t.locker, bob, 3, into);
    await removeGrant(t.locker, alice, shared, 'bob');
    await expect(send(t.locker, bob, late, 0, Buffer.from('abc'))).rejects.toMatchObject({
      code: 'not_found',
    });
    expect(await t.locker.collections.files.countDocuments()).toBe(1);
    await terminateUpload(t.locker, bob, late.id);
    expect(await usageOf(t.locker, alice)).toEqual({ used: 3, pending: 0, noted: 0, files: 1 });
  });

  it('hides an upload from everyone else, and from a credential without the scope', async () => {
    await using t = await openUploads();
    const [alice, bob] = [await t.person('alice', 'owner'), await t.person('bob', 'admin')];
    const upload = await start(t.locker, alice, 10);
    const hidden = { code: 'not_found' };
    await expect(describeUpload(t.locker, bob, upload.id)).rejects.toMatchObject(hidden);
    await expect(send(t.locker, bob, upload, 0, randomBytes(10))).rejects.toMatchObject(hidden);
    await expect(terminateUpload(t.locker, bob, upload.id)).rejects.toMatchObject(hidden);
    const reader = withScopes(alice, 'files:read');
    const refused = { code: 'insufficient_scope' };
    await expect(start(t.locker, reader, 10)).rejects.toMatchObject(refused);
    await expect(describeUpload(t.locker, reader, upload.id)).rejects.toMatchObject(refused);
    await expect(send(t.locker, reader, upload, 0, randomBytes(10))).rejects.toMatchObject(refused);
    await expect(terminateUpload(t.locker, reader, upload.id)).rejects.toMatchObject(refused);
    expect(await describeUpload(t.locker, alice, upload.id)).toMatchObject({ offsetBytes: 0 });
  });

  it('refuses a length that is declared twice, too short, or where a full segment was closed', async () => {
    await using t = await openUploads();
    const alice = await t.person('alice');
    const upload = await start(t.locker, alice, null);
    await send(t.locker, alice, upload, 0, randomBytes(2 * S), { sizeBytes: 3 * S });
    const wrong = { code: 'bad_request' };
    for (const sizeBytes of [2 * S, 3 * S + 1, S])
      await expect(
        send(t.locker, alice, upload, 2 * S, Buffer.alloc(0), { sizeBytes }),
      ).rejects.toMatchObject(wrong);
    expect(await describeUpload(t.locker, alice, upload.id)).toMatchObject({
      sizeBytes: 3 * S,
      offsetBytes: 2 * S,
    });

    const other = await start(t.locker, alice, null);
    await send(t.locker, alice, other, 0, randomBytes(2 * S));
    await expect(
      send(t.locker, alice, other, 2 * S, Buffer.alloc(0), { sizeBytes: S }),
    ).rejects.toMatchObject(wrong);
    const { file } = await send(t.locker, alice, other, 2 * S, Buffer.alloc(0), { sizeBytes: 2 * S });
    expect((await contentOf(t.locker, alice, file)).length).toBe(2 * S);
  });
});
