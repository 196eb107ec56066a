import type { ObjectId } from 'mongodb';
import { OpenError } from '../crypto/fernet.ts';
import { type Layout, segmentCount, segmentLength } from '../crypto/segments.ts';
import { LockerError } from '../errors.ts';
import { type OpenedSegments, type SealedSegment, segmentThreads } from './segment-threads.ts';
import { type MadeSegment, measured, openApart } from './segment-work.ts';

/** What of several segments opened, in order, and the `content_damaged` of the one after it. */
export interface ReadSegments {
  readonly made: readonly MadeSegment[];
  readonly damage: LockerError | undefined;
}

/**
 * Opens segments that follow each other, long ones on a thread. Nothing of one that does not verify is released.
 *
 * @param index of the first.
 * @param tokens undefined for one that is missing. Gone afterwards if they are long: the plaintext may lie in their memory.
 */
export async function openSegments(
  id: ObjectId,
  fileKey: Uint8Array,
  layout: Layout,
  index: number,
  tokens: readonly (Buffer | undefined)[],
): Promise<ReadSegments> {
  const sealed: SealedSegment[] = [];
  for (const [offset, token] of tokens.entries()) {
    if (token === undefined) break;
    const n = index + offset;
    const place = { fileKey, versionId: id.id, index: n, last: n === segmentCount(layout) - 1 };
    sealed.push({ place, token, plaintextBytes: segmentLength(layout, n) });
  }
  const isLong = sealed.some(({ plaintextBytes }) => segmentThreads.worth(plaintextBytes));
  const { made, refusal } = isLong ? await segmentThreads.open(sealed) : openInLine(sealed);
  const damage = made.length < tokens.length ? damaged(id, index + made.length, refusal) : undefined;
  return { made, damage };
}

/** The same for one. @throws LockerError `content_damaged`. */
export async function openSegment(
  id: ObjectId,
  fileKey: Uint8Array,
  layout: Layout,
  index: number,
  token: Buffer | undefined,
): Promise<Buffer> {
  const { made, damage } = await openSegments(id, fileKey, layout, index, [token]);
  const [segment] = made;
  if (segment === undefined) throw damage ?? damaged(id, index, undefined);
  return segment.data;
}

/** Leaves the tokens as they are: others may be reading the same. */
function openInLine(sealed: readonly SealedSegment[]): OpenedSegments {
  const made: MadeSegment[] = [];
  try {
    for (const { place, token, plaintextBytes } of sealed)
      made.push(measured(() => openApart(place, token, plaintextBytes)));
  } catch (error) {
    if (!(error instanceof OpenError)) throw error;
    return { made, refusal: error };
  }
  return { made, refusal: undefined };
}

const damaged = (id: ObjectId, segment: number, cause: OpenError | undefined): LockerError =>
  new LockerError(
    'content_damaged',
    {
      versionId: id.toHexString(),
      segment,
      hint: 'The stored content is damaged. Restore it from a backup, or use an older version.',
    },
    { cause },
  );
