import type { OpenAccount } from '../accounts/account-keys.ts';
import { openDescription, type UploadDescription } from './description.ts';
import type { UploadDoc } from './documents.ts';

/** An upload as its sender sees it. */
export interface UploadView extends Omit<UploadDescription, 'owner'> {
  readonly id: string;
  /** Null until it is declared. */
  readonly sizeBytes: number | null;
  /** Where to go on. */
  readonly offsetBytes: number;
  /** Id of the file, once it is complete. */
  readonly file: string | null;
  readonly createdAt: Date;
  readonly expiresAt: Date;
}

/** @throws LockerError `content_damaged`. */
export function viewUpload(sender: OpenAccount, upload: UploadDoc): UploadView {
  const { owner: _owner, ...description } = openDescription(sender, upload);
  return {
    id: upload._id,
    ...description,
    sizeBytes: upload.sizeBytes,
    offsetBytes: upload.offsetBytes,
    file: upload.finishedAt === null ? null : upload.fileId,
    createdAt: upload.createdAt,
    expiresAt: upload.expiresAt,
  };
}
