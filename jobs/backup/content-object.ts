import { createHash } from 'node:crypto';
import { segmentsOf } from '../../src/backup/segments-of.ts';
import type { StoredContent } from '../../src/backup/read-entries.ts';
import { damaged } from './damage.ts';
import { objectKey, readObjectKey } from './names.ts';

/** Bytes of segments that one object holds at most, unless a single segment is larger. */
const partBytes = 8 * 1024 * 1024;
const magic = Buffer.from('COFFER\x00\x01', 'latin1');
const headerBytes = 32;
const digestBytes = 32;

/** How a content is cut in objects: FORMAT.md section 2. */
export interface PartPlan {
  readonly part: number;
  readonly parts: number;
  /** Its first segment, and how many. */
  readonly first: number;
  readonly count: number;
  /** Length of the object. */
  readonly bytes: number;
}

/** The parts of a content, which follow from its length and that of its segments alone. */
export function planParts(content: Pick<StoredContent, 'sealedBytes' | 'chunkBytes'>): PartPlan[] {
  const { sealedBytes, chunkBytes } = content;
  const perPart = Math.max(1, Math.floor(partBytes / chunkBytes));
  const segments = segmentsOf(content);
  const parts = Math.ceil(segments / perPart);
  return Array.from({ length: parts }, (_, part) => {
    const first = part * perPart;
    const count = Math.min(perPart, segments - first);
    const tokens = Math.min(sealedBytes - first * chunkBytes, count * chunkBytes);
    return { part, parts, first, count, bytes: headerBytes + 4 * count + tokens + digestBytes };
  });
}

/** Writes an object. @returns its bytes, and the digest that is also its end and in its name. */
export function encodePart(
  id: string,
  { part, parts }: Pick<PartPlan, 'part' | 'parts'>,
  segments: readonly Buffer[],
): { bytes: Buffer; sha256: string } {
  const header = Buffer.alloc(headerBytes);
  magic.copy(header);
  header.write(id, 8, 'hex');
  header.writeUInt32BE(part, 20);
  header.writeUInt32BE(parts, 24);
  header.writeUInt32BE(segments.length, 28);
  const body = Buffer.concat([header, ...segments.flatMap((segment) => [length(segment), segment])]);
  const digest = createHash('sha256').update(body).digest();
  return { bytes: Buffer.concat([body, digest]), sha256: digest.toString('hex') };
}

/**
 * Reads the segments of an object, which must be the one that its key says.
 *
 * @throws LockerError `backup_damaged` naming it.
 */
export function decodePart(key: string, bytes: Buffer): Buffer[] {
  const name = readObjectKey(key);
  const body = bytes.subarray(0, -digestBytes);
  if (name === undefined || body.length < headerBytes || !body.subarray(0, 8).equals(magic))
    throw damaged(key, 'is no object of a backup, or cut off');
  const digest = createHash('sha256').update(body).digest();
  if (!digest.equals(bytes.subarray(-digestBytes)) || digest.toString('hex') !== name.sha256)
    throw damaged(key, 'is not as it was written');
  if (body.toString('hex', 8, 20) !== name.id || body.readUInt32BE(20) !== name.part)
    throw damaged(key, 'holds another content than its name says');
  const segments: Buffer[] = [];
  let at = headerBytes;
  for (let i = body.readUInt32BE(28); i > 0; i--) {
    const end = at + 4 + body.readUInt32BE(at);
    if (end > body.length) throw damaged(key, 'is not as it was written');
    segments.push(body.subarray(at + 4, end));
    at = end;
  }
  return segments;
}

/** Length and digest of each part of a content, as a snapshot records them. */
export type RecordedPart = readonly [bytes: number, sha256: string];

/** Keys of the recorded parts of a content. */
export const keysOf = (id: string, parts: readonly RecordedPart[]): string[] =>
  parts.map(([, sha256], part) => objectKey({ id, part, sha256 }));

function length(segment: Buffer): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(segment.length);
  return bytes;
}
