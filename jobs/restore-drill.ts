import type { BackupSettings } from '../src/backup-settings.ts';
import { LockerError } from '../src/errors.ts';
import type { Locker } from '../src/locker.ts';
import { check } from '../src/maintenance/check.ts';
import { listSnapshots } from './backup/list-snapshots.ts';
import { openSnapshot, type Snapshot } from './backup/open-snapshot.ts';
import { openTarget } from './backup/open-target.ts';
import { readIdentity } from './backup/read-identity.ts';
import { restoreInstallation } from './backup/restore-installation.ts';
import { hourMs, type Job, minuteMs } from './job.ts';

/** Files of a drill. */
const sampleFiles = 25;

/**
 * Restores a random sample of the newest snapshot into a scratch database and reads it there as its owners would, down to
 * the SHA-256 of the plaintext. With a recipient whose private key is elsewhere, as it should be, there is nothing that it could open.
 */
export const restoreDrillJob = (settings: BackupSettings): Job => ({
  name: 'restore-drill',
  summary: `restore ${sampleFiles} files of the newest snapshot into a scratch database and compare them`,
  schedule: settings.cron === undefined ? undefined : '20 6 * * 0',
  timeoutMs: 6 * hourMs,
  jitterMs: 10 * minuteMs,
  run: async (locker, signal) => {
    const target = await openTarget(settings);
    try {
      const identity = await readIdentity(settings.identityFile);
      const sealedTo = (await listSnapshots(target)).at(-1)?.sealedTo;
      if (sealedTo === 'recipient' && identity === undefined) return { closed: 1, files: 0, versions: 0 };
      const snapshot = await openSnapshot(target, 'latest', { keyring: locker.keyring, identity });
      return await drill(locker, snapshot, signal);
    } finally {
      target.close();
    }
  },
});

async function drill(locker: Locker, snapshot: Snapshot, signal: AbortSignal) {
  const sample = await chooseFiles(snapshot, sampleFiles, signal);
  const scratch = await locker.openScratch();
  try {
    const { collections } = scratch.locker;
    const { damaged } = await restoreInstallation({ collections, keyring: locker.keyring }, snapshot, {
      only: (id) => sample.has(id),
      signal,
    });
    const { files, versions, findings } = await check(scratch.locker);
    const problems = damaged.length + findings.length;
    for (const finding of [...damaged, ...findings])
      locker.log.error({ snapshot: snapshot.id, ...finding }, 'the restore drill found damage');
    if (problems > 0)
      throw new LockerError('backup_damaged', {
        subject: snapshot.id,
        actual: problems,
        hint: `The restore drill of snapshot ${snapshot.id} found ${problems} problems. See node . backup verify.`,
      });
    return { snapshotAt: snapshot.createdAt.getTime(), files, versions };
  } finally {
    await scratch.drop();
  }
}

/** Chooses so many files, each with the same chance, without holding all of them. */
async function chooseFiles(snapshot: Snapshot, count: number, signal: AbortSignal): Promise<Set<string>> {
  const chosen: string[] = [];
  let seen = 0;
  for await (const { file } of snapshot.readFiles()) {
    signal.throwIfAborted();
    const place = seen < count ? seen : Math.floor(Math.random() * (seen + 1));
    if (place < count) chosen[place] = file._id;
    seen++;
  }
  return new Set(chosen);
}
