import { createHash, type Hash } from 'node:crypto';
import { type SealingHash, segmentThreads } from './segment-threads.ts';
import { type MadeSegment, measured, sealInPlace, type SegmentPlace } from './segment-work.ts';

const threads = segmentThreads;

/** Seals the segments of one content, long ones on a thread, and hashes their plaintext on the way. */
export class SegmentSealer {
  readonly #hashes: boolean;
  /** Where the hash is, from the first segment on. */
  #hash: Hash | SealingHash | undefined;

  /** @param hashes whether `digest` will be asked. */
  constructor(hashes: boolean) {
    this.#hashes = hashes;
  }

  /**
   * Seals a plaintext that lies in `memory` from `plaintextStart`, with room for the token. To be called in the order of
   * the segments.
   *
   * @param memory gone until the token comes, which may be in the same.
   */
  async seal(place: SegmentPlace, memory: ArrayBuffer, plaintextBytes: number): Promise<MadeSegment> {
    const hash = this.#hashes ? this.#startHash(plaintextBytes) : undefined;
    if (isLocal(hash) || (hash === undefined && !threads.worth(plaintextBytes)))
      return measured(() => sealInPlace(place, Buffer.from(memory), plaintextBytes, hash));
    return threads.seal(place, memory, plaintextBytes, hash);
  }

  /** @returns SHA-256 of all plaintext, in hexadecimal. To be asked once, after the last segment. */
  async digest(): Promise<string> {
    const hash = this.#startHash(0);
    this.#hash = undefined;
    return isLocal(hash) ? hash.digest('hex') : threads.digest(hash);
  }

  /** Nobody asks for the digest any more. */
  close(): void {
    if (this.#hash !== undefined && !isLocal(this.#hash)) threads.forget(this.#hash);
    this.#hash = undefined;
  }

  /** Only the last segment of a content is shorter than the first: that one decides for all. */
  #startHash(plaintextBytes: number): Hash | SealingHash {
    this.#hash ??= threads.worth(plaintextBytes) ? threads.startHash() : createHash('sha256');
    return this.#hash;
  }
}

const isLocal = (hash: Hash | SealingHash | undefined): hash is Hash =>
  hash !== undefined && !('thread' in hash);
