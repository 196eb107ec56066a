/** Sealed metadata: names, folders, tags, media types and hashes, as one token per record. FORMAT.md section 4. */
import { utf8ToBytes } from '@noble/ciphers/utils.js';
import { hkdf } from '@noble/hashes/hkdf.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { type FernetKey, OpenError, openToken, sealToken } from './fernet.ts';

const metadataInfo = utf8ToBytes('coffer/v1/metadata');

/**
 * Derives the key that seals one record of an account. The record's own id is the salt, so that metadata which was
 * moved to another record does not open.
 *
 * @param accountKey 32 bytes.
 * @param record kind and id, such as `file:k3f9qz`.
 */
export const metadataKey = (accountKey: Uint8Array, record: string): FernetKey =>
  hkdf(sha256, accountKey, utf8ToBytes(record), metadataInfo, 32);

/** Seals a value as JSON. Its length is padded to 64 bytes, so that a name's exact length does not show. */
export function sealMetadata(accountKey: Uint8Array, record: string, value: object): Uint8Array {
  const json = utf8ToBytes(JSON.stringify(value));
  const padded = new Uint8Array(Math.ceil(json.length / 64) * 64).fill(0x20);
  padded.set(json);
  return sealToken(metadataKey(accountKey, record), padded);
}

/**
 * Opens what `sealMetadata` sealed for the same account and record.
 *
 * @throws OpenError if it is damaged or belongs to another record.
 */
export function openMetadata(accountKey: Uint8Array, record: string, token: Uint8Array): unknown {
  const json = openToken(metadataKey(accountKey, record), token);
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(json));
  } catch {
    throw new OpenError('malformed');
  }
}
