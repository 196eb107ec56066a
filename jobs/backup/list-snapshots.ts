import { isLockerError } from '../../src/errors.ts';
import { damaged } from './damage.ts';
import { headKey, readHeadKey, readSnapshotId, snapshotPrefix } from './names.ts';
import { createdAtOf, type ReadHead, readHead } from './snapshot-head.ts';
import type { BackupTarget } from './target.ts';

/** A snapshot as everyone sees it who can read the target. */
export interface SnapshotSummary {
  /** Such as `20261123T030000000Z-0123456789abcdef01234567`: sorts by time. */
  readonly id: string;
  /** As the clock said; the time of its id if its head is damaged. */
  readonly createdAt: Date;
  /** What opens it: the keyring, or the keyring and the private key of an age recipient. */
  readonly sealedTo: 'keyring' | 'recipient';
  /** SHA-256 of its head, hexadecimal. */
  readonly fingerprint: string;
  /** Set if its head is damaged: nothing but its name is known then. */
  readonly problem?: string;
}

/** Lists the snapshots of a target, oldest first. @throws LockerError `backup_unavailable`. */
export async function listSnapshots(target: BackupTarget): Promise<SnapshotSummary[]> {
  const summaries: SnapshotSummary[] = [];
  for (const id of await snapshotIds(target)) summaries.push(await summarize(target, id));
  return summaries;
}

/** Ids of all snapshots, oldest first. */
export async function snapshotIds(target: BackupTarget): Promise<string[]> {
  const ids: string[] = [];
  for await (const { key } of target.list(snapshotPrefix)) {
    const id = readHeadKey(key);
    if (id !== undefined) ids.push(id);
  }
  return ids.toSorted();
}

/** Reads the head of a snapshot as far as no key is needed. @throws LockerError `backup_damaged`. */
export async function loadHead(target: BackupTarget, id: string): Promise<ReadHead> {
  const bytes = await target.get(headKey(id));
  if (bytes === undefined) throw damaged(headKey(id), 'is missing');
  return readHead(id, bytes);
}

async function summarize(target: BackupTarget, id: string): Promise<SnapshotSummary> {
  try {
    const { public: head, fingerprint } = await loadHead(target, id);
    return {
      id,
      createdAt: createdAtOf(head),
      sealedTo: head.key.age ? 'recipient' : 'keyring',
      fingerprint,
    };
  } catch (error) {
    if (!isLockerError(error, 'backup_damaged')) throw error;
    return {
      id,
      createdAt: readSnapshotId(id)?.time ?? new Date(0),
      sealedTo: 'keyring',
      fingerprint: '',
      problem: error.details.hint ?? 'Its head is damaged.',
    };
  }
}
