import { setTimeout as delay } from 'node:timers/promises';
import * as fc from 'fast-check';
import { Binary, ObjectId } from 'mongodb';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { sealBulk } from '../../src/crypto/bulk.ts';
import { randomKey } from '../../src/crypto/keyring.ts';
import { defaultSegmentBytes, type Layout, segmentCount, segmentKey } from '../../src/crypto/segments.ts';
import { prepareCollections } from '../../src/database/prepare-collections.ts';
import { LockerError } from '../../src/errors.ts';
import type { Locker } from '../../src/locker.ts';
import { type ContentKey, ContentStore } from '../../src/storage/content-store.ts';
import { collect, drain, flipBit, inPieces, sha256, someBytes } from '../support/bytes.ts';
import { stored } from '../support/files.ts';
import { openTestLocker, type TestLocker } from '../support/locker.ts';

const S = 64;

interface Written {
  readonly key: ContentKey;
  readonly layout: Layout;
  readonly bytes: Buffer;
}

async function write(locker: Locker, bytes: Buffer, segmentBytes = S, pieceBytes = 50): Promise<Written> {
  const key = { id: new ObjectId(), fileKey: randomKey() };
  const layout = await locker.content.write(key, inPieces(bytes, pieceBytes), undefined, segmentBytes);
  return { key, layout, bytes };
}

const read = ({ content }: Locker, { key, layout, bytes }: Written, start = 0, end = bytes.length) =>
  content.read(key, layout, { start, end });

/** Changes the stored bytes of one chunk behind the back of validator and code. */
async function tamper(locker: Locker, { key }: Written, n: number, change: (token: Buffer) => Buffer) {
  const { chunks } = locker.collections;
  const chunk = await chunks.findOne({ files_id: key.id, n });
  const token = Buffer.from(chunk?.data.value() ?? Buffer.alloc(0));
  await chunks.updateOne(
    { files_id: key.id, n },
    { $set: { data: new Binary(change(token)) } },
    { bypassDocumentValidation: true },
  );
}

/** How a read ended: what was released, and which damage was named. */
async function outcome(locker: Locker, written: Written) {
  const { released, error } = await drain(read(locker, written));
  const { code, details } = error instanceof LockerError ? error : { code: String(error), details: {} };
  return {
    released: released.toString('base64'),
    code,
    versionId: details.versionId,
    segment: details.segment,
  };
}

/** The outcome of damage in this segment: exactly what stands before it was released. */
const damageIn = ({ key, layout, bytes }: Written, segment: number) => ({
  released: bytes.subarray(0, segment * layout.segmentBytes).toString('base64'),
  code: 'content_damaged',
  versionId: key.id.toHexString(),
  segment,
});

const token = () => sealBulk(randomKey(), [someBytes(20)]);
const insertChunk = (locker: Locker, data: unknown) =>
  locker.collections.chunks.insertOne({
    _id: new ObjectId(),
    files_id: new ObjectId(),
    n: 0,
    ...(data === undefined ? {} : { data }),
  } as never);

