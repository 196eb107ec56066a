import { noteVerified } from '../../src/backup/snapshot-ledger.ts';
import { LockerError } from '../../src/errors.ts';
import type { Locker } from '../../src/locker.ts';
import { check } from '../../src/maintenance/check.ts';
import { chooseSample } from './choose-sample.ts';
import type { Snapshot } from './open-snapshot.ts';
import { restoreInstallation } from './restore-installation.ts';

/**
 * Restores a random sample of a snapshot into a scratch database, and reads it there as its owners would, down to the SHA-256
 * of the plaintext. Then the snapshot is noted as verified.
 *
 * @returns counts for the record of a run.
 * @throws LockerError `backup_damaged` if anything does not come back whole; `backup_unavailable`.
 */
export async function drillSnapshot(
  locker: Locker,
  snapshot: Snapshot,
  signal?: AbortSignal,
): Promise<Record<'snapshotAt' | 'files' | 'versions', number>> {
  const sample = await chooseSample(snapshot.readFiles(), signal);
  const scratch = await locker.openScratch();
  try {
    const { collections } = scratch.locker;
    const { damaged } = await restoreInstallation({ collections, keyring: locker.keyring }, snapshot, {
      only: (id) => sample.has(id),
      signal,
    });
    const { files, versions, findings } = await check(scratch.locker, undefined, signal);
    const problems = damaged.length + findings.length;
    for (const finding of [...damaged, ...findings])
      locker.log.error({ snapshot: snapshot.id, ...finding }, 'the restore drill found damage');
    if (problems > 0)
      throw new LockerError('backup_damaged', {
        subject: snapshot.id,
        actual: problems,
        hint: `The restore drill of snapshot ${snapshot.id} found ${problems} problems. See node . backup verify.`,
      });
    await noteVerified(locker, snapshot.id);
    return { snapshotAt: snapshot.createdAt.getTime(), files, versions };
  } finally {
    await scratch.drop();
  }
}
