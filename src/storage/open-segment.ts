import type { ObjectId } from 'mongodb';
import { OpenError } from '../crypto/fernet.ts';
import { type Layout, segmentCount, segmentLength } from '../crypto/segments.ts';
import { LockerError } from '../errors.ts';
import { segmentThreads } from './segment-threads.ts';
import { type MadeSegment, measured, openApart } from './segment-work.ts';

/**
 * Opens one segment, a long one on a thread.
 *
 * @param token gone afterwards if it is long: the plaintext may lie in its memory.
 * @throws LockerError `content_damaged`, and nothing is released.
 */
export async function openSegment(
  id: ObjectId,
  fileKey: Uint8Array,
  layout: Layout,
  index: number,
  token: Buffer,
): Promise<MadeSegment> {
  const plaintextBytes = segmentLength(layout, index);
  const place = { fileKey, versionId: id.id, index, last: index === segmentCount(layout) - 1 };
  try {
    return segmentThreads.worth(plaintextBytes)
      ? await segmentThreads.open(place, token, plaintextBytes)
      : measured(() => openApart(place, token, plaintextBytes));
  } catch (error) {
    if (!(error instanceof OpenError)) throw error;
    throw damaged(id, index, error);
  }
}

/** The error of a segment that is missing, or does not verify. */
export const damaged = (id: ObjectId, segment: number, cause?: OpenError): LockerError =>
  new LockerError(
    'content_damaged',
    {
      versionId: id.toHexString(),
      segment,
      hint: 'The stored content is damaged. Restore it from a backup, or use an older version.',
    },
    { cause },
  );
