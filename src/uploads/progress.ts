import { OpenError } from '../crypto/fernet.ts';
import { fromBinary, loadKey } from '../database/binary.ts';
import { LockerError } from '../errors.ts';
import type { Locker } from '../locker.ts';
import type { ContentKey } from '../storage/content-store.ts';
import { damagedUpload } from './description.ts';
import type { UploadDoc } from './documents.ts';
import { type ResumableHash, resumeHash, startHash } from './hash.ts';
import { openTail } from './tail.ts';

/** Opens the key of the content on its way in. @throws LockerError `key_missing`. */
export function openContentKey(locker: Locker, upload: UploadDoc): ContentKey {
  try {
    return { id: upload.version, fileKey: locker.keyring.unwrap(loadKey(upload.key)) };
  } catch (error) {
    if (!(error instanceof OpenError)) throw error;
    throw new LockerError(
      'key_missing',
      { subject: upload._id, hint: 'No master key of this installation opens the upload.' },
      { cause: error },
    );
  }
}

/**
 * Reads what follows the stored segments, and the hash over those.
 *
 * @throws LockerError `content_damaged` if it is not what was saved at this offset.
 */
export async function loadProgress(
  locker: Locker,
  upload: UploadDoc,
  key: ContentKey,
): Promise<{ tail: Uint8Array; hash: ResumableHash }> {
  if (upload.tail === null) return { tail: new Uint8Array(0), hash: await startHash() };
  const stored = await locker.collections.uploadTails.findOne({ _id: upload.tail });
  if (stored === null) throw damagedUpload(upload._id);
  const { bytes, hashState } = open(upload, key, fromBinary(stored.token));
  if (upload.segments * upload.segmentBytes + bytes.length !== upload.offsetBytes)
    throw damagedUpload(upload._id);
  return { tail: bytes, hash: (await resumeHash(hashState)) ?? (await hashAnew(locker, upload, key)) };
}

function open(upload: UploadDoc, key: ContentKey, token: Uint8Array) {
  try {
    return openTail(key, upload.offsetBytes, token);
  } catch (error) {
    if (!(error instanceof OpenError)) throw error;
    throw damagedUpload(upload._id, error);
  }
}

async function hashAnew(locker: Locker, upload: UploadDoc, key: ContentKey): Promise<ResumableHash> {
  const { segments, segmentBytes } = upload;
  const hash = await startHash();
  if (segments === 0) return hash;
  const end = segments * segmentBytes;
  // None of them is the last one: the content is longer than they are.
  const layout = { sizeBytes: end + 1, segmentBytes };
  for await (const piece of locker.content.read(key, layout, { start: 0, end })) hash.update(piece);
  return hash;
}
