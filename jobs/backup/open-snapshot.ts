import { fromExtendedJson } from '../../src/backup/extended-json.ts';
import type { BackedUp } from '../../src/backup/collections.ts';
import { isBackedUp } from '../../src/backup/collections.ts';
import type { Keyring } from '../../src/crypto/keyring.ts';
import { LockerError } from '../../src/errors.ts';
import type { FileDoc } from '../../src/files/documents.ts';
import type { RecordedPart } from './content-object.ts';
import { loadHead, snapshotIds } from './list-snapshots.ts';
import { type RecordPart, readRecords } from './records.ts';
import { createdAtOf, type HeadFacts, openHead, type PublicHead, type ReadHead } from './snapshot-head.ts';
import { openSnapshotKey } from './snapshot-key.ts';
import type { BackupTarget } from './target.ts';

/** What opens a snapshot. */
export interface SnapshotKeys {
  readonly keyring: Keyring;
  /** `AGE-SECRET-KEY-1…`, or the text of an age key file: for a snapshot that is sealed to a recipient. */
  readonly identity?: string | undefined;
}

/** How a version is stored in the backup. */
export interface RecordedContent {
  readonly sealedBytes: number;
  readonly chunkBytes: number;
  readonly parts: readonly RecordedPart[];
}

/** A file of a snapshot; a version without contents was lost before it was made. */
export interface RecordedFile {
  readonly file: FileDoc;
  /** By hexadecimal version id. */
  readonly contents: Readonly<Record<string, RecordedContent>>;
}

/** A document of a snapshot. */
export interface RecordedDocument {
  readonly in: BackedUp;
  readonly doc: object;
}

/** An opened snapshot: its head is authenticated, and so is everything before it is given out. */
export interface Snapshot extends HeadFacts {
  readonly id: string;
  readonly createdAt: Date;
  readonly fingerprint: string;
  readonly target: BackupTarget;
  readonly keys: SnapshotKeys;
  readonly head: PublicHead;
  /** All its files. @throws LockerError `backup_damaged`, `backup_unavailable`. */
  readFiles(): AsyncGenerator<RecordedFile, void, undefined>;
  /** Accounts, grants, links and so on, and tombstones; or the audit trail. */
  readDocuments(part: 'documents' | 'audit'): AsyncGenerator<RecordedDocument, void, undefined>;
}

/**
 * Opens a snapshot.
 *
 * @param id one of `listSnapshots`, the beginning of one, or `latest`.
 * @throws LockerError `not_found`, `backup_damaged`, `key_missing` (the keyring, or the identity), `backup_unavailable`.
 */
export async function openSnapshot(target: BackupTarget, id: string, keys: SnapshotKeys): Promise<Snapshot> {
  const found = await findSnapshot(target, id);
  const head = await loadHead(target, found);
  return openWithKey(target, head, await openSnapshotKey(found, head.public.key, keys), keys);
}

/** Opens a snapshot whose own key is at hand, as it is while it is made. @throws LockerError `backup_damaged`. */
export function openWithKey(
  target: BackupTarget,
  head: ReadHead,
  key: Uint8Array,
  keys: SnapshotKeys,
): Snapshot {
  const { id } = head.public;
  const facts = openHead(key, head);
  const lines = async function* (part: RecordPart) {
    for await (const line of readRecords(target, head.public, key, part)) yield fromExtendedJson(line);
  };
  return {
    ...facts,
    id,
    createdAt: createdAtOf(head.public),
    fingerprint: head.fingerprint,
    target,
    keys,
    head: head.public,
    readFiles: async function* () {
      for await (const line of lines('files')) yield line as RecordedFile;
    },
    readDocuments: async function* (part) {
      // What a later version wrote and this one does not know stays behind.
      for await (const line of lines(part))
        if (isBackedUp((line as RecordedDocument).in)) yield line as RecordedDocument;
    },
  };
}

/** @throws LockerError `not_found`. */
export async function findSnapshot(target: BackupTarget, id: string): Promise<string> {
  const ids = await snapshotIds(target);
  const matching = id === 'latest' ? ids.slice(-1) : ids.filter((candidate) => candidate.startsWith(id));
  const [found, another] = matching;
  if (found === undefined)
    throw new LockerError('not_found', {
      subject: id,
      hint:
        ids.length === 0
          ? `There is no snapshot in ${target.name}. Make one with: node . backup`
          : `There is no snapshot ${id} in ${target.name}. See: node . backup list`,
    });
  if (another !== undefined)
    throw new LockerError('not_found', {
      subject: id,
      hint: `Several snapshots begin with ${id}. Give more of it.`,
    });
  return found;
}
