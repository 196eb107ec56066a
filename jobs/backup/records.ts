import { createHash } from 'node:crypto';
import { Readable, pipeline } from 'node:stream';
import { createGunzip, createGzip } from 'node:zlib';
import { openBulk, sealBulk } from '../../src/crypto/bulk.ts';
import { OpenError } from '../../src/crypto/fernet.ts';
import { segmentKey } from '../../src/crypto/segments.ts';
import { cutSegments } from '../../src/storage/cut-segments.ts';
import { damaged } from './damage.ts';
import { recordKey } from './names.ts';
import { type PublicHead, partKey, saltOf } from './snapshot-head.ts';
import type { BackupTarget } from './target.ts';

/** The sealed records of a snapshot. */
export type RecordPart = 'files' | 'documents' | 'audit';

const segmentBytes = 4 * 1024 * 1024;
/** Lines are handed to the compressor in pieces of about that. */
const pieceBytes = 128 * 1024;

type Recorded = PublicHead['records'][number];

/**
 * Writes lines as one part of a snapshot: compressed, cut in segments, sealed as content is (src/crypto/FORMAT.md section 2), an
 * object a segment. Holds two segments at a time, whatever the number of lines.
 */
export async function writeRecords(
  target: BackupTarget,
  { snapshot, key }: { snapshot: string; key: Uint8Array },
  part: RecordPart,
  lines: AsyncIterable<string>,
): Promise<Recorded[]> {
  const salt = saltOf(snapshot);
  const secret = partKey(key, snapshot, part);
  const gzip = createGzip({ level: 1 });
  const compressed = pipeline(Readable.from(inPieces(lines)), gzip, () => {
    // A failure comes out where the end of the pipeline is read.
  });
  const records: Recorded[] = [];
  for await (const { index, last, pieces } of cutSegments(compressed, segmentBytes)) {
    const token = sealBulk(segmentKey(secret, salt, index, last), pieces);
    records.push(await putRecord(target, snapshot, part, index, token));
  }
  return records;
}

/** Puts one record and says what it is. */
export async function putRecord(
  target: BackupTarget,
  snapshot: string,
  part: string,
  index: number,
  bytes: Buffer,
): Promise<Recorded> {
  const key = recordKey(snapshot, part, index);
  await target.put(key, bytes);
  return [key.slice(key.lastIndexOf('/') + 1), bytes.length, digest(bytes)];
}

/**
 * Reads the lines of one part. Nothing of a segment comes out before its MAC verified, and the end only if it is the end.
 *
 * @throws LockerError `backup_damaged` naming the record.
 */
export async function* readRecords(
  target: BackupTarget,
  head: PublicHead,
  key: Uint8Array,
  part: RecordPart,
): AsyncGenerator<string, void, undefined> {
  const gunzip = createGunzip();
  const plaintext = pipeline(Readable.from(segmentsOf(target, head, key, part)), gunzip, () => {
    // A failure comes out where the end of the pipeline is read.
  });
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let rest = '';
  for await (const piece of plaintext as AsyncIterable<Buffer>) {
    const lines = (rest + decoder.decode(piece, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
}

async function* segmentsOf(
  target: BackupTarget,
  head: PublicHead,
  key: Uint8Array,
  part: RecordPart,
): AsyncGenerator<Buffer, void, undefined> {
  const salt = saltOf(head.id);
  const secret = partKey(key, head.id, part);
  const records = recordsOf(head, part);
  if (records.length === 0) throw damaged(`snapshot ${head.id}`, `has no ${part}`);
  for (const [index, record] of records.entries()) {
    const token = await getRecord(target, head.id, part, index, record);
    try {
      yield* openBulk(segmentKey(secret, salt, index, index === records.length - 1), token);
    } catch (error) {
      if (!(error instanceof OpenError)) throw error;
      throw damaged(recordKey(head.id, part, index), 'does not open', error);
    }
  }
}

/** Reads a record and compares it with what the head says. @throws LockerError `backup_damaged`. */
export async function getRecord(
  target: BackupTarget,
  snapshot: string,
  part: string,
  index: number,
  [, bytes, sha256]: Recorded,
): Promise<Buffer> {
  const key = recordKey(snapshot, part, index);
  const found = await target.get(key);
  if (found === undefined) throw damaged(key, 'is missing');
  if (found.length !== bytes || digest(found) !== sha256) throw damaged(key, 'is not as it was written');
  return found;
}

/** The records of one part, in order. */
export const recordsOf = (head: PublicHead, part: string): Recorded[] =>
  head.records.filter(([name]) => name.startsWith(`${part}-`));

const digest = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

async function* inPieces(lines: AsyncIterable<string>): AsyncGenerator<Buffer, void, undefined> {
  let piece: string[] = [];
  let length = 0;
  for await (const line of lines) {
    piece.push(line, '\n');
    length += line.length;
    if (length < pieceBytes) continue;
    yield Buffer.from(piece.join(''));
    piece = [];
    length = 0;
  }
  if (length > 0) yield Buffer.from(piece.join(''));
}
