import { type TombstoneDoc, Tombstones } from '../../src/backup/tombstones.ts';
import { isLockerError, LockerError } from '../../src/errors.ts';
import { snapshotIds } from './list-snapshots.ts';
import { openSnapshot, type Snapshot } from './open-snapshot.ts';

/**
 * Gathers what was deleted for good by the time of a snapshot and since, as the newest snapshot that opens tells it.
 *
 * @param into what a running database knows, if there is one.
 * @throws LockerError `backup_unavailable`.
 */
export async function loadTombstones(snapshot: Snapshot, into = new Tombstones()): Promise<Tombstones> {
  await addFrom(snapshot, into);
  const ids = await snapshotIds(snapshot.target);
  for (const id of ids.filter((other) => other > snapshot.id).toReversed()) {
    try {
      await addFrom(await openSnapshot(snapshot.target, id, snapshot.keys), into);
      break;
    } catch (error) {
      // A newer one that is damaged must not stand in the way; the one before it knows nearly as much.
      const isLost = isLockerError(error, 'backup_damaged') || isLockerError(error, 'key_missing');
      if (!(error instanceof LockerError) || !isLost) throw error;
    }
  }
  return into;
}

async function addFrom(snapshot: Snapshot, into: Tombstones): Promise<void> {
  for await (const { in: collection, doc } of snapshot.readDocuments('documents'))
    if (collection === 'tombstones') into.add(doc as TombstoneDoc);
}
