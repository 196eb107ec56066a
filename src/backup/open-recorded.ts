import type { OpenAccount } from '../accounts/account-keys.ts';
import type { Keyring } from '../crypto/keyring.ts';
import { OpenError } from '../crypto/fernet.ts';
import { segmentCount } from '../crypto/segments.ts';
import { loadKey } from '../database/binary.ts';
import { LockerError } from '../errors.ts';
import type { FileDoc } from '../files/documents.ts';
import { findVersion, openEntry, type VersionFacts } from '../files/entry.ts';
import { openSegment } from '../storage/open-segments.ts';

/** What a file from a backup says of itself. @throws LockerError `content_damaged`. */
export const openRecorded = (owner: OpenAccount, file: FileDoc) => openEntry(owner, file);

/**
 * Opens the sealed segments of a version from anywhere. Nothing of a segment comes out before its MAC verified.
 *
 * @param n number of the version; the current one if absent.
 * @throws LockerError `not_found`, `content_damaged`, `key_missing`.
 */
export async function* openContent(
  keyring: Keyring,
  owner: OpenAccount,
  file: FileDoc,
  n: number | undefined,
  segments: AsyncIterable<readonly Buffer[]>,
): AsyncGenerator<Buffer, VersionFacts, undefined> {
  const { facts, stored } = findVersion(file, openEntry(owner, file), n);
  const fileKey = unwrap(keyring, file._id, stored.key);
  const layout = { sizeBytes: facts.size, segmentBytes: facts.segmentBytes };
  let index = 0;
  for await (const part of segments)
    for (const segment of part) {
      const plaintext = await openSegment(stored.id, fileKey, layout, index++, segment);
      if (plaintext.length > 0) yield plaintext;
    }
  if (index !== segmentCount(layout))
    throw new LockerError('content_damaged', { fileId: file._id, hint: 'Segments are missing.' });
  return facts;
}

function unwrap(keyring: Keyring, fileId: string, key: Parameters<typeof loadKey>[0]): Uint8Array {
  try {
    return keyring.unwrap(loadKey(key));
  } catch (error) {
    if (!(error instanceof OpenError)) throw error;
    throw new LockerError(
      'key_missing',
      { fileId, hint: `File ${fileId} needs master key ${key.keyId}, which this keyring lacks.` },
      { cause: error },
    );
  }
}
