import { journaled } from '../database/connect.ts';
import type { Collections } from '../database/collections.ts';
import { LockerError, StartError } from '../errors.ts';

/**
 * Marks a database as one that a snapshot is being restored into, or finds the mark of an attempt that was cut off.
 *
 * @throws LockerError `conflict` if it holds anything that could be overwritten, or part of another snapshot.
 */
export async function beginRestore(collections: Collections, snapshot: string, now: Date): Promise<void> {
  const { restores, installation, audit, auditHead } = collections;
  const begun = await restores.findOne({ _id: 'restore' });
  if (begun !== null && begun.snapshot !== snapshot)
    throw new LockerError('conflict', {
      subject: begun.snapshot,
      hint: `A restore of snapshot ${begun.snapshot} was cut off here. Run that one again, or use an empty database.`,
    });
  if (begun !== null) return;
  await requireEmpty(collections);
  await restores.insertOne(
    { _id: 'restore', snapshot, startedAt: now },
    { writeConcern: journaled(restores) },
  );
  // What a first start leaves of an installation that nobody claimed.
  await Promise.all([installation.deleteMany({}), audit.deleteMany({}), auditHead.deleteMany({})]);
}

/** @throws LockerError `conflict`. */
export async function requireEmpty({ accounts, files, chunks }: Collections): Promise<void> {
  const counts = await Promise.all([
    accounts.countDocuments({}, { limit: 1 }),
    files.countDocuments({}, { limit: 1 }),
    chunks.countDocuments({}, { limit: 1 }),
  ]);
  if (counts.some((count) => count > 0))
    throw new LockerError('conflict', {
      hint:
        'This database holds a locker already, and a restore never overwrites one. Restore into an empty one: ' +
        'set COFFER_DATA_DIR to a new folder, with the keyring file in it, or MONGODB_URI to a new database.',
    });
}

/** Takes the mark away: from now on the locker can be started. */
export async function endRestore({ restores }: Collections): Promise<void> {
  await restores.deleteOne({ _id: 'restore' }, { writeConcern: journaled(restores) });
}

/** @throws StartError if a restore was cut off: what is there is only a part. */
export async function refuseHalfRestored({ restores }: Collections): Promise<void> {
  const begun = await restores.findOne({ _id: 'restore' });
  if (begun !== null)
    throw new StartError([
      `A restore of snapshot ${begun.snapshot} into this database was cut off, so it is not whole. ` +
        `Run it again, it goes on where it stopped: node . restore ${begun.snapshot}`,
    ]);
}
