import { ObjectId } from 'mongodb';
import { randomKey } from '../crypto/keyring.ts';
import { storeKey } from '../database/binary.ts';
import { isDuplicate } from '../database/connect.ts';
import type { SendCheck } from '../database/send-check.ts';
import { LockerError } from '../errors.ts';
import type { Locker } from '../locker.ts';
import type { VersionDoc } from './documents.ts';
import type { VersionFacts } from './entry.ts';
import { Reservation } from './reservation.ts';

/** Content on its way in. */
export interface IncomingContent {
  /** Plaintext pieces of any size, read once. */
  readonly bytes: AsyncIterable<Uint8Array>;
  /** Length, if the sender said it: it must then be met. */
  readonly sizeBytes?: number | undefined;
  /** SHA-256 in hexadecimal, if the sender said it: it must then match. */
  readonly sha256?: string | undefined;
}

/** A version that is stored, and not yet part of any file. */
export interface Received {
  readonly facts: Omit<VersionFacts, 'n'>;
  readonly stored: Omit<VersionDoc, 'n'>;
  /** The commit is to be sent only if this passes: a database that was killed, and is there again, may have lost the content. */
  readonly unlessBroken: SendCheck;
}

/**
 * Stores content as a new version and commits it: reserves quota, seals, checks, lets `commit` write the one document
 * that makes it visible, and settles. A failure before the commit leaves nothing behind.
 *
 * @param ownerId account whose quota pays.
 * @param authorId account that sends.
 * @param commit writes the file entry; a `LockerError` or a refused duplicate means that it did not.
 * @param files how many files it adds: 1, or 0 for another version of one.
 * @throws LockerError `file_too_large`, `quota_exceeded`, `upload_incomplete`, `checksum_mismatch`, and what `commit` throws.
 */
export async function receiveContent<T>(
  locker: Locker,
  ownerId: string,
  authorId: string,
  incoming: IncomingContent,
  commit: (received: Received) => Promise<T>,
  files: 0 | 1 = 1,
): Promise<T> {
  requireAllowedSize(locker, incoming.sizeBytes ?? 0);
  // A fresh id for every attempt: a retry can never meet, or clean up, another attempt's chunks.
  const id = new ObjectId();
  const fileKey = randomKey();
  const reservation = await Reservation.open(locker, ownerId, id, incoming.sizeBytes ?? 0, files);
  let outcomeKnown = true;
  try {
    const written = await locker.content.write({ id, fileKey }, incoming.bytes, async (sizeBytes) => {
      requireAllowedSize(locker, sizeBytes);
      await reservation.cover(sizeBytes);
    });
    const { sizeBytes, segmentBytes, sha256 } = written;
    requireAsAnnounced(incoming, sizeBytes, sha256);
    await reservation.confirm();
    outcomeKnown = false;
    const received: Received = {
      facts: { id: id.toHexString(), size: sizeBytes, segmentBytes, sha256 },
      stored: {
        id,
        sizeBytes,
        key: storeKey(locker.keyring.wrap(fileKey)),
        createdAt: locker.now(),
        createdBy: authorId,
      },
      unlessBroken: () => reservation.requireAlive(),
    };
    const result = await commit(received);
    await settleQuietly(locker, () => reservation.settle(sizeBytes));
    return result;
  } catch (error) {
    reservation.close();
    // If the database went away during the commit, the version may be part of a file: the sweep finds out.
    if (outcomeKnown || error instanceof LockerError || isDuplicate(error)) {
      await settleQuietly(locker, async () => {
        await locker.content.remove(id);
        await reservation.release();
      });
    }
    throw error;
  }
}

/** @throws LockerError `file_too_large`. */
export function requireAllowedSize(locker: Locker, sizeBytes: number): void {
  const limit = locker.limits.maxFileBytes;
  if (sizeBytes > limit) {
    throw new LockerError('file_too_large', {
      limit,
      actual: sizeBytes,
      hint: 'Split the file, or ask the operator to raise COFFER_MAX_FILE.',
    });
  }
}

function requireAsAnnounced(incoming: IncomingContent, sizeBytes: number, sha256: string): void {
  if (incoming.sizeBytes !== undefined && incoming.sizeBytes !== sizeBytes) {
    throw new LockerError('upload_incomplete', {
      limit: incoming.sizeBytes,
      actual: sizeBytes,
      hint: 'Fewer or more bytes came than were announced. Send it again.',
    });
  }
  if (incoming.sha256 !== undefined && incoming.sha256 !== sha256) {
    throw new LockerError('checksum_mismatch', {
      hint: 'The bytes that came do not have the announced SHA-256. Send it again.',
    });
  }
}

/** What fails here changes nothing for the caller: the sweep will do it. */
export async function settleQuietly(locker: Locker, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    locker.log.warn({ err: error }, 'an upload is left to the sweep');
  }
}
