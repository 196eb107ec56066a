import { isLockerError } from '../errors.ts';
import { Reservation } from '../files/reservation.ts';
import type { Locker } from '../locker.ts';
import { recogniseCommit } from './finish.ts';
import type { Lease } from './lease.ts';

/**
 * Removes an upload and everything of it that did not become a file. If a crash interrupts it, the upload has expired,
 * and its removal is finished by the clock.
 */
export async function removeUpload(locker: Locker, lease: Lease): Promise<void> {
  await recogniseCommit(locker, lease);
  // From here on nobody takes it up again.
  await lease.write({ expiresAt: locker.now() });
  const { _id, owner, version, finishedAt } = lease.upload;
  if (finishedAt === null) {
    await locker.content.remove(version);
    await release();
  }
  await locker.collections.uploadTails.deleteMany({ upload: _id });
  await locker.collections.uploads.deleteOne({ _id });

  async function release(): Promise<void> {
    try {
      await (await Reservation.resume(locker, owner, version)).release();
    } catch (error) {
      // Given back before, by the sweep.
      if (!isLockerError(error, 'upload_expired')) throw error;
    }
  }
}
