/** Keys of a backup's records: jobs/backup/FORMAT.md section 3. */
import { concatBytes, utf8ToBytes } from '@noble/ciphers/utils.js';
import { hkdf } from '@noble/hashes/hkdf.js';
import { sha256 } from '@noble/hashes/sha2.js';

/**
 * Derives the key of one part of a snapshot.
 *
 * @param snapshotKey 32 random bytes of this snapshot.
 * @param snapshotId the 12 bytes of its id.
 * @param part `head`, `files`, `documents` or `audit`.
 */
export const snapshotPartKey = (snapshotKey: Uint8Array, snapshotId: Uint8Array, part: string): Uint8Array =>
  hkdf(sha256, snapshotKey, snapshotId, concatBytes(utf8ToBytes('coffer/v1/backup/'), utf8ToBytes(part)), 32);
