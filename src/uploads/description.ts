import type { OpenAccount } from '../accounts/account-keys.ts';
import { OpenError } from '../crypto/fernet.ts';
import { openMetadata, sealMetadata } from '../crypto/metadata.ts';
import { fromBinary, toBinary } from '../database/binary.ts';
import { LockerError } from '../errors.ts';
import type { UploadDoc } from './documents.ts';

/** What the sender said of an upload, sealed as a whole under the sender's key: FORMAT.md section 4. */
export interface UploadDescription {
  readonly name: string;
  readonly folder: string;
  readonly tags: readonly string[];
  readonly mediaType: string;
  readonly description: string;
  /** Handle of whose folder it is for; null for the sender's own. */
  readonly owner: string | null;
  /** Text that the sender's program gets back as it was. */
  readonly note: string;
}

export const sealDescription = (sender: OpenAccount, uploadId: string, description: UploadDescription) =>
  toBinary(sealMetadata(sender.key, record(uploadId), description));

/** @throws LockerError `content_damaged` if it does not open. */
export function openDescription(
  sender: OpenAccount,
  upload: Pick<UploadDoc, '_id' | 'sealed'>,
): UploadDescription {
  try {
    // Authenticated under the sender's key, so it has the shape in which `sealDescription` wrote it.
    return openMetadata(sender.key, record(upload._id), fromBinary(upload.sealed)) as UploadDescription;
  } catch (error) {
    if (!(error instanceof OpenError)) throw error;
    throw damagedUpload(upload._id, error);
  }
}

const record = (uploadId: string) => `upload:${uploadId}`;

export const damagedUpload = (uploadId: string, cause?: OpenError) =>
  new LockerError(
    'content_damaged',
    { subject: uploadId, hint: 'What is stored of this upload is damaged. Start it again.' },
    { cause },
  );
