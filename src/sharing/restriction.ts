import type { OpenAccount } from '../accounts/account-keys.ts';
import { OpenError } from '../crypto/fernet.ts';
import { openMetadata, sealMetadata } from '../crypto/metadata.ts';
import { fromBinary, toBinary } from '../database/binary.ts';
import { LockerError } from '../errors.ts';
import type { FileDoc } from '../files/documents.ts';

/** What the owner of a restricted file is told. The reason is a text that an administrator wrote for them. */
export function restricted(owner: OpenAccount, file: Pick<FileDoc, '_id' | 'restriction'>): LockerError {
  const reason = openReason(owner, file);
  return new LockerError('restricted', {
    subject: file._id,
    hint:
      reason === null
        ? 'An administrator restricted this file. Ask them to lift it.'
        : `An administrator restricted this file: ${reason}`,
  });
}

/** Seals the reason of a restriction for the owner of the file. */
export const sealReason = (owner: OpenAccount, fileId: string, reason: string) =>
  toBinary(sealMetadata(owner.key, record(fileId), { reason }));

function openReason(owner: OpenAccount, file: Pick<FileDoc, '_id' | 'restriction'>): string | null {
  const sealed = file.restriction?.reason ?? null;
  if (sealed === null) return null;
  try {
    return (openMetadata(owner.key, record(file._id), fromBinary(sealed)) as { reason: string }).reason;
  } catch (error) {
    if (!(error instanceof OpenError)) throw error;
    return null;
  }
}

const record = (fileId: string) => `restriction:${fileId}`;
