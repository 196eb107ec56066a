import { isLockerError } from '../errors.ts';
import type { Locker } from '../locker.ts';
import { Lease } from './lease.ts';
import { removeUpload } from './remove-upload.ts';

/** Removes uploads that showed no life for too long. Safe from several instances at once. @returns how many. */
export async function expireUploads(locker: Locker): Promise<number> {
  let removed = 0;
  const expired = locker.collections.uploads.find(
    { expiresAt: { $lte: locker.now() } },
    { projection: { _id: 1 } },
  );
  for await (const { _id } of expired) if (await expire(locker, _id)) removed++;
  return removed;
}

async function expire(locker: Locker, id: string): Promise<boolean> {
  try {
    const lease = await Lease.tryTake(locker, id);
    // Someone is sending, and extends it, or removes it.
    if (lease === undefined) return false;
    // Read anew with the lease: it may just have been extended.
    const isExpired = lease.upload.expiresAt <= locker.now();
    if (isExpired) await removeUpload(locker, lease);
    await lease.release();
    return isExpired;
  } catch (error) {
    if (!isLockerError(error, 'not_found')) throw error;
    return false;
  }
}
