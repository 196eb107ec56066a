import { listSnapshots } from '../jobs/backup/list-snapshots.ts';
import { headKey, readSnapshotId } from '../jobs/backup/names.ts';
import type { BackupTarget } from '../jobs/backup/target.ts';
import { noteRemoval, notedSnapshots } from '../src/backup/snapshot-ledger.ts';
import type { Locker } from '../src/locker.ts';
import type { BackupWord } from './backup.ts';
import { openIfInstalled } from './installed-locker.ts';

/** Gives a snapshot up that is damaged or missing for good. */
export const forgetSnapshot: BackupWord = async ({ config, log, print }, target, { rest: [id] }) => {
  if (id === undefined || readSnapshotId(id) === undefined) {
    print('Say which snapshot, with its whole id.');
    return 2;
  }
  const opened = await openIfInstalled(config, log, print);
  try {
    // Noted first: from then on nobody misses it.
    const wasNoted = opened !== undefined && (await noteRemoval(opened.locker, [id])) > 0;
    const wasThere = (await target.get(headKey(id))) !== undefined;
    await target.remove(headKey(id));
    await target.settle();
    print(wasNoted || wasThere ? `Forgot ${id}.` : `There is no snapshot ${id}, and none is missed.`);
    return wasNoted || wasThere ? 0 : 1;
  } finally {
    await opened?.close();
  }
};

/** Nobody misses any more what is not there. */
export async function forgetMissing(locker: Locker, target: BackupTarget): Promise<void> {
  const there = new Set((await listSnapshots(target)).map(({ id }) => id));
  const noted = await notedSnapshots(locker, target.name);
  await noteRemoval(
    locker,
    noted.flatMap(({ _id }) => (there.has(_id) ? [] : [_id])),
  );
}
