import { ObjectId } from 'mongodb';
import { toBinary } from '../database/binary.ts';
import { LockerError } from '../errors.ts';
import type { Reservation } from '../files/reservation.ts';
import type { Locker } from '../locker.ts';
import type { ContentKey } from '../storage/content-store.ts';
import type { SegmentSink } from '../storage/segment-sink.ts';
import { expiryFrom } from './find-upload.ts';
import type { ResumableHash } from './hash.ts';
import type { Lease } from './lease.ts';
import { sealTail } from './tail.ts';

/** An expiry moves on in steps of this, so that not every part writes to the account. */
const extendMs = 3600 * 1000;

/** What a request that sends to an upload works with. */
export interface Intake {
  readonly locker: Locker;
  readonly lease: Lease;
  readonly key: ContentKey;
  readonly reservation: Reservation;
  readonly sink: SegmentSink;
  /** Over all segments that were given to the sink. */
  readonly hash: ResumableHash;
  /** What came before, and follows the stored segments. */
  readonly tail: Uint8Array;
  /** Length of the whole, if it is known. */
  readonly sizeBytes: number | null;
}

/** How far it came: whole segments, and what follows them. */
export interface Stored {
  readonly segments: number;
  readonly tail: readonly Uint8Array[];
}

export const storedBytes = ({ lease }: Intake, { segments, tail }: Stored): number =>
  tail.reduce((sum, piece) => sum + piece.length, segments * lease.upload.segmentBytes);

/** Moves the expiry on, now and then: what is set aside first, since that must outlive the upload. @returns what to write. */
export async function extendExpiry(locker: Locker, lease: Lease, reservation: Reservation): Promise<Date> {
  const expiresAt = expiryFrom(locker.now());
  if (expiresAt.getTime() - lease.upload.expiresAt.getTime() < extendMs) return lease.upload.expiresAt;
  await reservation.keepUntil(expiresAt);
  return expiresAt;
}

/**
 * Acknowledges what came so far: all segments first, then a new tail, then, in one update, offset, segments and the
 * tail that belongs to them.
 *
 * @throws LockerError `upload_locked` if the lease was lost, and nothing is changed.
 */
export async function saveProgress(intake: Intake, stored: Stored): Promise<void> {
  const { locker, lease, key, sink, hash, sizeBytes, reservation } = intake;
  await sink.settle();
  sink.throwIfFailed();
  reservation.requireUnbroken();
  const offsetBytes = storedBytes(intake, stored);
  const token = sealTail(key, offsetBytes, hash.save(), stored.tail);
  const { uploadTails } = locker.collections;
  const { _id: upload, tail: previous } = lease.upload;
  const tail = new ObjectId();
  const expiresAt = await extendExpiry(locker, lease, reservation);
  await uploadTails.insertOne({ _id: tail, upload, token: toBinary(token) });
  try {
    await lease.write({ segments: stored.segments, tail, offsetBytes, sizeBytes, expiresAt });
  } catch (error) {
    if (error instanceof LockerError) await uploadTails.deleteOne({ _id: tail });
    throw error;
  }
  sink.keep();
  // Only that one: what crashes left behind goes with the upload.
  if (previous !== null) await uploadTails.deleteOne({ _id: previous });
}
