import { createHash } from 'node:crypto';
import { snapshotPartKey } from '../../src/crypto/backup-keys.ts';
import { OpenError, openToken, sealToken } from '../../src/crypto/fernet.ts';
import { damaged } from './damage.ts';
import { headKey, readSnapshotId } from './names.ts';
import type { SealedKey } from './snapshot-key.ts';

const format = 'coffer-backup/1';

/** What everyone sees. FORMAT.md section 4. */
export interface PublicHead {
  readonly format: typeof format;
  readonly id: string;
  readonly createdAt: string;
  readonly key: SealedKey;
  /** Every record: name such as `files-000000`, length, SHA-256. */
  readonly records: readonly (readonly [name: string, bytes: number, sha256: string])[];
}

/** What only the key shows; it authenticates all of the public part. */
export interface HeadFacts {
  readonly files: number;
  readonly versions: number;
  /** Sealed bytes of all versions. */
  readonly bytes: number;
  /** Fingerprint of the snapshot before, if there was one. */
  readonly previous: string | null;
}

export interface ReadHead {
  readonly public: PublicHead;
  readonly publicText: string;
  readonly sealed: string;
  readonly fingerprint: string;
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/** Three lines: public part, sealed facts, digest of both. */
export function writeHead(key: Uint8Array, head: Omit<PublicHead, 'format'>, facts: HeadFacts) {
  const publicText = JSON.stringify({ format, ...head } satisfies PublicHead);
  const plaintext = Buffer.from(JSON.stringify({ public: sha256(publicText), ...facts }));
  const sealed = Buffer.from(sealToken(partKey(key, head.id, 'head'), plaintext)).toString('base64');
  const lines = `${publicText}\n${sealed}\n`;
  const fingerprint = sha256(lines);
  return { bytes: Buffer.from(`${lines}${fingerprint}\n`), fingerprint };
}

/** Reads a head as far as no key is needed. @throws LockerError `backup_damaged`. */
export function readHead(id: string, bytes: Buffer): ReadHead {
  const [publicText = '', sealed = '', fingerprint = ''] = bytes.toString('utf8').split('\n');
  if (sha256(`${publicText}\n${sealed}\n`) !== fingerprint)
    throw damaged(headKey(id), 'is not as it was written');
  const head = parse(id, publicText);
  if (head.format !== format)
    throw damaged(headKey(id), `is of format ${String(head.format)}, which this version does not know`);
  if (head.id !== id) throw damaged(headKey(id), 'is the head of another snapshot');
  return { public: head, publicText, sealed, fingerprint };
}

function parse(id: string, text: string): PublicHead {
  try {
    return JSON.parse(text) as PublicHead;
  } catch (error) {
    throw damaged(headKey(id), 'is no head of a snapshot', error);
  }
}

/** When a snapshot was made, as the clock said. Its id may be of a later time, so that ids keep their order. */
export function createdAtOf({ id, createdAt }: PublicHead): Date {
  const said = new Date(createdAt);
  return Number.isNaN(said.getTime()) ? (readSnapshotId(id)?.time ?? new Date(0)) : said;
}

/** Authenticates a head. @throws LockerError `backup_damaged`. */
export function openHead(key: Uint8Array, { public: { id }, publicText, sealed }: ReadHead): HeadFacts {
  try {
    const plaintext = openToken(partKey(key, id, 'head'), Buffer.from(sealed, 'base64'));
    const facts = JSON.parse(Buffer.from(plaintext).toString('utf8')) as HeadFacts & { public: string };
    if (facts.public === sha256(publicText)) return facts;
  } catch (error) {
    if (!(error instanceof OpenError)) throw error;
  }
  throw damaged(headKey(id), 'was not written by this installation');
}

/** Key of one part of a snapshot. */
export const partKey = (key: Uint8Array, id: string, part: string): Uint8Array =>
  snapshotPartKey(key, saltOf(id), part);

/** The 12 bytes that make a snapshot's keys its own. */
export function saltOf(id: string): Buffer {
  const read = readSnapshotId(id);
  if (read === undefined) throw new RangeError('no id of a snapshot');
  return read.random;
}
