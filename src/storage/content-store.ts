import { createHash } from 'node:crypto';
import { Binary, ObjectId } from 'mongodb';
import { openBulk, sealBulk } from '../crypto/bulk.ts';
import { OpenError, tokenLength } from '../crypto/fernet.ts';
import {
  defaultSegmentBytes,
  type Layout,
  sealedLength,
  segmentCount,
  segmentKey,
  segmentLength,
} from '../crypto/segments.ts';
import type { Collections } from '../database/collections.ts';
import { LockerError } from '../errors.ts';
import { cutSegments } from './cut-segments.ts';
import { InFlight } from './in-flight.ts';

/** Names a version's content and holds what opens it. */
export interface ContentKey {
  readonly id: ObjectId;
  /** 32 bytes. */
  readonly fileKey: Uint8Array;
}

/** What is known of a content once it is written. */
export interface WrittenContent extends Layout {
  /** Of the plaintext, hexadecimal. */
  readonly sha256: string;
}

/** Plaintext bytes `start` to `end`, the end not included. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** Sealed segments on their way to the database at once: enough to hide its latency, few enough for flat memory. */
const insertsInFlight = 2;
/** Segments fetched ahead of the one that is being sent. */
const readAhead = 1;

/**
 * Keeps content: the only code that touches the bytes in GridFS, always through the sealer. It knows nothing of
 * files, accounts or permissions.
 */
export class ContentStore {
  readonly #collections: Pick<Collections, 'chunks' | 'contentFiles'>;

  constructor(collections: Pick<Collections, 'chunks' | 'contentFiles'>) {
    this.#collections = collections;
  }

