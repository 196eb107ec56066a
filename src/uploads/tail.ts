import { openBulk, sealBulk } from '../crypto/bulk.ts';
import { OpenError } from '../crypto/fernet.ts';
import { tailKey } from '../crypto/segments.ts';
import type { ContentKey } from '../storage/content-store.ts';

/** Seals what follows the stored segments of an upload, with the state of its hash: FORMAT.md section 2.1. */
export function sealTail(
  { id, fileKey }: ContentKey,
  offset: number,
  hashState: Uint8Array,
  pieces: readonly Uint8Array[],
): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(hashState.length);
  return sealBulk(tailKey(fileKey, id.id, offset), [length, hashState, ...pieces]);
}

/** Opens it. @throws OpenError unless it was sealed for this upload at this offset. */
export function openTail(
  { id, fileKey }: ContentKey,
  offset: number,
  token: Uint8Array,
): { hashState: Uint8Array; bytes: Uint8Array } {
  const plaintext = Buffer.concat([...openBulk(tailKey(fileKey, id.id, offset), token)]);
  if (plaintext.length < 4) throw new OpenError('length');
  const start = 4 + plaintext.readUInt32BE();
  if (plaintext.length < start) throw new OpenError('length');
  return { hashState: plaintext.subarray(4, start), bytes: plaintext.subarray(start) };
}
