import { randomBytes, randomInt } from 'node:crypto';
import * as fc from 'fast-check';
import { Binary, ObjectId } from 'mongodb';
import { describe, expect, it } from 'vitest';
import { isLockerError } from '../../src/errors.ts';
import { describeFile } from '../../src/files/describe-file.ts';
import { check } from '../../src/maintenance/check.ts';
import { sweep } from '../../src/maintenance/sweep.ts';
import { describeUpload } from '../../src/uploads/describe.ts';
import { leaseMs } from '../../src/uploads/lease.ts';
import { terminateUpload } from '../../src/uploads/terminate.ts';
import {
  accountOf,
  breaking,
  codeOf,
  contentOf,
  digest,
  docOf,
  gate,
  leftOvers,
  openUploads,
  pieces,
  S,
  send,
  start,
  usageOf,
} from './support.ts';

describe('resumable uploads', () => {
  it('gives the identical file for any cutting of its content, with connections that break at any byte', async () => {
    await using t = await openUploads();
    const alice = await t.person('alice');
    const part = fc.record({
      bytes: fc.integer({ min: 0, max: 4 * S }),
      pieceBytes: fc.integer({ min: 1, max: 3 * S }),
      breaksAfter: fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: undefined }),
      checksum: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(part, { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 0, max: 14 * S + 3 }),
        fc.boolean(),
        async (parts, sizeBytes, deferred) => {
          const content = randomBytes(sizeBytes);
          let upload = await start(t.locker, alice, deferred ? null : sizeBytes);
          for (const { bytes, pieceBytes, breaksAfter, checksum } of parts) {
            const offset = upload.offsetBytes;
            const whole = content.subarray(offset, offset + bytes);
            const came = whole.subarray(0, Math.floor(whole.length * (breaksAfter ?? 1)));
            const source = breaksAfter === undefined ? pieces(came, pieceBytes) : breaking(came, pieceBytes);
            const failure = await send(t.locker, alice, upload, offset, source, {
              checksum: checksum ? { algorithm: 'sha1', digest: digest('sha1', whole) } : undefined,
            }).then(() => undefined, codeOf);
            expect(failure).toBe(breaksAfter === undefined ? undefined : 'upload_incomplete');
            upload = await describeUpload(t.locker, alice, upload.id);
            // What a checksum was to verify is not kept; neither is an end that came without the end of its part.
            const mayBeLost =
              failure !== undefined && (checksum || (!deferred && offset + came.length === sizeBytes));
            expect(upload.offsetBytes).toBeLessThanOrEqual(offset + came.length);
            expect(upload.offsetBytes).toBeGreaterThanOrEqual(mayBeLost ? offset : offset + came.length);
          }
          const rest = content.subarray(upload.offsetBytes);
          upload = await send(t.locker, alice, upload, upload.offsetBytes, rest, { sizeBytes });
          expect(Buffer.compare(await contentOf(t.locker, alice, upload.file), content)).toBe(0);
          const file = await describeFile(t.locker, alice, upload.file ?? '');
          expect(file).toMatchObject({ sizeBytes, sha256: digest('sha256', content).toString('hex') });
        },
      ),
      { numRuns: 25 },
    );
    expect((await check(t.locker)).findings).toEqual([]);
    expect(await t.locker.collections.uploadTails.countDocuments()).toBe(0);
    expect(await usageOf(t.locker, alice)).toMatchObject({ pending: 0, noted: 0 });
    expect(await sweep(t.locker, 0)).toMatchObject({ settled: 0, orphans: 0 });
  });

  it('lets three senders at once do no harm', async () => {
    await using t = await openUploads();
    const alice = await t.person('alice');
    const content = randomBytes(40 * S + 7);
    const { id } = await start(t.locker, alice, content.length);
    const sender = async () => {
      for (;;) {
        const { offsetBytes, file } = await describeUpload(t.locker, alice, id);
        if (file !== null) return file;
        const rest = content.subarray(offsetBytes, offsetBytes + randomInt(1, 6 * S));
        try {
          await send(t.locker, alice, { id }, offsetBytes, randomInt(3) === 0 ? breaking(rest) : rest);
        } catch (error) {
          const isExpected = (['conflict', 'upload_locked', 'upload_incomplete'] as const).some((code) =>
            isLockerError(error, code),
          );
          if (!isExpected) throw error;
        }
      }
    };
    const files = await Promise.all([sender(), sender(), sender()]);
    expect(new Set(files).size).toBe(1);
    expect(Buffer.compare(await contentOf(t.locker, alice, files[0] ?? null), content)).toBe(0);
    expect(await t.locker.collections.files.countDocuments()).toBe(1);
    expect((await check(t.locker)).findings).toEqual([]);
    expect(await usageOf(t.locker, alice)).toEqual({ used: content.length, pending: 0, noted: 0, files: 1 });
  });

  it('refuses a second sender while the first one is sending, and lets it go on when the first has died', async () => {
    await using t = await openUploads();
    const alice = await t.person('alice');
    const content = randomBytes(3 * S);
    const upload = await start(t.locker, alice, content.length);
    const asleep = gate();
    const isReading = gate();
    async function* stalling() {
      yield content.subarray(0, 2 * S);
      isReading.open();
      await asleep.passed;
      yield content.subarray(2 * S);
    }
    const first = send(t.locker, alice, upload, 0, stalling());
    first.catch(() => {});
    await isReading.passed;
    await expect(send(t.locker, alice, upload, 0, content)).rejects.toMatchObject({ code: 'upload_locked' });

    t.advance(leaseMs);
    const { file } = await send(t.locker, alice, upload, 0, content);
    asleep.open();
    await expect(first).rejects.toMatchObject({ code: 'upload_locked' });
    expect(Buffer.compare(await contentOf(t.locker, alice, file), content)).toBe(0);
    expect((await check(t.locker)).findings).toEqual([]);
    expect(await usageOf(t.locker, alice)).toEqual({ used: content.length, pending: 0, noted: 0, files: 1 });
  });

  it('replaces chunks that a crash left beyond the offset', async () => {
    await using t = await openUploads();
    const alice = await t.person('alice');
    const content = randomBytes(5 * S + 1);
    const upload = await start(t.locker, alice, content.length);
    await send(t.locker, alice, upload, 0, content.subarray(0, 2 * S + 9));
    const { version, segments } = await docOf(t.locker, upload);
    for (const n of [segments, segments + 1, segments + 9]) {
      const data = new Binary(Buffer.concat([Buffer.from([0x80]), randomBytes(72)]));
      await t.locker.collections.chunks.insertOne({ _id: new ObjectId(), files_id: version, n, data });
    }
    await t.locker.content.list(version, { sizeBytes: 3, segmentBytes: S });
    const { file } = await send(t.locker, alice, upload, 2 * S + 9, content.subarray(2 * S + 9));
    expect(Buffer.compare(await contentOf(t.locker, alice, file), content)).toBe(0);
    expect((await check(t.locker)).findings).toEqual([]);
  });

  it('keeps what a long part brought even if its process is killed', async () => {
    await using t = await openUploads();
    const alice = await t.person('alice');
    const content = randomBytes(30 * S);
    const upload = await start(t.locker, alice, content.length);
    const isStuck = gate();
    async function* killed() {
      yield content.subarray(0, 20 * S);
      isStuck.open();
      await new Promise<never>(() => {});
    }
    void send(t.locker, alice, upload, 0, killed()).catch(() => {});
    await isStuck.passed;
    const { offsetBytes } = await describeUpload(t.locker, alice, upload.id);
    expect(offsetBytes).toBeGreaterThanOrEqual(12 * S);
    t.advance(leaseMs);
    const { file } = await send(t.locker, alice, upload, offsetBytes, content.subarray(offsetBytes));
    expect(Buffer.compare(await contentOf(t.locker, alice, file), content)).toBe(0);
  });

  it('keeps no plaintext of an unfinished upload', async () => {
    await using t = await openUploads();
    const alice = await t.person('alice');
    const canary = 'canary-of-the-tail';
    const upload = await start(t.locker, alice, 3 * S, {
      name: `${canary}.txt`,
      folder: `/${canary}`,
      note: canary,
      description: canary,
      tags: [canary],
    });
    await send(t.locker, alice, upload, 0, Buffer.from(canary.repeat(5)));
    for (const collection of await t.database.db.collections()) {
      for (const doc of await collection.find().toArray()) {
        const text = JSON.stringify(doc, (_key, value: unknown) =>
          typeof value === 'object' && value !== null && 'type' in value && value.type === 'Buffer'
            ? Buffer.from((value as unknown as { data: number[] }).data).toString('latin1')
            : typeof value === 'string'
              ? `${value} ${Buffer.from(value, 'base64').toString('latin1')}`
              : value,
        );
        expect(text).not.toContain('canary');
      }
    }
    expect(t.logLines.join('')).not.toContain('canary');
    expect(await t.locker.collections.uploadTails.countDocuments()).toBe(1);
  });

  it.each(['token', 'offset', 'segments', 'foreign'] as const)(
    'refuses to go on with a tail of which the %s was changed in the database',
    async (what) => {
      await using t = await openUploads();
      const alice = await t.person('alice');
      const [one, two] = [await start(t.locker, alice, 300), await start(t.locker, alice, 300)];
      for (const upload of [one, two]) await send(t.locker, alice, upload, 0, randomBytes(S + 10));
      const { uploads, uploadTails } = t.locker.collections;
      const stored = await uploadTails.findOne({ upload: one.id });
      const token = Buffer.from(stored?.token.value() ?? []);
      token[40] = (token[40] ?? 0) ^ 1;
      if (what === 'token')
        await uploadTails.updateOne({ upload: one.id }, { $set: { token: new Binary(token) } });
      if (what === 'offset') await uploads.updateOne({ _id: one.id }, { $set: { offsetBytes: S + 9 } });
      if (what === 'segments') await uploads.updateOne({ _id: one.id }, { $set: { segments: 0 } });
      if (what === 'foreign')
        await uploads.updateOne({ _id: one.id }, { $set: { tail: (await docOf(t.locker, two)).tail } });
      const { offsetBytes } = await docOf(t.locker, one);
      const sent = send(t.locker, alice, one, offsetBytes, randomBytes(300 - offsetBytes));
      await expect(sent).rejects.toMatchObject({ code: 'content_damaged' });
      expect(await t.locker.collections.files.countDocuments()).toBe(0);
    },
  );

  it('refuses to finish an upload of which a stored segment is gone', async () => {
    await using t = await openUploads();
    const alice = await t.person('alice');
    const upload = await start(t.locker, alice, 3 * S);
    await send(t.locker, alice, upload, 0, randomBytes(2 * S + 1));
    await t.locker.collections.chunks.deleteOne({ n: 1 });
    const sent = send(t.locker, alice, upload, 2 * S + 1, randomBytes(S - 1));
    await expect(sent).rejects.toMatchObject({ code: 'content_damaged' });
    expect(await t.locker.collections.files.countDocuments()).toBe(0);
  });

  it('keeps nothing of a part whose checksum does not match', async () => {
    await using t = await openUploads();
    const alice = await t.person('alice');
    const content = randomBytes(20 * S);
    const upload = await start(t.locker, alice, content.length);
    await send(t.locker, alice, upload, 0, content.subarray(0, S + 3));
    const before = await leftOvers(t.locker);
    const sent = send(t.locker, alice, upload, S + 3, content.subarray(S + 3), {
      checksum: { algorithm: 'sha256', digest: digest('sha256', Buffer.from('other')) },
    });
    await expect(sent).rejects.toMatchObject({ code: 'upload_checksum_mismatch' });
    expect(await leftOvers(t.locker)).toEqual(before);
    expect(await describeUpload(t.locker, alice, upload.id)).toMatchObject({
      offsetBytes: S + 3,
      file: null,
    });
    const { file } = await send(t.locker, alice, upload, S + 3, content.subarray(S + 3));
    expect(Buffer.compare(await contentOf(t.locker, alice, file), content)).toBe(0);
  });

  it('hashes anew what is stored if the saved state of the hash cannot be loaded', async () => {
    await using t = await openUploads();
    const alice = await t.person('alice');
    const content = randomBytes(3 * S + 5);
    const upload = await start(t.locker, alice, content.length);
    await send(t.locker, alice, upload, 0, content.subarray(0, 2 * S + 9));
    const { openContentKey } = await import('../../src/uploads/progress.ts');
    const { sealTail } = await import('../../src/uploads/tail.ts');
    const doc = await docOf(t.locker, upload);
    const tail = content.subarray(doc.segments * S, 2 * S + 9);
    const token = sealTail(openContentKey(t.locker, doc), 2 * S + 9, randomBytes(116), [tail]);
    await t.locker.collections.uploadTails.updateOne({}, { $set: { token: new Binary(token) } });
    const { file } = await send(t.locker, alice, upload, 2 * S + 9, content.subarray(2 * S + 9));
    expect((await describeFile(t.locker, alice, file ?? '')).sha256).toBe(
      digest('sha256', content).toString('hex'),
    );
  });

  it('recognises, after a crash, that the file was committed, and never makes a second one', async () => {
    await using t = await openUploads();
    const alice = await t.person('alice');
    const content = randomBytes(2 * S + 5);
    const upload = await start(t.locker, alice, content.length);
    await send(t.locker, alice, upload, 0, content.subarray(0, S));
    const before = await docOf(t.locker, upload);
    const account = await accountOf(t.locker, alice);
    const { file } = await send(t.locker, alice, upload, S, content.subarray(S));
    // As if the process had died right after the commit.
    await t.locker.collections.uploads.replaceOne({ _id: upload.id }, before);
    await t.locker.collections.accounts.replaceOne({ _id: alice.account }, account);

    await expect(send(t.locker, alice, upload, S, content.subarray(S))).rejects.toMatchObject({
      code: 'conflict',
    });
    const view = await describeUpload(t.locker, alice, upload.id);
    expect(view).toMatchObject({ offsetBytes: content.length, file });
    expect(await send(t.locker, alice, upload, content.length, Buffer.alloc(0))).toEqual(view);
    expect(await t.locker.collections.files.countDocuments()).toBe(1);
    expect(Buffer.compare(await contentOf(t.locker, alice, file), content)).toBe(0);
    expect(await usageOf(t.locker, alice)).toEqual({ used: content.length, pending: 0, noted: 0, files: 1 });
  });

  it('takes another id for the file if a foreign one has it', async () => {
    await using t = await openUploads();
    const alice = await t.person('alice');
    const [one, two] = [await start(t.locker, alice, 3), await start(t.locker, alice, 3)];
    const first = await send(t.locker, alice, one, 0, Buffer.from('one'));
    await t.locker.collections.uploads.updateOne({ _id: two.id }, { $set: { fileId: first.file ?? '' } });
    const second = await send(t.locker, alice, two, 0, Buffer.from('two'));
    expect(second.file).not.toBe(first.file);
    expect((await contentOf(t.locker, alice, first.file)).toString()).toBe('one');
    expect((await contentOf(t.locker, alice, second.file)).toString()).toBe('two');
  });

  it('keeps the file of a finished upload that is terminated', async () => {
    await using t = await openUploads();
    const alice = await t.person('alice');
    const upload = await start(t.locker, alice, 3);
    const { file } = await send(t.locker, alice, upload, 0, Buffer.from('abc'));
    await terminateUpload(t.locker, alice, upload.id);
    expect((await contentOf(t.locker, alice, file)).toString()).toBe('abc');
    await expect(describeUpload(t.locker, alice, upload.id)).rejects.toMatchObject({ code: 'not_found' });
  });
});