  /**
   * Seals a plaintext stream and stores it: chunks first, the GridFS file last. On failure call `remove`.
   *
   * @param key id and file key, both never used before.
   * @param source plaintext pieces of any size; read no faster than the database takes them.
   * @param beforeSegment called with the plaintext length so far before a segment is stored; may throw to stop.
   */
  async write(
    { id, fileKey }: ContentKey,
    source: AsyncIterable<Uint8Array>,
    beforeSegment: (sizeBytes: number) => Promise<void> | void = () => {},
    segmentBytes: number = defaultSegmentBytes,
  ): Promise<WrittenContent> {
    const hash = createHash('sha256');
    const inserts = new InFlight(insertsInFlight);
    const spare: Buffer[] = [];
    let sizeBytes = 0;
    try {
      for await (const { index, last, pieces } of cutSegments(source, segmentBytes)) {
        for (const piece of pieces) {
          hash.update(piece);
          sizeBytes += piece.length;
        }
        await beforeSegment(sizeBytes);
        const key = segmentKey(fileKey, id.id, index, last);
        await inserts.add(async () => {
          const into =
            spare.pop() ?? Buffer.allocUnsafeSlow(tokenLength(last ? total(pieces) : segmentBytes));
          await this.#insert(id, index, sealBulk(key, pieces, { into }));
          spare.push(into);
        });
      }
    } finally {
      // Also after a failure: a late insert would otherwise arrive after the clean-up.
      await inserts.settle();
    }
    inserts.throwIfFailed();
    const layout = { sizeBytes, segmentBytes };
    await this.#collections.contentFiles.insertOne({
      _id: id,
      length: sealedLength(layout),
      chunkSize: tokenLength(segmentBytes),
      uploadDate: new Date(),
      filename: id.toHexString(),
    });
    return { ...layout, sha256: hash.digest('hex') };
  }

  async #insert(files_id: ObjectId, n: number, token: Buffer): Promise<void> {
    await this.#collections.chunks.insertOne({ _id: new ObjectId(), files_id, n, data: new Binary(token) });
  }

  /**
   * Reads a range of plaintext, touching only the segments it needs. Nothing of a segment is given out before its MAC verified.
   *
   * @param layout from the sealed metadata, not from the clear fields.
   * @returns plaintext pieces; the caller owns them.
   * @throws LockerError `content_damaged` naming version and segment.
   */
  async *read(
    { id, fileKey }: ContentKey,
    layout: Layout,
    range: ByteRange,
  ): AsyncGenerator<Buffer, void, undefined> {
    // An empty range opens a segment too: for an empty content, that proves that it is empty.
    const lastIndex = segmentCount(layout) - 1;
    const first = Math.min(lastIndex, Math.floor(range.start / layout.segmentBytes));
    const final = Math.max(first, Math.floor((range.end - 1) / layout.segmentBytes));
    const ahead: Promise<Buffer>[] = [];
    for (let index = first; index <= final; index++) {
      while (ahead.length <= readAhead && index + ahead.length <= final) {
        const fetch = this.#fetch(id, index + ahead.length);
        // If the reader goes away first, a failed fetch is nobody's business any more.
        fetch.catch(() => {});
        ahead.push(fetch);
      }
      const token = await ahead.shift();
      if (token === undefined) throw new RangeError('read past the plan');
      let offset = index * layout.segmentBytes;
      for (const piece of openSegment(id, fileKey, layout, index, token)) {
        const wanted = piece.subarray(Math.max(0, range.start - offset), Math.max(0, range.end - offset));
        if (wanted.length > 0) yield wanted;
        offset += piece.length;
      }
    }
  }

  /** Reads one raw token, as it is stored. */
  async #fetch(id: ObjectId, n: number): Promise<Buffer> {
    // One lookup a chunk: a cursor would be left open on the server whenever a reader goes away.
    const chunk = await this.#collections.chunks.findOne(
      { files_id: id, n },
      { projection: { _id: 0, data: 1 }, promoteBuffers: true },
    );
    const data: unknown = chunk?.data;
    if (!Buffer.isBuffer(data)) throw damaged(id, n);
    return data;
  }

  /** Number of stored chunks and their bytes, to notice what a reader would not look at. */
  async measure(id: ObjectId): Promise<{ chunks: number; listed: boolean }> {
    const [chunks, listed] = await Promise.all([
      this.#collections.chunks.countDocuments({ files_id: id }),
      this.#collections.contentFiles.countDocuments({ _id: id }, { limit: 1 }),
    ]);
    return { chunks, listed: listed > 0 };
  }

  /** Ids of everything that is stored, whole or half, each once. */
  async *ids(): AsyncGenerator<ObjectId, void, undefined> {
    const { chunks, contentFiles } = this.#collections;
    for await (const { _id } of chunks.aggregate<{ _id: ObjectId }>([
      { $sort: { files_id: 1 } },
      { $group: { _id: '$files_id' } },
    ]))
      yield _id;
    // A GridFS file without chunks: what a crash leaves in the middle of `remove`, or of damage.
    for await (const { _id } of contentFiles.find({}, { projection: { _id: 1 } })) {
      if ((await chunks.countDocuments({ files_id: _id }, { limit: 1 })) === 0) yield _id;
    }
  }

  /** Removes a content, whole or half: the GridFS file first, then its chunks. Safe to repeat. */
  async remove(id: ObjectId): Promise<void> {
    await this.#collections.contentFiles.deleteOne({ _id: id });
    await this.#collections.chunks.deleteMany({ files_id: id });
  }
}

function* openSegment(
  id: ObjectId,
  fileKey: Uint8Array,
  layout: Layout,
  index: number,
  token: Buffer,
): Generator<Buffer, void, undefined> {
  const expected = segmentLength(layout, index);
  // Before anything is released: a token of another length cannot hold this segment.
  if (token.length !== tokenLength(expected)) throw damaged(id, index);
  let length = 0;
  try {
    for (const piece of openBulk(
      segmentKey(fileKey, id.id, index, index === segmentCount(layout) - 1),
      token,
    )) {
      length += piece.length;
      yield piece;
    }
  } catch (error) {
    if (!(error instanceof OpenError)) throw error;
    throw damaged(id, index, error);
  }
  if (length !== expected) throw damaged(id, index);
}

const total = (pieces: readonly Uint8Array[]) => pieces.reduce((sum, piece) => sum + piece.length, 0);

const damaged = (id: ObjectId, segment: number, cause?: OpenError) =>
  new LockerError(
    'content_damaged',
    {
      versionId: id.toHexString(),
      segment,
      hint: 'The stored content is damaged. Restore it from a backup, or use an older version.',
    },
    { cause },
  );
