import type { Me } from '../accounts/actor.ts';
import { LockerError } from '../errors.ts';
import type { Locker } from '../locker.ts';
import type { UploadDoc } from './documents.ts';

const keptMs = 7 * 24 * 3600 * 1000;

/** When an upload that shows life now expires. */
export const expiryFrom = (now: Date): Date => new Date(now.getTime() + keptMs);

/**
 * Finds an upload of one's own.
 *
 * @throws LockerError `not_found`, the same for someone else's and for none; `upload_expired`.
 */
export async function findUpload(locker: Locker, me: Me, id: string): Promise<UploadDoc> {
  const upload = await locker.collections.uploads.findOne({ _id: id, account: me.account._id });
  if (upload === null) throw noSuchUpload();
  if (upload.expiresAt <= locker.now()) {
    throw new LockerError('upload_expired', { subject: id, hint: 'The upload has expired. Start it again.' });
  }
  return upload;
}

export const noSuchUpload = () => new LockerError('not_found', { hint: 'There is no such upload.' });
