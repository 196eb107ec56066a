import { notedSnapshots } from '../../src/backup/snapshot-ledger.ts';
import { LockerError } from '../../src/errors.ts';
import type { Locker } from '../../src/locker.ts';
import { snapshotIds } from './list-snapshots.ts';
import { readmeKey } from './names.ts';
import type { BackupTarget } from './target.ts';

/**
 * Refuses a target that is empty and must not be: where a disk should be mounted and is not, a backup would fill the disk
 * below it, and look like one.
 *
 * @throws LockerError `backup_unavailable` if this installation keeps snapshots there, and there is nothing.
 */
export async function refuseEmptyTarget(locker: Locker, target: BackupTarget): Promise<void> {
  const kept = (await notedSnapshots(locker, target.name)).filter(
    ({ finishedAt, removedAt }) => finishedAt !== null && removedAt === null,
  );
  if (kept.length === 0 || (await target.get(readmeKey)) !== undefined) return;
  if ((await snapshotIds(target)).length > 0) return;
  throw new LockerError('backup_unavailable', {
    subject: target.name,
    actual: kept.length,
    hint:
      `The backup target ${target.name} is empty, and ${kept.length} snapshots were made there: is it mounted? ` +
      'If it was emptied on purpose, begin anew: node . backup --anew',
  });
}
