import { ObjectId } from 'mongodb';
import { tokenLength } from '../crypto/fernet.ts';
import { defaultSegmentBytes, type Layout, sealedLength, segmentCount } from '../crypto/segments.ts';
import { type ContentBatches, openContentBatches } from '../database/batches.ts';
import type { Collections } from '../database/collections.ts';
import type { SendCheck } from '../database/send-check.ts';
import type { Meter } from '../metrics/meter.ts';
import { cutSegments } from './cut-segments.ts';
import { openSegments, type ReadSegments } from './open-segments.ts';
import { readChunks } from './read-chunks.ts';
import { SegmentSink } from './segment-sink.ts';
import { smallBytes } from './segment-work.ts';

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

/** Contents that are looked at with one question. */
const idsTogether = 500;
/** Segments that are fetched together: each question wakes the database and this process. One more group is on its way ahead. */
const segmentsTogether = 3;
/** The same when there are many readers: then there is always something to do, and memory counts. */
const manyReaders = 5;
const segmentsTogetherOfMany = 1;

/**
 * Keeps content: the only code that touches the bytes in GridFS, always through the sealer. It knows nothing of
 * files, accounts or permissions.
 */
export class ContentStore {
  readonly #collections: Pick<Collections, 'chunks' | 'contentFiles'>;
  readonly #batches: ContentBatches;
  readonly #meter: Meter | undefined;
  #readers = 0;
  /** How new content is cut, bytes of plaintext. */
  readonly segmentBytes: number;

  constructor(
    collections: Pick<Collections, 'chunks' | 'contentFiles'>,
    segmentBytes: number = defaultSegmentBytes,
    meter?: Meter,
  ) {
    this.#meter = meter;
    this.#collections = collections;
    this.#batches = openContentBatches(collections);
    this.segmentBytes = segmentBytes;
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
    segmentBytes: number = this.segmentBytes,
  ): Promise<WrittenContent> {
    const sink = this.sink({ id, fileKey }, segmentBytes, true);
    let sizeBytes = 0;
    let sha256: string;
    try {
      for await (const segment of cutSegments(source, segmentBytes)) {
        for (const { length } of segment.pieces) sizeBytes += length;
        await beforeSegment(sizeBytes);
        await sink.add(segment);
      }
      sha256 = await sink.digest();
    } finally {
      // Also after a failure: a late insert would otherwise arrive after the clean-up.
      await sink.settle();
    }
    sink.throwIfFailed();
    const layout = { sizeBytes, segmentBytes };
    await this.list(id, layout);
    return { ...layout, sha256 };
  }

