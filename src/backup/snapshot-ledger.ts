import { journaled } from '../database/connect.ts';
import type { Locker } from '../locker.ts';

/** A snapshot that this installation made: what its backups are compared with, so that one that vanishes is missed. */
export interface SnapshotDoc {
  /** Id of the snapshot. Ids sort as they were made. */
  readonly _id: string;
  /** Name of the place that it was written to. */
  readonly target: string;
  readonly createdAt: Date;
  /** SHA-256 of its head, hexadecimal. */
  readonly fingerprint: string;
  readonly files: number;
  readonly versions: number;
  /** Sealed bytes of all its versions. */
  readonly bytes: number;
  /** Of them, what no earlier snapshot had. */
  readonly copiedBytes: number;
  /** Set once its head is there; until then it may be or not. */
  readonly finishedAt: Date | null;
  /** When a restore drill last read it back; null if none did. */
  readonly verifiedAt: Date | null;
  /** When this installation removed it; null while it is kept. */
  readonly removedAt: Date | null;
}

/** Notes a snapshot that is about to be there. */
export async function noteSnapshot(
  { collections: { snapshots } }: Locker,
  snapshot: Omit<SnapshotDoc, 'finishedAt' | 'verifiedAt' | 'removedAt'>,
): Promise<void> {
  await snapshots.insertOne(
    { ...snapshot, finishedAt: null, verifiedAt: null, removedAt: null },
    { writeConcern: journaled(snapshots) },
  );
}

/** Notes that it is there, and must be from now on. */
export async function noteFinished({ collections: { snapshots }, now }: Locker, id: string): Promise<void> {
  await snapshots.updateOne(
    { _id: id },
    { $set: { finishedAt: now() } },
    { writeConcern: journaled(snapshots) },
  );
}

/** Notes that a restore drill read a snapshot back. */
export async function noteVerified({ collections: { snapshots }, now }: Locker, id: string): Promise<void> {
  await snapshots.updateOne({ _id: id }, { $set: { verifiedAt: now() } });
}

/** Notes snapshots that are about to be removed: once that is noted, nobody misses them. @returns how many were kept until now. */
export async function noteRemoval(
  { collections: { snapshots }, now }: Locker,
  ids: readonly string[],
): Promise<number> {
  const { modifiedCount } = await snapshots.updateMany(
    { _id: { $in: [...ids] }, removedAt: null },
    { $set: { removedAt: now() } },
    { writeConcern: journaled(snapshots) },
  );
  return modifiedCount;
}

/** All snapshots that were made in a place, oldest first, also those that were removed since. */
export const notedSnapshots = (
  { collections: { snapshots } }: Locker,
  target: string,
): Promise<SnapshotDoc[]> => snapshots.find({ target }).sort({ _id: 1 }).toArray();

/** The id of the newest snapshot that was ever noted, in any place; none before the first. */
export const newestNoted = async ({ collections: { snapshots } }: Locker): Promise<string[]> =>
  (await snapshots.find().sort({ _id: -1 }).limit(1).toArray()).map(({ _id }) => _id);

/** How fresh, and how well proven, the backups are. */
export interface BackupAge {
  /** When the newest snapshot was made. */
  readonly lastSnapshotAt: Date | null;
  /** When the newest of those was made that a restore drill read back. */
  readonly lastVerifiedSnapshotAt: Date | null;
  /** When the last drill succeeded. */
  readonly lastDrillAt: Date | null;
}

/**
 * Tells the age of the backups. A time that is still to come was noted while the clock was ahead: nobody knows how old that is, so it
 * does not count.
 */
export async function backupAge({ collections: { snapshots }, now }: Locker): Promise<BackupAge> {
  const past = { $lte: now() };
  const [newest, verified, drilled] = await Promise.all([
    snapshots.findOne({ finishedAt: { $ne: null }, createdAt: past }, { sort: { _id: -1 } }),
    snapshots.findOne({ verifiedAt: { $ne: null }, createdAt: past }, { sort: { _id: -1 } }),
    snapshots.findOne({ verifiedAt: past }, { sort: { verifiedAt: -1 } }),
  ]);
  return {
    lastSnapshotAt: newest?.createdAt ?? null,
    lastVerifiedSnapshotAt: verified?.createdAt ?? null,
    lastDrillAt: drilled?.verifiedAt ?? null,
  };
}
