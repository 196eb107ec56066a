import { createHash, type Hash, timingSafeEqual } from 'node:crypto';
import { LockerError } from '../errors.ts';

export const checksumAlgorithms = ['sha1', 'sha256', 'md5'] as const;

/** What the bytes of a part must amount to. It finds accidents, not attacks: hence the old algorithms. */
export interface Checksum {
  readonly algorithm: (typeof checksumAlgorithms)[number];
  readonly digest: Uint8Array;
}

export const startChecksum = ({ algorithm }: Checksum): Hash => createHash(algorithm);

/** Passes bytes through, and hashes them on the way. */
export async function* hashing(
  source: AsyncIterable<Uint8Array>,
  hash: Hash,
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const piece of source) {
    hash.update(piece);
    yield piece;
  }
}

/** @throws LockerError `upload_checksum_mismatch`. */
export function requireChecksum({ digest }: Checksum, hash: Hash): void {
  const actual = hash.digest();
  if (actual.length === digest.length && timingSafeEqual(actual, digest)) return;
  throw new LockerError('upload_checksum_mismatch', {
    subject: 'Upload-Checksum',
    hint: 'The bytes that came do not have this checksum. Nothing of them was kept: send them again.',
  });
}