describe('content store', () => {
  it.each([S, 1, 16, 17])(
    'gives back every size around the edges of a segment of %i bytes',
    async (segmentBytes) => {
      await using t = await openTestLocker();
      const [s, edges] = [segmentBytes, [0, 1]];
      edges.push(s - 1, s, s + 1, 2 * s - 1, 2 * s, 2 * s + 1, 3 * s + 17);
      for (const size of edges) {
        const written = await write(t.locker, someBytes(size), segmentBytes);
        expect(written.layout).toEqual({ sizeBytes: size, segmentBytes, sha256: sha256(written.bytes) });
        expect(Buffer.compare(await collect(read(t.locker, written)), written.bytes)).toBe(0);
      }
    },
  );

  it('gives back the sizes around the edges of a default segment', async () => {
    await using t = await openTestLocker();
    const D = defaultSegmentBytes;
    for (const size of [D - 1, D, D + 1, 2 * D, 3 * D + 17]) {
      const bytes = someBytes(size);
      const key = { id: new ObjectId(), fileKey: randomKey() };
      const layout = await t.locker.content.write(key, inPieces(bytes, 65_521));
      expect(layout).toEqual({ sizeBytes: size, segmentBytes: D, sha256: sha256(bytes) });
      expect(Buffer.compare(await collect(read(t.locker, { key, layout, bytes })), bytes)).toBe(0);
    }
  });

  it('gives back what came in pieces of any size, empty ones among them', async () => {
    await using t = await openTestLocker();
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 150 }), { maxLength: 6 }), async (pieces) => {
        const key = { id: new ObjectId(), fileKey: randomKey() };
        const source = (async function* () {
          yield* pieces;
        })();
        const layout = await t.locker.content.write(key, source, undefined, S);
        const bytes = Buffer.concat(pieces);
        const back = await collect(read(t.locker, { key, layout, bytes }));
        expect(Buffer.compare(back, bytes)).toBe(0);
      }),
      { numRuns: 30 },
    );
  });

  it('reads any range as a slice does', async () => {
    await using t = await openTestLocker();
    const contents = await Promise.all(
      [0, 1, S, 3 * S, 3 * S + 17].map((size) => write(t.locker, someBytes(size))),
    );
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...contents), fc.nat(), fc.nat(), async (written, a, b) => {
        const [x, y] = [a % (written.bytes.length + 1), b % (written.bytes.length + 1)];
        const [start, end] = [Math.min(x, y), Math.max(x, y)];
        fc.pre(end > start);
        const back = await collect(read(t.locker, written, start, end));
        expect(Buffer.compare(back, written.bytes.subarray(start, end))).toBe(0);
      }),
      { numRuns: 100 },
    );
  });

  it('reads an empty range anywhere, the end of the content included, as nothing', async () => {
    await using t = await openTestLocker();
    for (const size of [0, 1, S, 2 * S, 2 * S + 1]) {
      const written = await write(t.locker, someBytes(size));
      for (const at of [0, Math.floor(size / 2), size])
        expect(await drain(read(t.locker, written, at, at))).toEqual({
          released: Buffer.alloc(0),
          error: undefined,
        });
    }
  });

  it('touches only the chunks of a range: all others may be gone', async () => {
    await using t = await openTestLocker();
    for (const [start, end, first, last] of [
      [0, S, 0, 0],
      [0, 1, 0, 0],
      [S - 1, S + 1, 0, 1],
      [S, 2 * S, 1, 1],
      [S + 5, 3 * S - 5, 1, 2],
      [3 * S, 3 * S + 17, 3, 3],
    ] as const) {
      const written = await write(t.locker, someBytes(3 * S + 17));
      await t.locker.collections.chunks.deleteMany({
        files_id: written.key.id,
        $nor: [{ n: { $gte: first, $lte: last } }],
      });
      const back = await collect(read(t.locker, written, start, end));
      expect(Buffer.compare(back, written.bytes.subarray(start, end))).toBe(0);
    }
  });

  it('stores one chunk a segment and one GridFS file that says so', async () => {
    await using t = await openTestLocker();
    const { key } = await write(t.locker, someBytes(2 * S + 1));
    const chunks = await t.locker.collections.chunks.find({ files_id: key.id }).sort({ n: 1 }).toArray();
    const lengths = chunks.map(({ data }) => data.length());
    expect(chunks.map(({ n }) => n)).toEqual([0, 1, 2]);
    expect(lengths).toEqual([137, 137, 73]);
    expect(await t.locker.collections.contentFiles.findOne({ _id: key.id })).toMatchObject({
      length: 137 + 137 + 73,
      chunkSize: 137,
      filename: key.id.toHexString(),
    });
  });

  it('hands out no plaintext that a later read of the same content overwrites', async () => {
    await using t = await openTestLocker();
    const written = await write(t.locker, someBytes(4 * S));
    const pieces: Buffer[] = [];
    for await (const piece of read(t.locker, written)) pieces.push(piece);
    await collect(read(t.locker, written));
    expect(Buffer.compare(Buffer.concat(pieces), written.bytes)).toBe(0);
  });

  it('keeps parallel writes apart, though each reuses its buffers', async () => {
    await using t = await openTestLocker();
    const all = await Promise.all(
      Array.from({ length: 8 }, (_, i) => write(t.locker, someBytes(10 * S + i))),
    );
    for (const written of all)
      expect(Buffer.compare(await collect(read(t.locker, written)), written.bytes)).toBe(0);
  });
});

