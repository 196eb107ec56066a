import { Binary, type Collection, ObjectId } from 'mongodb';
import type { InsertBatch } from '../database/batch.ts';
import { tokenLength } from '../crypto/fernet.ts';
import type { Meter } from '../metrics/meter.ts';
import type { ContentKey } from './content-store.ts';
import type { Segment } from './cut-segments.ts';
import type { ChunkDoc } from './documents.ts';
import { InFlight } from './in-flight.ts';
import { SegmentSealer } from './segment-sealer.ts';
import { plaintextStart, type SegmentPlace, smallBytes } from './segment-work.ts';

/**
 * Segments under way at once: one that is being sealed, and two that hide the latency of the database. Few enough for flat
 * memory.
 */
const segmentsInFlight = 3;

/** Seals the segments of one content and stores them as its chunks. Made by `ContentStore.sink`. */
export class SegmentSink {
  readonly #chunks: Collection<ChunkDoc>;
  readonly #small: InsertBatch<ChunkDoc>;
  readonly #key: ContentKey;
  readonly #segmentBytes: number;
  readonly #meter: Meter | undefined;
  readonly #inserts = new InFlight(segmentsInFlight);
  readonly #spare: ArrayBuffer[] = [];
  readonly #sealer: SegmentSealer;
  /** Chunks that nothing refers to yet. */
  #recent: ObjectId[] = [];

  /** @param hashes whether to hash the plaintext of all segments, for `digest`. */
  constructor(
    chunks: Collection<ChunkDoc>,
    small: InsertBatch<ChunkDoc>,
    key: ContentKey,
    segmentBytes: number,
    hashes: boolean,
    meter?: Meter,
  ) {
    this.#meter = meter;
    this.#chunks = chunks;
    this.#small = small;
    this.#key = key;
    this.#segmentBytes = segmentBytes;
    this.#sealer = new SegmentSealer(hashes);
  }

  /** Takes a segment once there is room for it. @throws the first failure of earlier ones; call `settle` or `discard` then. */
  async add({ index, last, pieces }: Segment): Promise<void> {
    const { id, fileKey } = this.#key;
    const place = { fileKey, versionId: id.id, index, last };
    await this.#inserts.add(async () => {
      const _id = new ObjectId();
      this.#recent.push(_id);
      const token = await this.#seal(place, pieces);
      this.#meter?.insertsInFlight.inc();
      try {
        const chunk = { _id, files_id: id, n: index, data: new Binary(token) };
        await (token.length <= smallBytes ? this.#small.insert(chunk) : this.#chunks.insertOne(chunk));
      } finally {
        this.#meter?.insertsInFlight.dec();
      }
      this.#spare.push(token.buffer as ArrayBuffer);
    });
  }

  /** @returns the token, alone in its memory. */
  async #seal(place: SegmentPlace, pieces: readonly Uint8Array[]): Promise<Buffer> {
    const plaintextBytes = total(pieces);
    const memory = this.#spare.pop() ?? newMemory(place.last ? plaintextBytes : this.#segmentBytes);
    const plaintext = new Uint8Array(memory, plaintextStart);
    let end = 0;
    for (const piece of pieces) {
      plaintext.set(piece, end);
      end += piece.length;
    }
    const { data, seconds } = await this.#sealer.seal(place, memory, plaintextBytes);
    this.#meter?.sealSeconds.observe(seconds);
    return data;
  }

  /** SHA-256 of the plaintext of all segments, in hexadecimal. To be asked once, after the last one. */
  digest(): Promise<string> {
    return this.#sealer.digest();
  }

  /** Waits until nothing is on its way any more, whatever became of it: a late insert would arrive after a clean-up. */
  async settle(): Promise<void> {
    await this.#inserts.settle();
    this.#sealer.close();
  }

  /** To be asked after `settle`. @throws the first failure. */
  throwIfFailed(): void {
    this.#inserts.throwIfFailed();
  }

  /** What was stored so far is referred to from now on: `discard` leaves it alone. */
  keep(): void {
    this.#recent = [];
  }

  /** Removes exactly the chunks that this sink stored and that are not kept, and nobody else's. */
  async discard(): Promise<void> {
    await this.settle();
    await this.#chunks.deleteMany({ files_id: this.#key.id, _id: { $in: this.#recent } });
    this.#recent = [];
  }
}

const total = (pieces: readonly Uint8Array[]) => pieces.reduce((sum, piece) => sum + piece.length, 0);

/** Memory for a token, which nothing else lies in. */
const newMemory = (plaintextBytes: number): ArrayBuffer =>
  Buffer.allocUnsafeSlow(tokenLength(plaintextBytes)).buffer;
