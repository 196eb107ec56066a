import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bindKeyring } from '../../../src/accounts/installation.ts';
import { GiB } from '../../../src/config.ts';
import type { Locker } from '../../../src/locker.ts';
import { composeLocker } from '../../../src/open-locker.ts';
import { FolderTarget } from '../../../jobs/backup/folder-target.ts';
import { openSnapshot, type Snapshot } from '../../../jobs/backup/open-snapshot.ts';
import { restoreInstallation } from '../../../jobs/backup/restore-installation.ts';
import type { RestoreOptions, RestoreReport } from '../../../jobs/backup/restore-report.ts';
import { openTestLocker, type TestLocker } from '../../support/locker.ts';

/** A locker with a folder for its backups. */
export interface TestBackup extends TestLocker {
  readonly folder: string;
  readonly target: FolderTarget;
  open(id?: string, identity?: string): Promise<Snapshot>;
}

export async function openTestBackup(): Promise<TestBackup> {
  const t = await openTestLocker();
  const folder = await mkdtemp(join(tmpdir(), 'coffer-backup-'));
  const target = await FolderTarget.open(folder);
  return {
    ...t,
    folder,
    target,
    open: (id = 'latest', identity?: string) => openSnapshot(target, id, { keyring: t.keyring, identity }),
    [Symbol.asyncDispose]: async () => {
      await t[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** What a restore into a new database gave. */
export interface Restored extends AsyncDisposable {
  readonly t: TestLocker;
  readonly locker: Locker;
  readonly report: RestoreReport;
}

export async function restoreAnew(snapshot: Snapshot, options: RestoreOptions = {}): Promise<Restored> {
  const t = await openTestLocker();
  const { keyring } = snapshot.keys;
  const { collections } = t.locker;
  const report = await restoreInstallation({ collections, keyring }, snapshot, options);
  const locker = await lockerOn(t, snapshot);
  return {
    t,
    locker,
    report,
    [Symbol.asyncDispose]: async () => {
      // What it still has to note must not meet the next test on this database.
      await locker.audit.flush();
      await t[Symbol.asyncDispose]();
    },
  };
}

/** A locker on a database that a snapshot was restored into. */
export async function lockerOn(t: TestLocker, { keys: { keyring } }: Snapshot): Promise<Locker> {
  const auditKey = await bindKeyring(t.locker.collections, keyring, 'test', new Date());
  return composeLocker(
    {
      quotaBytes: 10 * GiB,
      trashDays: 30,
      maxFileBytes: 10 * GiB,
      accountRequests: 1_000_000,
      addressRequests: 1_000_000,
      dataDir: t.locker.dataDir,
    },
    t.database,
    { keyring, auditKey },
    t.locker.log,
  );
}

/** Paths of all files of a backup, relative to it. */
export async function filesOf(folder: string, below = ''): Promise<string[]> {
  const entries = await readdir(join(folder, below), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .toSorted();
}