describe('attacks on stored content', () => {
  const size = 3 * S + 17;
  const places: readonly [string, (length: number) => number][] = [
    ['the version byte', () => 0],
    ['the time', () => 5],
    ['the IV', () => 9],
    ['the first block', () => 25],
    ['the last block', (length) => length - 33],
    ['the MAC', (length) => length - 1],
  ];

  it.each(places)('refuses one flipped bit in %s of any chunk', async (_, place) => {
    await using t = await openTestLocker();
    for (let n = 0; n < 4; n++) {
      const written = await write(t.locker, someBytes(size));
      await tamper(t.locker, written, n, (token) => flipBit(token, place(token.length) * 8 + 3));
      expect(await outcome(t.locker, written)).toEqual(damageIn(written, n));
    }
  });

  it('refuses two segments that changed places', async () => {
    await using t = await openTestLocker();
    for (const [a, b] of [
      [0, 1],
      [1, 2],
      [0, 2],
    ] as const) {
      const written = await write(t.locker, someBytes(size));
      const { chunks } = t.locker.collections;
      const [first, second] = await Promise.all(
        [a, b].map((n) => chunks.findOne({ files_id: written.key.id, n })),
      );
      await tamper(t.locker, written, a, () => Buffer.from(second?.data.value() ?? []));
      await tamper(t.locker, written, b, () => Buffer.from(first?.data.value() ?? []));
      expect(await outcome(t.locker, written)).toEqual(damageIn(written, a));
    }
  });

  it('refuses a missing segment, also the last one', async () => {
    await using t = await openTestLocker();
    for (let n = 0; n < 4; n++) {
      const written = await write(t.locker, someBytes(size));
      await t.locker.collections.chunks.deleteOne({ files_id: written.key.id, n });
      expect(await outcome(t.locker, written)).toEqual(damageIn(written, n));
    }
  });

  it('refuses a segment that stands a second time in the place of another', async () => {
    await using t = await openTestLocker();
    const written = await write(t.locker, someBytes(size));
    const { chunks } = t.locker.collections;
    await chunks.deleteOne({ files_id: written.key.id, n: 2 });
    const copy = await chunks.findOne({ files_id: written.key.id, n: 1 });
    await chunks.insertOne({
      _id: new ObjectId(),
      files_id: written.key.id,
      n: 2,
      data: new Binary(copy?.data.value()),
    });
    expect(await outcome(t.locker, written)).toEqual(damageIn(written, 2));
  });

  it('cannot hold the same segment twice under one number', async () => {
    await using t = await openTestLocker();
    const written = await write(t.locker, someBytes(size));
    const copy = await t.locker.collections.chunks.findOne({ files_id: written.key.id, n: 1 });
    expect(copy).not.toBeNull();
    await expect(
      t.locker.collections.chunks.insertOne({ ...copy, _id: new ObjectId() } as never),
    ).rejects.toMatchObject({ code: 11000 });
  });

  it('refuses a segment that is there twice, though both are genuine', async () => {
    await using t = await openTestLocker();
    const { chunks } = t.locker.collections;
    await chunks.dropIndex('files_id_1_n_1');
    for (let n = 0; n < 4; n++) {
      const written = await write(t.locker, someBytes(size));
      const copy = await chunks.findOne({ files_id: written.key.id, n });
      await chunks.insertOne({ ...copy, _id: new ObjectId() } as never);
      expect(await outcome(t.locker, written)).toEqual(damageIn(written, n));
    }
    // The database is used again.
    await chunks.deleteMany();
    await prepareCollections(t.database.db);
  });

  it('refuses a segment moved from another version, at the same place and of the same length', async () => {
    await using t = await openTestLocker();
    for (let n = 0; n < 4; n++) {
      const written = await write(t.locker, someBytes(size));
      const foreign = await write(t.locker, someBytes(size));
      const chunk = await t.locker.collections.chunks.findOne({ files_id: foreign.key.id, n });
      await tamper(t.locker, written, n, () => Buffer.from(chunk?.data.value() ?? []));
      expect(await outcome(t.locker, written)).toEqual(damageIn(written, n));
    }
  });

  it('refuses a whole version moved under the id of another one with the same file key', async () => {
    await using t = await openTestLocker();
    const written = await write(t.locker, someBytes(size));
    const id = new ObjectId();
    await t.locker.collections.chunks.updateMany({ files_id: written.key.id }, { $set: { files_id: id } });
    const moved = { ...written, key: { ...written.key, id } };
    expect(await outcome(t.locker, moved)).toEqual(damageIn(moved, 0));
  });

  it('refuses another file key', async () => {
    await using t = await openTestLocker();
    const written = await write(t.locker, someBytes(size));
    const wrong = { ...written, key: { ...written.key, fileKey: randomKey() } };
    expect(await outcome(t.locker, wrong)).toEqual(damageIn(wrong, 0));
  });

  it('refuses a last segment that was truncated by a block', async () => {
    await using t = await openTestLocker();
    const written = await write(t.locker, someBytes(size));
    await tamper(t.locker, written, 3, (token) => Buffer.concat([token.subarray(0, 25), token.subarray(41)]));
    expect(await outcome(t.locker, written)).toEqual(damageIn(written, 3));
  });

  it('refuses the segment that a cut left last, when the layout is cut as well', async () => {
    await using t = await openTestLocker();
    const written = await write(t.locker, someBytes(size));
    await t.locker.collections.chunks.deleteOne({ files_id: written.key.id, n: 3 });
    const cut = {
      ...written,
      layout: { ...written.layout, sizeBytes: 3 * S },
      bytes: written.bytes.subarray(0, 3 * S),
    };
    expect(await outcome(t.locker, cut)).toEqual(damageIn(cut, 2));
  });

  it('refuses the last segment of a content to which another one was appended', async () => {
    await using t = await openTestLocker();
    const written = await write(t.locker, someBytes(3 * S));
    const token = sealBulk(randomKey(), [someBytes(S)]);
    await t.locker.collections.chunks.insertOne({
      _id: new ObjectId(),
      files_id: written.key.id,
      n: 3,
      data: new Binary(token),
    });
    expect(await outcome(t.locker, written)).toEqual(damageIn(written, 2));
    expect(await t.locker.content.measure(written.key.id)).toEqual({ chunks: 4, listed: true });
    // Not even with a layout that names it: what was last is not any more.
    const layout = { ...written.layout, sizeBytes: 4 * S };
    const longer = { ...written, layout, bytes: Buffer.concat([written.bytes, someBytes(S)]) };
    expect(await outcome(t.locker, longer)).toEqual(damageIn(longer, 2));
  });

  it('refuses a genuine segment of another length than the layout demands, and releases none of it', async () => {
    await using t = await openTestLocker();
    for (const length of [0, S - 1, S + 16, 2 * S]) {
      const written = await write(t.locker, someBytes(2 * S));
      const key = segmentKey(written.key.fileKey, written.key.id.id, 0, false);
      await tamper(t.locker, written, 0, () => sealBulk(key, [someBytes(length)]));
      const { released, error } = await drain(read(t.locker, written));
      expect(error).toMatchObject({ code: 'content_damaged', details: { segment: 0 } });
      expect(released).toHaveLength(0);
    }
  });

  it('refuses a genuine segment that is longer by less than a block', async () => {
    await using t = await openTestLocker();
    const written = await write(t.locker, someBytes(2 * S));
    const key = segmentKey(written.key.fileKey, written.key.id.id, 0, false);
    await tamper(t.locker, written, 0, () => sealBulk(key, [someBytes(S + 1)]));
    const { error } = await drain(read(t.locker, written));
    expect(error).toMatchObject({ code: 'content_damaged', details: { segment: 0 } });
  });

  it('refuses damage within a range only, and releases nothing of the damaged segment', async () => {
    await using t = await openTestLocker();
    const written = await write(t.locker, someBytes(size));
    await tamper(t.locker, written, 1, (token) => flipBit(token, 400));
    expect(await collect(read(t.locker, written, 0, S))).toHaveLength(S);
    expect(await collect(read(t.locker, written, 2 * S, size))).toHaveLength(S + 17);
    const { released, error } = await drain(read(t.locker, written, S - 2, S + 2));
    expect(error).toMatchObject({ code: 'content_damaged', details: { segment: 1 } });
    expect(Buffer.compare(released, written.bytes.subarray(S - 2, S))).toBe(0);
  });

  it('refuses damage in an empty content', async () => {
    await using t = await openTestLocker();
    const written = await write(t.locker, Buffer.alloc(0));
    await tamper(t.locker, written, 0, (token) => flipBit(token, 300));
    expect(await outcome(t.locker, written)).toEqual(damageIn(written, 0));
  });

  it('refuses damage behind the first pieces of a large segment before any of them is released', async () => {
    await using t = await openTestLocker();
    const written = await write(t.locker, someBytes(700_000), 512 * 1024, 65_536);
    await tamper(t.locker, written, 0, (token) => flipBit(token, 500_000 * 8));
    expect(await outcome(t.locker, written)).toEqual(damageIn(written, 0));
    expect(segmentCount(written.layout)).toBe(2);
  });
});

