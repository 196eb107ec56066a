import { type Actor, requireAccount } from '../accounts/actor.ts';
import { audited } from '../audit/audited.ts';
import { type BackupAge, backupAge, type SnapshotDoc } from '../backup/snapshot-ledger.ts';
import type { Locker } from '../locker.ts';

/** One snapshot, as it was noted when it was made. */
export interface SnapshotView
  extends Pick<
    SnapshotDoc,
    'createdAt' | 'fingerprint' | 'files' | 'versions' | 'bytes' | 'copiedBytes' | 'verifiedAt'
  > {
  readonly id: string;
}

export interface BackupsView extends BackupAge {
  /** Age of the newest snapshot that a restore drill read back; null if none was. */
  readonly lastVerifiedAgeSeconds: number | null;
  /** The last ones that are kept, newest first. */
  readonly snapshots: readonly SnapshotView[];
}

const shown = 50;

/** Says which backups were made, and which of them were proven to restore. For administrators. */
export const describeBackups = audited(
  'backup.list',
  () => ({}),
  async (locker: Locker, actor: Actor): Promise<BackupsView> => {
    await requireAccount(locker, actor, 'admin');
    const kept = await locker.collections.snapshots
      .find({ finishedAt: { $ne: null }, removedAt: null })
      .sort({ _id: -1 })
      .limit(shown)
      .toArray();
    const age = await backupAge(locker);
    const { lastVerifiedSnapshotAt } = age;
    return {
      ...age,
      lastVerifiedAgeSeconds:
        lastVerifiedSnapshotAt === null ? null : secondsSince(locker, lastVerifiedSnapshotAt),
      snapshots: kept.map(
        ({ _id, target: _target, finishedAt: _finished, removedAt: _removed, ...snapshot }) => ({
          id: _id,
          ...snapshot,
        }),
      ),
    };
  },
);

/** Whole seconds since a time. */
const secondsSince = (locker: Locker, at: Date): number =>
  Math.max(0, Math.floor((locker.now().getTime() - at.getTime()) / 1000));
