import type { BackupSettings } from '../src/backup-settings.ts';
import { sampleFiles } from './backup/choose-sample.ts';
import { drillSnapshot } from './backup/drill-snapshot.ts';
import { listSnapshots } from './backup/list-snapshots.ts';
import { openSnapshot } from './backup/open-snapshot.ts';
import { openTarget } from './backup/open-target.ts';
import { readIdentity } from './backup/read-identity.ts';
import { hourMs, type Job, minuteMs } from './job.ts';

/**
 * Restores a random sample of the newest snapshot into a scratch database and reads it there as its owners would, down to
 * the SHA-256 of the plaintext. With a recipient whose private key is elsewhere, as it should be, there is nothing that it could
 * open: then the backup job does it, while it still has the key.
 */
export const restoreDrillJob = (settings: BackupSettings): Job => ({
  name: 'restore-drill',
  summary: `restore up to ${sampleFiles} files of the newest snapshot into a scratch database and compare them`,
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
      return await drillSnapshot(locker, snapshot, signal);
    } finally {
      target.close();
    }
  },
});
