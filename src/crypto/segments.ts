/** The content format: how a version is cut, and which key seals which segment. FORMAT.md section 2. */
import { hkdf } from '@noble/hashes/hkdf.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { concatBytes, utf8ToBytes } from '@noble/ciphers/utils.js';
import { type FernetKey, fernetKeyBytes, tokenLength } from './fernet.ts';

/** Plaintext bytes of every segment but the last. Every stored version records its own. */
export const defaultSegmentBytes = 1024 * 1024;
/** Bytes of a version id, the salt of its segment keys. */
export const versionIdBytes = 12;

const segmentInfo = utf8ToBytes('coffer/v1/segment');
const tailInfo = utf8ToBytes('coffer/v1/tail');

/** How one version is cut. All sizes are bytes of plaintext unless named sealed. */
export interface Layout {
  readonly sizeBytes: number;
  readonly segmentBytes: number;
}

/** Number of segments; an empty version has one empty segment. */
export const segmentCount = ({ sizeBytes, segmentBytes }: Layout): number =>
  Math.max(1, Math.ceil(sizeBytes / segmentBytes));

/** Plaintext length of segment `index`. */
export const segmentLength = (layout: Layout, index: number): number =>
  Math.min(layout.segmentBytes, layout.sizeBytes - index * layout.segmentBytes);

/** Length of all tokens of a version together: what is stored. */
export const sealedLength = (layout: Layout): number => {
  const last = segmentCount(layout) - 1;
  return last * tokenLength(layout.segmentBytes) + tokenLength(segmentLength(layout, last));
};

/**
 * Derives the Fernet key of one segment from the version's file key. Position and end are bound by it: a segment that
 * was moved, dropped, appended or taken from another version does not open.
 *
 * @param fileKey 32 random bytes of this version.
 * @param versionId the 12 bytes of the version's ObjectId.
 * @param last true for the final segment only.
 */
export function segmentKey(
  fileKey: Uint8Array,
  versionId: Uint8Array,
  index: number,
  last: boolean,
): FernetKey {
  if (fileKey.length !== fernetKeyBytes) throw new RangeError(`a file key has ${fernetKeyBytes} bytes`);
  if (versionId.length !== versionIdBytes) throw new RangeError(`a version id has ${versionIdBytes} bytes`);
  const position = new Uint8Array(9);
  const view = new DataView(position.buffer);
  view.setBigUint64(0, BigInt(index));
  view.setUint8(8, last ? 1 : 0);
  return hkdf(sha256, fileKey, versionId, concatBytes(segmentInfo, position), fernetKeyBytes);
}

/**
 * Derives the Fernet key of the tail of an unfinished upload: what follows its stored segments. FORMAT.md section 2.1.
 *
 * @param offset plaintext bytes that the upload has in all; a tail that was kept from an earlier offset does not open.
 */
export function tailKey(fileKey: Uint8Array, versionId: Uint8Array, offset: number): FernetKey {
  const position = new Uint8Array(8);
  new DataView(position.buffer).setBigUint64(0, BigInt(offset));
  return hkdf(sha256, fileKey, versionId, concatBytes(tailInfo, position), fernetKeyBytes);
}
