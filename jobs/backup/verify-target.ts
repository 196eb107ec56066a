import type { SnapshotDoc } from '../../src/backup/snapshot-ledger.ts';
import { isLockerError } from '../../src/errors.ts';
import { isIn } from '../../src/maintenance/share.ts';
import { decodePart } from './content-object.ts';
import { compareWithLedger } from './compare-with-ledger.ts';
import { loadHead, snapshotIds } from './list-snapshots.ts';
import { isBackupKey, readObjectKey } from './names.ts';
import { ObjectIndex } from './object-index.ts';
import { readVersionList } from './read-version-list.ts';
import { setAside } from './set-aside.ts';
import type { SnapshotKeys } from './open-snapshot.ts';
import type { BackupTarget } from './target.ts';
import { verifyClosed } from './verify-closed.ts';
import { Findings, type VerifyOptions, type VerifyReport, verifySnapshot } from './verify-snapshot.ts';
import { VersionList } from './version-list.ts';

/** Nothing of the content: its objects are only looked for. */
const nothing = { from: 0, to: 0 };

/** What was found in a whole backup; the numbers of versions are those of its newest snapshot. */
export interface TargetReport extends VerifyReport {
  readonly snapshots: number;
  /** Objects that only older snapshots need, and that were read back as well. */
  readonly readOlderObjects: number;
}

/**
 * Checks everything that a target holds: the newest snapshot as `verifySnapshot` does; of every older one the records, and that its
 * objects are there; the share of what only those need, byte by byte; that no snapshot vanished, came back or was replaced;
 * and that nothing lies there that does not belong to a backup.
 *
 * @param ledger what this installation noted of its snapshots in this target; undefined where there is no database.
 * @throws LockerError `not_found` if there is no snapshot and none is missed; as `verifySnapshot`.
 */
export async function verifyTarget(
  target: BackupTarget,
  keys: SnapshotKeys,
  ledger: readonly SnapshotDoc[] | undefined,
  options: Omit<VerifyOptions, 'snapshot' | 'index'> = {},
): Promise<TargetReport> {
  const findings = new Findings();
  const ids = await snapshotIds(target);
  await compareWithLedger(target, ids, ledger ?? [], findings);
  if (ids.length === 0 && findings.problems.length > 0) return nothingThere(findings);
  const noted = new Set(ledger?.map(({ _id }) => _id));
  // A stranger's must not keep this locker's own from being looked at.
  const newestId = ids.findLast((id) => noted.has(id)) ?? ids.at(-1);
  // Before anything is set aside, which would then be missing as well.
  const index = await ObjectIndex.load(target);
  const newest = await verifySnapshot(target, keys, { ...options, snapshot: newestId, index });
  for (const problem of newest.problems) findings.add(problem);
  const older = ids.filter((id) => id !== newestId).toReversed();
  for (const id of older) {
    options.signal?.throwIfAborted();
    for (const problem of await verifyOlder(target, keys, id, { ...options, share: nothing, index }))
      findings.add(problem);
  }
  const readOlderObjects = await readOlder(target, { newest: newest.snapshot, older }, options, findings);
  return { ...newest, problems: findings.problems, snapshots: ids.length, readOlderObjects };
}

/** Checks the records of a snapshot, and that what it needs is there. A key that was retired since is no damage. */
async function verifyOlder(
  target: BackupTarget,
  keys: SnapshotKeys,
  id: string,
  options: VerifyOptions,
): Promise<readonly string[]> {
  try {
    return (await verifySnapshot(target, keys, { ...options, snapshot: id, onProgress: undefined })).problems;
  } catch (error) {
    if (!isLockerError(error, 'key_missing')) throw error;
    const findings = new Findings();
    await verifyClosed(
      target,
      (await loadHead(target, id)).public,
      { ...options, onProgress: undefined },
      findings,
    );
    return findings.problems;
  }
}

/** Goes through all objects once: reads the share of those that only older snapshots need, and names what is foreign. */
async function readOlder(
  target: BackupTarget,
  { newest, older }: { readonly newest: string; readonly older: readonly string[] },
  { share, setAside: aside, signal }: VerifyOptions,
  findings: Findings,
): Promise<number> {
  const fresh = (await readVersionList(target, newest)) ?? new VersionList();
  const needed = new VersionList();
  // One that is damaged was named above.
  for (const id of older) await readVersionList(target, id, needed);
  let read = 0;
  for await (const { key } of target.list('')) {
    signal?.throwIfAborted();
    if (!isBackupKey(key)) {
      findings.add(`${key} does not belong to a backup. Look what it is, and take it away.`);
      continue;
    }
    const id = readObjectKey(key)?.id;
    if (id === undefined || fresh.has(id) || !needed.has(id) || !isIn(id, share)) continue;
    const bytes = await target.get(key);
    if (bytes === undefined) continue;
    read++;
    try {
      decodePart(key, bytes);
    } catch (error) {
      if (!isLockerError(error, 'backup_damaged')) throw error;
      findings.add(error.details.hint ?? 'damaged');
      if (aside === true) await setAside(target, key);
    }
  }
  return read;
}

const nothingThere = ({ problems }: Findings): TargetReport => ({
  snapshot: 'none',
  createdAt: new Date(0),
  opened: false,
  files: 0,
  versions: 0,
  readVersions: 0,
  readBytes: 0,
  problems,
  snapshots: 0,
  readOlderObjects: 0,
});
