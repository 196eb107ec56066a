import { createHash, type Hash } from 'node:crypto';
import { openBulk, sealBulk } from '../crypto/bulk.ts';
import { headerBytes, OpenError, tokenLength } from '../crypto/fernet.ts';
import { segmentKey } from '../crypto/segments.ts';

/** Which segment of which content: all that its key is derived from. */
export interface SegmentPlace {
  /** 32 bytes. */
  readonly fileKey: Uint8Array;
  /** 12 bytes. */
  readonly versionId: Uint8Array;
  readonly index: number;
  readonly last: boolean;
}

/**
 * Plaintext stands where the ciphertext of its token stands, so a segment is sealed and opened in the memory that it lies
 * in: 16 bytes become 16 bytes, and nothing is read after it was overwritten.
 */
export const plaintextStart = headerBytes;

/** Up to this length a segment's way costs more than its bytes: to a thread as well as to the database. */
export const smallBytes = 256 * 1024;

/** A token or a plaintext, with the time that it took to make. */
export interface MadeSegment {
  readonly data: Buffer;
  readonly seconds: number;
}

/** Makes it and looks at the clock. */
export function measured(make: () => Buffer): MadeSegment {
  const started = performance.now();
  const data = make();
  return { data, seconds: (performance.now() - started) / 1000 };
}

/** Seals the plaintext that lies in `memory` from `plaintextStart`. @returns the token, from the start of `memory`. */
export function sealInPlace(
  place: SegmentPlace,
  memory: Buffer,
  plaintextBytes: number,
  hash?: Hash,
): Buffer {
  const plaintext = memory.subarray(plaintextStart, plaintextStart + plaintextBytes);
  hash?.update(plaintext);
  return sealBulk(keyOf(place), [plaintext], { into: memory });
}

/**
 * Opens a token in its own memory.
 *
 * @param plaintextBytes how many the segment must have.
 * @returns the plaintext, a part of the token's memory. Whatever is wrong, nothing of it is released.
 * @throws OpenError.
 */
export const openInPlace = (place: SegmentPlace, token: Buffer, plaintextBytes: number): Buffer =>
  openInto(token.subarray(plaintextStart), place, token, plaintextBytes);

/** The same in memory of its own: others may be reading the token. */
export const openApart = (place: SegmentPlace, token: Buffer, plaintextBytes: number): Buffer =>
  openInto(Buffer.allocUnsafe(plaintextBytes), place, token, plaintextBytes);

function openInto(into: Buffer, place: SegmentPlace, token: Buffer, plaintextBytes: number): Buffer {
  if (token.length !== tokenLength(plaintextBytes)) throw new OpenError('length');
  let end = 0;
  for (const piece of openBulk(keyOf(place), token)) {
    piece.copy(into, end);
    end += piece.length;
  }
  if (end !== plaintextBytes) throw new OpenError('length');
  return into.subarray(0, end);
}

const keyOf = ({ fileKey, versionId, index, last }: SegmentPlace) =>
  segmentKey(fileKey, versionId, index, last);

/** Where a token lies in memory, and what it is. */
export interface TokenPlace {
  readonly place: SegmentPlace;
  readonly start: number;
  readonly end: number;
  readonly plaintextBytes: number;
}

/** What a thread is asked to do, in the order in which it is asked. */
export type SegmentTask =
  | {
      readonly kind: 'seal';
      readonly place: SegmentPlace;
      /** With the plaintext from `plaintextStart`, and room for the token. */
      readonly memory: ArrayBuffer;
      readonly plaintextBytes: number;
      /** Number of the hash that the plaintext goes into as well. */
      readonly hash: number | undefined;
    }
  | { readonly kind: 'open'; readonly memory: ArrayBuffer; readonly tokens: readonly TokenPlace[] }
  /** Ends a hash, with its digest or without. */
  | { readonly kind: 'digest' | 'forget'; readonly hash: number };

/** Where a token or a plaintext lies in the memory that came with the task, and the time it took to make. */
export interface MadePart {
  readonly start: number;
  readonly end: number;
  readonly seconds: number;
}

/** What became of it. */
export type SegmentResult =
  | {
      readonly kind: 'done';
      readonly memory: ArrayBuffer;
      readonly parts: readonly MadePart[];
      /** Why the token after these does not open. */
      readonly refusal?: OpenError['reason'];
    }
  | { readonly kind: 'digest'; readonly sha256: string }
  | { readonly kind: 'failed'; readonly message: string };

/** Does what a thread is asked, and keeps the hashes that are under way. */
export class SegmentWorker {
  readonly #hashes = new Map<number, Hash>();

  do(task: SegmentTask): SegmentResult | undefined {
    try {
      switch (task.kind) {
        case 'seal': {
          const { place, memory, plaintextBytes } = task;
          const hash = this.#hash(task.hash);
          return {
            kind: 'done',
            memory,
            parts: [made(() => sealInPlace(place, Buffer.from(memory), plaintextBytes, hash))],
          };
        }
        case 'open':
          return openAll(task.memory, task.tokens);
        case 'digest':
          return { kind: 'digest', sha256: this.#end(task.hash).digest('hex') };
        case 'forget':
          this.#hashes.delete(task.hash);
      }
      return undefined;
    } catch (error) {
      return { kind: 'failed', message: error instanceof Error ? error.message : String(error) };
    }
  }

  #hash(number: number | undefined): Hash | undefined {
    if (number === undefined) return undefined;
    const hash = this.#hashes.get(number) ?? createHash('sha256');
    this.#hashes.set(number, hash);
    return hash;
  }

  #end(number: number): Hash {
    const hash = this.#hash(number) ?? createHash('sha256');
    this.#hashes.delete(number);
    return hash;
  }
}

function openAll(memory: ArrayBuffer, tokens: readonly TokenPlace[]): SegmentResult {
  const parts: MadePart[] = [];
  try {
    for (const { place, start, end, plaintextBytes } of tokens)
      parts.push(made(() => openInPlace(place, Buffer.from(memory, start, end - start), plaintextBytes)));
  } catch (error) {
    if (!(error instanceof OpenError)) throw error;
    return { kind: 'done', memory, parts, refusal: error.reason };
  }
  return { kind: 'done', memory, parts };
}

function made(make: () => Buffer): MadePart {
  const { data, seconds } = measured(make);
  return { start: data.byteOffset, end: data.byteOffset + data.length, seconds };
}
