import { backupAge, noteRemoval } from '../../src/backup/snapshot-ledger.ts';
import type { BackupSettings } from '../../src/backup-settings.ts';
import type { Locker } from '../../src/locker.ts';
import { drillSnapshot } from './drill-snapshot.ts';
import { type ExportOptions, exportSnapshot, type SnapshotReport } from './export-snapshot.ts';
import type { Snapshot } from './open-snapshot.ts';
import { prune, type PruneReport } from './prune.ts';
import { refuseEmptyTarget } from './refuse-empty-target.ts';
import type { BackupTarget } from './target.ts';

/** How often a snapshot is proven that only its recipient opens later. */
const drillEveryMs = 6 * 24 * 3600 * 1000;

/** What a backup did. */
export interface BackupReport {
  readonly snapshot: SnapshotReport;
  readonly pruned: PruneReport;
  /** The same in numbers, for the record of a run. */
  readonly counts: Readonly<Record<string, number>>;
}

/**
 * Makes a backup: a snapshot, then what is kept no longer goes. A snapshot that is sealed to a recipient is proven by a restore
 * drill at once, each week, since later nothing here opens it.
 *
 * @throws LockerError as `exportSnapshot`, `prune` and `drillSnapshot` do.
 */
export async function makeBackup(
  locker: Locker,
  target: BackupTarget,
  { recipient, keep }: Pick<BackupSettings, 'recipient' | 'keep'>,
  { signal, onProgress }: Pick<ExportOptions, 'signal' | 'onProgress'> = {},
): Promise<BackupReport> {
  await refuseEmptyTarget(locker, target);
  const { lastDrillAt } = await backupAge(locker);
  const isDrillDue = lastDrillAt === null || locker.now().getTime() - lastDrillAt.getTime() > drillEveryMs;
  const drill = async (snapshot: Snapshot) => void (await drillSnapshot(locker, snapshot, signal));
  const snapshot = await exportSnapshot(locker, target, {
    recipient,
    signal,
    onProgress,
    whileOpen: recipient !== undefined && isDrillDue ? drill : undefined,
  });
  const pruned = await prune(target, keep, {
    log: locker.log,
    signal,
    onRemoval: async (ids) => void (await noteRemoval(locker, ids)),
  });
  const counts = {
    snapshotAt: snapshot.createdAt.getTime(),
    bytes: snapshot.bytes,
    files: snapshot.files,
    versions: snapshot.versions,
    copied: snapshot.copiedVersions,
    copiedBytes: snapshot.copiedBytes,
    removed: pruned.removed.length,
    removedObjects: pruned.removedObjects,
  };
  return { snapshot, pruned, counts };
}