  /**
   * Opens a way in for the segments of one content, which its caller cuts. Last of all comes `list`.
   *
   * @param hashes whether the sink is to hash the plaintext.
   */
  sink(key: ContentKey, segmentBytes: number, hashes: boolean): SegmentSink {
    const { chunks } = this.#collections;
    return new SegmentSink(chunks, this.#batches.chunks, key, segmentBytes, hashes, this.#meter);
  }

  /** Writes the GridFS file, after all chunks are stored. */
  async list(id: ObjectId, layout: Layout, check?: SendCheck): Promise<void> {
    const file = {
      _id: id,
      length: sealedLength(layout),
      chunkSize: tokenLength(layout.segmentBytes),
      uploadDate: new Date(),
      filename: id.toHexString(),
    };
    await this.#batches.contentFiles.insert(file, check);
  }

  /** Removes the GridFS file and every chunk after the first `segments`: what an attempt that ended badly left behind. */
  async truncate(id: ObjectId, segments: number): Promise<void> {
    await this.#collections.contentFiles.deleteOne({ _id: id });
    await this.#collections.chunks.deleteMany({ files_id: id, n: { $gte: segments } });
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
    const isSmall = lastIndex === 0 && layout.sizeBytes <= smallBytes;
    const open = async (index: number, count: number) => {
      const tokens = isSmall
        ? [await this.#fetchSmall(id)]
        : await readChunks(this.#collections.chunks, id, index, count, index + count > lastIndex);
      return this.#metered(await openSegments(id, fileKey, layout, index, tokens));
    };
    const ahead: Promise<ReadSegments>[] = [];
    let index = first;
    let planned = first;
    let isReading = false;
    try {
      while (index <= final) {
        const together = this.#readers < manyReaders ? segmentsTogether : segmentsTogetherOfMany;
        while (ahead.length < 2 && planned <= final) {
          // The first two by themselves, so that they are there soon, and nobody has fetched much who only looks.
          const count = planned < first + 2 ? 1 : Math.min(together, final + 1 - planned);
          const opening = open(planned, count);
          // If the reader goes away first, a failed fetch is nobody's business any more.
          opening.catch(() => {});
          ahead.push(opening);
          planned += count;
        }
        const group = await ahead.shift();
        if (group === undefined) throw new RangeError('read past the plan');
        for (const { data } of group.made) {
          const offset = index++ * layout.segmentBytes;
          const wanted = data.subarray(Math.max(0, range.start - offset), Math.max(0, range.end - offset));
          if (wanted.length > 0) yield wanted;
          // Counted once it comes back for more: a reader that gives up before it began never says so.
          if (!isReading) this.#readers++;
          isReading = true;
        }
        if (group.damage !== undefined) throw group.damage;
      }
    } finally {
      if (isReading) this.#readers--;
    }
  }

  #metered(segments: ReadSegments): ReadSegments {
    for (const { seconds } of segments.made) this.#meter?.openSeconds.observe(seconds);
    if (segments.damage !== undefined) this.#meter?.verificationFailures.inc();
    return segments;
  }

  /** Reads the raw token of a small content, which has no other chunk than its first. */
  async #fetchSmall(id: ObjectId): Promise<Buffer | undefined> {
    const data = (await this.#batches.onlyChunks.get(id.toHexString()))?.data;
    return Buffer.isBuffer(data) ? data : undefined;
  }

  /** Number of stored chunks and their bytes, to notice what a reader would not look at. */
  async measure(id: ObjectId): Promise<{ chunks: number; listed: boolean }> {
    const [chunks, listed] = await Promise.all([
      this.#collections.chunks.countDocuments({ files_id: id }),
      this.#collections.contentFiles.countDocuments({ _id: id }, { limit: 1 }),
    ]);
    return { chunks, listed: listed > 0 };
  }

  /**
   * Ids of everything that is stored, whole or half; one whose first chunk is missing comes twice.
   *
   * @param since only of contents that were begun then or later.
   */
  async *ids(since: Date = new Date(0)): AsyncGenerator<ObjectId, void, undefined> {
    const { chunks, contentFiles } = this.#collections;
    const from = { $gte: ObjectId.createFromTime(Math.floor(since.getTime() / 1000)) };
    for await (const { _id } of chunks.aggregate<{ _id: ObjectId }>([
      { $match: { files_id: from } },
      { $sort: { files_id: 1 } },
      { $group: { _id: '$files_id' } },
    ]))
      yield _id;
    // A GridFS file without chunks: what a crash leaves in the middle of `remove`, or of damage.
    const ids: ObjectId[] = [];
    for await (const { _id } of contentFiles.find({ _id: from }, { projection: { _id: 1 } })) {
      ids.push(_id);
      if (ids.length === idsTogether) yield* await this.#withoutFirst(ids.splice(0));
    }
    yield* await this.#withoutFirst(ids);
  }

  /** Those that have no first chunk. One question for all: a locker has many contents, and nearly none is so. */
  async #withoutFirst(ids: readonly ObjectId[]): Promise<ObjectId[]> {
    const first = await this.#collections.chunks
      .find({ files_id: { $in: ids }, n: 0 }, { projection: { _id: 0, files_id: 1, n: 1 } })
      .toArray();
    const known = new Set(first.map(({ files_id }) => files_id.toHexString()));
    return ids.filter((id) => !known.has(id.toHexString()));
  }

  /** Removes a content, whole or half: the GridFS file first, then its chunks. Safe to repeat. */
  async remove(id: ObjectId): Promise<void> {
    await this.#collections.contentFiles.deleteOne({ _id: id });
    await this.#collections.chunks.deleteMany({ files_id: id });
  }
}