describe('validator of the chunks', () => {
  it('accepts tokens of all lengths', async () => {
    await using t = await openTestLocker();
    for (const size of [0, 15, 16, 1000])
      await insertChunk(t.locker, new Binary(sealBulk(randomKey(), [someBytes(size)])));
    expect(await stored(t.locker)).toMatchObject({ chunks: 4 });
  });

  const refused: readonly [string, () => unknown][] = [
    ['plaintext', () => new Binary(Buffer.from('plain text, of the length of a Fernet token'.padEnd(73)))],
    ['a first byte of 0x00', () => new Binary(Buffer.concat([Buffer.of(0x00), token().subarray(1)]))],
    ['a first byte of 0x81', () => new Binary(Buffer.concat([Buffer.of(0x81), token().subarray(1)]))],
    ['a first byte of 0xc0', () => new Binary(Buffer.concat([Buffer.of(0xc0), token().subarray(1)]))],
    ['a byte too many', () => new Binary(Buffer.concat([token(), Buffer.of(0)]))],
    ['a byte too few', () => new Binary(token().subarray(0, -1))],
    ['a token without ciphertext', () => new Binary(token().subarray(0, 57))],
    ['a token cut to its header', () => new Binary(token().subarray(0, 25))],
    ['nine bytes', () => new Binary(token().subarray(0, 9))],
    ['no bytes', () => new Binary(Buffer.alloc(0))],
    ['base64 text', () => token().toString('base64url')],
    ['a number with the right bits', () => 0x80],
    ['null', () => null],
    ['no data', () => undefined],
  ];
  describe('on insert', () => {
    // The database refuses each of them, so that one serves all.
    let t: TestLocker;
    beforeAll(async () => {
      t = await openTestLocker();
      return () => t[Symbol.asyncDispose]();
    });

    it.each(refused)('refuses %s', async (_, data) => {
      await expect(insertChunk(t.locker, data())).rejects.toMatchObject({ code: 121 });
    });
  });

  it('refuses an update that spoils a token', async () => {
    await using t = await openTestLocker();
    const { key } = await write(t.locker, someBytes(10));
    await expect(
      t.locker.collections.chunks.updateOne(
        { files_id: key.id },
        { $set: { data: new Binary(Buffer.from('x')) } },
      ),
    ).rejects.toMatchObject({ code: 121 });
  });
});

