import { Binary, type Collection, ObjectId } from 'mongodb';
import type { InsertBatch } from '../database/batch.ts';
import { sealBulk } from '../crypto/bulk.ts';
import { tokenLength } from '../crypto/fernet.ts';
import { segmentKey } from '../crypto/segments.ts';
import type { Meter } from '../metrics/meter.ts';
import type { ContentKey } from './content-store.ts';
import type { Segment } from './cut-segments.ts';
import type { ChunkDoc } from './documents.ts';
import { InFlight } from './in-flight.ts';

/** Sealed segments on their way to the database at once: enough to hide its latency, few enough for flat memory. */
const insertsInFlight = 2;
/** Up to this length, a chunk's way to the database costs more than its bytes. */
const smallBytes = 256 * 1024;

/** Seals the segments of one content and stores them as its chunks. Made by `ContentStore.sink`. */
export class SegmentSink {
  readonly #chunks: Collection<ChunkDoc>;
  readonly #small: InsertBatch<ChunkDoc>;
  readonly #key: ContentKey;
  readonly #segmentBytes: number;
  readonly #meter: Meter | undefined;
  readonly #inserts = new InFlight(insertsInFlight);
  readonly #spare: Buffer[] = [];
  /** Chunks that nothing refers to yet. */
  #recent: ObjectId[] = [];

  constructor(
    chunks: Collection<ChunkDoc>,
    small: InsertBatch<ChunkDoc>,
    key: ContentKey,
    segmentBytes: number,
    meter?: Meter,
  ) {
    this.#meter = meter;
    this.#chunks = chunks;
    this.#small = small;
    this.#key = key;
    this.#segmentBytes = segmentBytes;
  }

  /** Takes a segment once there is room for it. @throws the first failure of earlier ones; call `settle` or `discard` then. */
  async add({ index, last, pieces }: Segment): Promise<void> {
    const { id, fileKey } = this.#key;
    const key = segmentKey(fileKey, id.id, index, last);
    await this.#inserts.add(async () => {
      const into =
        this.#spare.pop() ?? Buffer.allocUnsafeSlow(tokenLength(last ? total(pieces) : this.#segmentBytes));
      const _id = new ObjectId();
      this.#recent.push(_id);
      const started = performance.now();
      const data = new Binary(sealBulk(key, pieces, { into }));
      this.#meter?.sealSeconds.observe((performance.now() - started) / 1000);
      this.#meter?.insertsInFlight.inc();
      try {
        const chunk = { _id, files_id: id, n: index, data };
        await (data.length() <= smallBytes ? this.#small.insert(chunk) : this.#chunks.insertOne(chunk));
      } finally {
        this.#meter?.insertsInFlight.dec();
      }
      this.#spare.push(into);
    });
  }

  /** Waits until nothing is on its way any more, whatever became of it: a late insert would arrive after a clean-up. */
  async settle(): Promise<void> {
    await this.#inserts.settle();
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
