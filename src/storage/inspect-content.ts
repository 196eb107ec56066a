import { type Layout, segmentCount } from '../crypto/segments.ts';
import type { Collections } from '../database/collections.ts';
import { isLockerError } from '../errors.ts';
import type { ContentKey } from './content-store.ts';
import { openSegment } from './open-segments.ts';
import { readChunks } from './read-chunks.ts';

/** One segment as it is stored. */
export interface InspectedSegment {
  readonly index: number;
  /** Bytes of its token; 0 if it is missing, or more is there than belongs to the content. */
  readonly sealedBytes: number;
  /** The first bytes of its token, which are sealed. */
  readonly sample: Uint8Array;
  /** The plaintext; undefined if the segment is missing, or does not verify. */
  readonly plaintext: Uint8Array | undefined;
}

const sampleBytes = 32;

/**
 * Reads every segment of a content and verifies it, also after one that is damaged.
 *
 * @param signal ends it between two segments, by throwing its reason.
 */
export async function* inspectContent(
  chunks: Collections['chunks'],
  { id, fileKey }: ContentKey,
  layout: Layout,
  signal?: AbortSignal,
): AsyncGenerator<InspectedSegment, void, undefined> {
  const count = segmentCount(layout);
  for (let index = 0; index < count; index++) {
    signal?.throwIfAborted();
    // What was put behind the last is no fault of it: whoever inspects counts the chunks as well.
    const [token = Buffer.alloc(0)] = await readChunks(chunks, id, index, 1, false);
    // Taken first: opening may write the plaintext over the token.
    const sealed = { sealedBytes: token.length, sample: Buffer.from(token.subarray(0, sampleBytes)) };
    yield { index, ...sealed, plaintext: await tryOpen(openSegment(id, fileKey, layout, index, token)) };
  }
}

async function tryOpen(opening: Promise<Buffer>): Promise<Buffer | undefined> {
  try {
    return await opening;
  } catch (error) {
    if (!isLockerError(error, 'content_damaged')) throw error;
    return undefined;
  }
}