/** A store that notes how many segments each of its questions was for, and a content of ten of them. */
async function openWatched(t: TestLocker) {
  const { chunks, contentFiles } = t.locker.collections;
  const asked: number[] = [];
  const watched = Object.assign(Object.create(chunks) as typeof chunks, {
    find: (...[filter, options]: Parameters<typeof chunks.find>) => {
      asked.push((options?.limit ?? 0) - 1);
      return chunks.find(filter ?? {}, options);
    },
  });
  const store = new ContentStore({ chunks: watched, contentFiles }, S);
  const key = { id: new ObjectId(), fileKey: randomKey() };
  const bytes = someBytes(10 * S);
  const layout = await store.write(key, inPieces(bytes, S));
  return { asked, bytes, begin: () => store.read(key, layout, { start: 0, end: bytes.length }) };
}

describe('fetching ahead', () => {
  it('asks for several segments at once, but for the first two', async () => {
    await using t = await openTestLocker();
    const { asked, bytes, begin } = await openWatched(t);
    expect((await collect(begin())).equals(bytes)).toBe(true);
    expect(asked).toEqual([1, 1, 3, 3, 2]);
  });

  it('asks for one at a time while there are many readers, and for several again when they are gone', async () => {
    await using t = await openTestLocker();
    const { asked, bytes, begin } = await openWatched(t);
    const others = Array.from({ length: 5 }, begin);
    for (const other of others) for (let i = 0; i < 2; i++) await other.next();
    asked.length = 0;
    expect((await collect(begin())).equals(bytes)).toBe(true);
    expect(asked).toEqual(Array(10).fill(1));
    for (const other of others) await other.return();
    asked.length = 0;
    await collect(begin());
    expect(asked).toEqual([1, 1, 3, 3, 2]);
  });

  it('does not count readers that were given up before they began, and never said so', async () => {
    await using t = await openTestLocker();
    const { asked, begin } = await openWatched(t);
    for (let i = 0; i < 10; i++) await begin().next();
    asked.length = 0;
    await collect(begin());
    expect(asked).toEqual([1, 1, 3, 3, 2]);
  });
});

