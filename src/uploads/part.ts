import { LockerError } from '../errors.ts';
import { requireAllowedSize } from '../files/receive-content.ts';
import type { Locker } from '../locker.ts';
import type { Checksum } from './checksum.ts';
import type { UploadDoc } from './documents.ts';
import { tooMuch } from './incoming.ts';

/** A piece of an upload on its way in. */
export interface UploadPart {
  /** Where it goes: the upload's present offset. */
  readonly offset: number;
  /** Plaintext pieces of any size, read once. */
  readonly bytes: AsyncIterable<Uint8Array>;
  /** Its length, if the sender said it. */
  readonly partBytes?: number | undefined;
  /** Length of the whole, declared with it. */
  readonly sizeBytes?: number | undefined;
  /** If it does not match, nothing of the part is kept. */
  readonly checksum?: Checksum | undefined;
}

/**
 * Checks that a part fits the upload.
 *
 * @returns length of the whole; null if it is still unknown.
 * @throws LockerError `conflict` for another offset, `bad_request` for another length, `file_too_large`.
 */
export function requireFit(locker: Locker, upload: UploadDoc, part: UploadPart): number | null {
  if (part.offset !== upload.offsetBytes) {
    throw new LockerError('conflict', {
      subject: 'Upload-Offset',
      actual: upload.offsetBytes,
      hint: `The upload goes on at byte ${upload.offsetBytes}. Ask for its offset, and go on from there.`,
    });
  }
  const sizeBytes = requireSameSize(upload, part.sizeBytes);
  requireAllowedSize(locker, sizeBytes ?? 0);
  const room = roomFor(locker, upload, sizeBytes);
  // A segment was sealed as one that others follow.
  const isPast = room < 0 || (room === 0 && upload.finishedAt === null && endsOnSegment(upload));
  if (isPast) throw wrongLength(upload.offsetBytes, 'More bytes came already than are declared now.');
  if ((part.partBytes ?? 0) > room) throw tooMuch(room);
  return sizeBytes;
}

/** How many bytes may still come. */
export const roomFor = (locker: Locker, upload: UploadDoc, sizeBytes: number | null): number =>
  (sizeBytes ?? locker.limits.maxFileBytes) - upload.offsetBytes;

const endsOnSegment = ({ segments, segmentBytes, offsetBytes }: UploadDoc) =>
  segments > 0 && offsetBytes === segments * segmentBytes;

function requireSameSize(upload: UploadDoc, declared: number | undefined): number | null {
  if (declared === undefined) return upload.sizeBytes;
  if (upload.sizeBytes !== null && upload.sizeBytes !== declared)
    throw wrongLength(upload.sizeBytes, 'The length of the upload was declared before, and differently.');
  return declared;
}

const wrongLength = (actual: number, hint: string) =>
  new LockerError('bad_request', { subject: 'Upload-Length', actual, hint });
