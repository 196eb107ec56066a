import { type Actor, requireAccount } from '../accounts/actor.ts';
import { audited } from '../audit/audited.ts';
import type { Locker } from '../locker.ts';
import { lastSuccess } from './runs.ts';

/** One snapshot, as the run that made it wrote it down. */
export interface SnapshotView {
  readonly createdAt: Date;
  readonly files: number;
  readonly versions: number;
  /** Sealed bytes of all its versions. */
  readonly bytes: number;
  /** Of them, what no earlier snapshot had. */
  readonly copiedBytes: number;
}

export interface BackupsView {
  /** When the newest snapshot was made; null if there is none. */
  readonly lastSnapshotAt: Date | null;
  /** Age of the newest snapshot that a restore drill read back, by when it was made; null if none was. */
  readonly lastVerifiedSnapshotAt: Date | null;
  /** When the last drill succeeded. */
  readonly lastDrillAt: Date | null;
  /** The last ones, newest first. Older ones may be kept: `node . backup list` reads the place itself. */
  readonly snapshots: readonly SnapshotView[];
}

const shown = 50;

/** Says which backups were made, and which of them were proven to restore. For administrators. */
export const describeBackups = audited(
  'backup.list',
  () => ({}),
  async (locker: Locker, actor: Actor): Promise<BackupsView> => {
    await requireAccount(locker, actor, 'admin');
    const runs = await locker.collections.jobRuns
      .find({ job: 'backup', outcome: 'ok' })
      .sort({ startedAt: -1 })
      .limit(shown)
      .toArray();
    const snapshots = runs.map(({ counts }) => ({
      createdAt: new Date(counts['snapshotAt'] ?? 0),
      files: counts['files'] ?? 0,
      versions: counts['versions'] ?? 0,
      bytes: counts['bytes'] ?? 0,
      copiedBytes: counts['copiedBytes'] ?? 0,
    }));
    const drill = await lastSuccess(locker, 'restore-drill');
    return {
      lastSnapshotAt: snapshots[0]?.createdAt ?? null,
      lastVerifiedSnapshotAt: drill === undefined ? null : new Date(drill.counts['snapshotAt'] ?? 0),
      lastDrillAt: drill?.startedAt ?? null,
      snapshots,
    };
  },
);