describe('a write that fails', () => {
  it('passes the error of the source on and, after remove, leaves no chunk', async () => {
    await using t = await openTestLocker();
    const key = { id: new ObjectId(), fileKey: randomKey() };
    const source = async function* () {
      for (let i = 0; i < 20; i++) yield someBytes(S);
      throw new Error('the line broke');
    };
    await expect(t.locker.content.write(key, source(), undefined, S)).rejects.toThrow('the line broke');
    const before = await stored(t.locker);
    expect(before.chunks).toBeGreaterThan(0);
    expect(before.contentFiles).toBe(0);
    await t.locker.content.remove(key.id);
    expect(await stored(t.locker)).toMatchObject({ chunks: 0, contentFiles: 0 });
  });

  it('rejects only when no insert is under way any more, so that none arrives after the clean-up', async () => {
    await using t = await openTestLocker();
    const { chunks, contentFiles } = t.locker.collections;
    let underWay = 0;
    const watched = Object.assign(Object.create(chunks) as typeof chunks, {
      insertOne: async (...parameters: Parameters<typeof chunks.insertOne>) => {
        underWay++;
        try {
          await delay(50);
          return await chunks.insertOne(...parameters);
        } finally {
          underWay--;
        }
      },
    });
    const store = new ContentStore({ chunks: watched, contentFiles });
    // So large that each goes by itself.
    const large = 300 * 1024;
    const source = async function* () {
      for (let i = 0; i < 7; i++) yield someBytes(large);
      await vi.waitUntil(() => underWay > 0, { interval: 1 });
      throw new Error('the line broke');
    };
    const key = { id: new ObjectId(), fileKey: randomKey() };
    await expect(store.write(key, source(), undefined, large)).rejects.toThrow('the line broke');
    expect(underWay).toBe(0);
  });

  it('stops reading the source soon after an insert failed, and closes it', async () => {
    await using t = await openTestLocker();
    const key = { id: new ObjectId(), fileKey: randomKey() };
    await t.locker.collections.chunks.insertOne({
      _id: new ObjectId(),
      files_id: key.id,
      n: 2,
      data: new Binary(sealBulk(randomKey(), [])),
    });
    let pieces = 0;
    let closed = false;
    const source = async function* () {
      try {
        for (; pieces < 1000; pieces++) yield someBytes(S);
      } finally {
        closed = true;
      }
    };
    await expect(t.locker.content.write(key, source(), undefined, S)).rejects.toMatchObject({ code: 11000 });
    expect(pieces).toBeLessThan(10);
    expect(closed).toBe(true);
    expect(await stored(t.locker)).toMatchObject({ contentFiles: 0 });
  });

  it('stores nothing of a segment that is not allowed, and closes the source', async () => {
    await using t = await openTestLocker();
    const key = { id: new ObjectId(), fileKey: randomKey() };
    const seen: number[] = [];
    const allow = (sizeBytes: number) => {
      seen.push(sizeBytes);
      if (sizeBytes > 2 * S) throw new Error('too much');
    };
    await expect(t.locker.content.write(key, inPieces(someBytes(5 * S)), allow, S)).rejects.toThrow(
      'too much',
    );
    expect(seen).toEqual([S, 2 * S, 3 * S]);
    expect(await stored(t.locker)).toMatchObject({ chunks: 2, contentFiles: 0 });
  });

  it('lists half-written and half-removed contents by their ids, each once', async () => {
    await using t = await openTestLocker();
    const [whole, chunksOnly, fileOnly] = await Promise.all(
      [3, 3, 3].map((segments) => write(t.locker, someBytes(segments * S))),
    );
    if (whole === undefined || chunksOnly === undefined || fileOnly === undefined) throw new RangeError();
    await t.locker.collections.contentFiles.deleteOne({ _id: chunksOnly.key.id });
    await t.locker.collections.chunks.deleteMany({ files_id: fileOnly.key.id });
    const ids: string[] = [];
    for await (const id of t.locker.content.ids()) ids.push(id.toHexString());
    expect(ids.toSorted()).toEqual(
      [whole, chunksOnly, fileOnly].map(({ key }) => key.id.toHexString()).toSorted(),
    );
    for (const { key } of [whole, chunksOnly, fileOnly]) await t.locker.content.remove(key.id);
    await t.locker.content.remove(whole.key.id);
    expect(await stored(t.locker)).toMatchObject({ chunks: 0, contentFiles: 0 });
  });
});

describe('a store of its own', () => {
  it('opens what another instance on the same database wrote', async () => {
    await using t = await openTestLocker();
    const written = await write(t.locker, someBytes(2 * S + 5));
    const other = new ContentStore(t.locker.collections);
    const back = await collect(
      other.read(written.key, written.layout, { start: 0, end: written.bytes.length }),
    );
    expect(Buffer.compare(back, written.bytes)).toBe(0);
  });
});
