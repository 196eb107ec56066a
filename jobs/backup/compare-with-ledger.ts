import type { SnapshotDoc } from '../../src/backup/snapshot-ledger.ts';
import { isLockerError } from '../../src/errors.ts';
import { loadHead } from './list-snapshots.ts';
import type { BackupTarget } from './target.ts';
import type { Findings } from './verify-snapshot.ts';

/** Names the snapshots that vanished from a target, came back, were replaced, or were not made by this installation. */
export async function compareWithLedger(
  target: BackupTarget,
  ids: readonly string[],
  ledger: readonly SnapshotDoc[],
  findings: Findings,
): Promise<void> {
  const noted = new Map(ledger.map((snapshot) => [snapshot._id, snapshot]));
  for (const { _id, finishedAt, removedAt } of ledger)
    if (finishedAt !== null && removedAt === null && !ids.includes(_id))
      findings.add(`snapshot ${_id} is missing: it was made, and not removed by this locker.`);
  const [first] = ledger;
  for (const id of ids) {
    const known = noted.get(id);
    // What was there before the first of them is an earlier database's.
    if (known === undefined && first !== undefined && id > first._id)
      findings.add(`snapshot ${id} was not made by this locker.`);
    else if (known !== undefined && known.removedAt !== null)
      findings.add(`snapshot ${id} was removed on ${known.removedAt.toISOString()}, and is there again.`);
    else if (known !== undefined && (await isReplaced(target, known)))
      findings.add(`snapshot ${id} is not the one that was made: its fingerprint is another one.`);
  }
}

/** A head that does not even read is named elsewhere. */
async function isReplaced(target: BackupTarget, { _id, fingerprint }: SnapshotDoc): Promise<boolean> {
  try {
    return (await loadHead(target, _id)).fingerprint !== fingerprint;
  } catch (error) {
    if (!isLockerError(error, 'backup_damaged')) throw error;
    return false;
  }
}
