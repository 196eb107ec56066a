import type { Log } from '../../src/log.ts';
import { graceMs } from './grace.ts';
import { listSnapshots } from './list-snapshots.ts';
import { headKey, objectPrefix, readObjectKey, readRecordKey, recordPrefix } from './names.ts';
import { readVersionList } from './read-version-list.ts';
import { chooseKept, type RetentionPolicy } from './retention.ts';
import type { BackupTarget, StoredObject } from './target.ts';
import { VersionList } from './version-list.ts';

export interface PruneOptions {
  readonly now?: Date | undefined;
  readonly dryRun?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly log?: Log | undefined;
  /** Told before anything is removed, so that nobody misses it later. */
  readonly onRemoval?: ((ids: readonly string[]) => Promise<void>) | undefined;
}

export interface PruneReport {
  readonly kept: readonly string[];
  readonly removed: readonly string[];
  readonly removedObjects: number;
  readonly removedBytes: number;
  /** Kept snapshots whose lists are damaged: as long as there is one, no content is removed. */
  readonly unreadable: readonly string[];
}

/**
 * Removes snapshots that the policy does not keep, then what no snapshot needs any more. Heads go first, so that at every
 * moment each snapshot that has one is whole: cut off, the next run removes the rest. The newest one always stays, and so does
 * one whose head is damaged.
 *
 * @throws LockerError `backup_unavailable`.
 */
export async function prune(
  target: BackupTarget,
  policy: RetentionPolicy,
  { now = new Date(), dryRun = false, signal, log, onRemoval }: PruneOptions = {},
): Promise<PruneReport> {
  const snapshots = await listSnapshots(target);
  const good = snapshots.filter(({ problem }) => problem === undefined);
  const chosen = chooseKept(good, policy);
  const removed = good.filter(({ id }) => !chosen.has(id)).map(({ id }) => id);
  const kept = snapshots.filter(({ id }) => !removed.includes(id)).map(({ id }) => id);
  const before = new Date(now.getTime() - graceMs);
  const needed = new VersionList();
  const unreadable: string[] = [];
  for (const id of kept) {
    if ((await readVersionList(target, id, needed)) === undefined) unreadable.push(id);
  }
  if (!dryRun) {
    await onRemoval?.(removed);
    for (const id of removed) await target.remove(headKey(id));
    // On the disk before what they refer to goes.
    await target.settle();
    await target.tidy(before);
  }
  const report = { kept, removed, removedObjects: 0, removedBytes: 0, unreadable };
  const drop = async ({ key, bytes }: StoredObject) => {
    signal?.throwIfAborted();
    if (!dryRun) await target.remove(key);
    report.removedObjects++;
    report.removedBytes += bytes;
  };
  const isKept = new Set(kept);
  const isRemoved = new Set(removed);
  for await (const record of target.list(recordPrefix)) {
    const snapshot = readRecordKey(record.key)?.snapshot;
    // Without a head it is what an export is writing now, or one that was cut off left.
    const isOver = snapshot !== undefined && (isRemoved.has(snapshot) || record.modifiedAt < before);
    if (isOver && !isKept.has(snapshot)) await drop(record);
  }
  if (unreadable.length === 0) {
    for await (const object of target.list(objectPrefix)) {
      const id = readObjectKey(object.key)?.id;
      if (id !== undefined && object.modifiedAt < before && !needed.has(id)) await drop(object);
    }
  }
  if (!dryRun) await target.settle();
  log?.info(
    { ...report, kept: kept.length, removed: removed.length, unreadable: unreadable.length },
    'backups pruned',
  );
  return report;
}
