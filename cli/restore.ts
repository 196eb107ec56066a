import { plural } from '../bots/words/plural.ts';
import { openSnapshot, type Snapshot } from '../jobs/backup/open-snapshot.ts';
import { openTarget } from '../jobs/backup/open-target.ts';
import { restoreAccount } from '../jobs/backup/restore-account.ts';
import { restoreFile } from '../jobs/backup/restore-file.ts';
import { restoreInstallation } from '../jobs/backup/restore-installation.ts';
import type { RestoreReport } from '../jobs/backup/restore-report.ts';
import { openForRestore } from '../src/backup/open-for-restore.ts';
import { loadKeyring } from '../src/keyring-file.ts';
import { openLocker } from '../src/open-locker.ts';
import type { Command, CommandContext } from './command.ts';
import { formatBytes } from './format-bytes.ts';
import { readIdentity } from '../jobs/backup/read-identity.ts';
import { openIfInstalled } from './installed-locker.ts';
import { operator } from './operator.ts';
import { showProgress } from './progress.ts';
import { withoutSweep } from './without-sweep.ts';
import { readWords } from './words.ts';

const help = `node . restore SNAPSHOT                        all of it, into an empty database
node . restore SNAPSHOT --account HANDLE       what is missing of one account, into this locker
node . restore SNAPSHOT --file ID --to PATH    one file, to the disk, in plaintext [--version N]

SNAPSHOT is one of "node . backup list", the beginning of one, or: latest
  --dry-run         read and verify everything, write nothing
  --identity FILE   private key, if the snapshot is sealed to a recipient (or COFFER_BACKUP_IDENTITY_FILE)

COFFER_BACKUP_DIR says where the backups are. The keyring file must be in place before: for a whole restore put it
into the new COFFER_DATA_DIR as "keys". Nothing is ever overwritten. Files and accounts that were deleted for good
since stay deleted. A restore that was cut off goes on when it is run again. After a whole restore everyone signs in anew:
through their chat, or with a code of "node . sign-in HANDLE". Without Coffer: see docs/recovery.md.`;

/** Brings a snapshot back, or a part of it. */
export const restoreCommand: Command = {
  name: 'restore',
  usage: 'restore SNAPSHOT',
  summary: 'bring a backup back: all, one account or one file; --help explains',
  help,
  run: async (context) => {
    const { rest, options, problem } = readWords(
      context.words,
      ['account', 'file', 'to', 'version', 'identity'],
      ['dry-run'],
    );
    const [id] = rest;
    const wrong = problem ?? wrongOptions(options) ?? (id === undefined ? 'Say which snapshot.' : undefined);
    if (wrong !== undefined || id === undefined) {
      context.print(`${String(wrong)}\n${help}`);
      return 2;
    }
    const { config, log } = context;
    const target = await openTarget(config.backup);
    try {
      const { keyring } = await loadKeyring(config, 'existing', log);
      const identity = await readIdentity(options.get('identity') ?? config.backup.identityFile);
      const snapshot = await openSnapshot(target, id, { keyring, identity });
      context.print(
        `Snapshot ${snapshot.id}: ${plural(snapshot.files, 'file')}, ${formatBytes(snapshot.bytes)}`,
      );
      const file = options.get('file');
      if (file !== undefined) return await toDisk(context, snapshot, file, options);
      return report(context, await restore(context, snapshot, options), options.has('dry-run'));
    } finally {
      target.close();
    }
  },
};

function wrongOptions(options: ReadonlyMap<string, string>): string | undefined {
  if (options.has('file') && options.has('account')) return 'Give --file or --account, not both.';
  if (options.has('file') && !options.has('to') && !options.has('dry-run')) return '--file needs --to PATH.';
  if (options.has('version') && !/^\d{1,9}$/.test(options.get('version') ?? ''))
    return '--version is a number.';
  return undefined;
}

async function restore(
  { config, log, print }: CommandContext,
  snapshot: Snapshot,
  options: ReadonlyMap<string, string>,
): Promise<RestoreReport> {
  const dryRun = options.has('dry-run');
  const handle = options.get('account');
  const progress = showProgress(dryRun ? 'reading' : 'restoring', 'versions', print);
  const how = {
    dryRun,
    onProgress: ({ versions, totalVersions }: { versions: number; totalVersions: number }) =>
      progress.update(versions, totalVersions),
  };
  try {
    if (handle === undefined) {
      const opened = await openForRestore(config, log);
      try {
        return await restoreInstallation(opened, snapshot, how);
      } finally {
        await opened.close();
      }
    }
    const opened = await openLocker(config, log, 'operator');
    try {
      const bringBack = (signal?: AbortSignal) =>
        restoreAccount(opened.locker, operator, snapshot, handle, { ...how, signal });
      return await (dryRun ? bringBack() : withoutSweep(opened, print, bringBack));
    } finally {
      await opened.close();
    }
  } finally {
    progress.stop();
  }
}

async function toDisk(
  { config, log, print }: CommandContext,
  snapshot: Snapshot,
  id: string,
  options: ReadonlyMap<string, string>,
): Promise<number> {
  const version = options.get('version');
  const path = options.get('to') ?? '';
  // Where there is a database, it knows what was deleted for good since.
  const opened = await openIfInstalled(config, log, print);
  try {
    const { bytes, version: n } = await restoreFile(snapshot, id, path, {
      n: version === undefined ? undefined : Number(version),
      dryRun: options.has('dry-run'),
      collections: opened?.locker.collections,
    });
    print(
      options.has('dry-run')
        ? `File ${id}, version ${n}: ${formatBytes(bytes)}, intact.`
        : `Wrote ${formatBytes(bytes)}, version ${n}, in plaintext to ${path}`,
    );
    return 0;
  } finally {
    await opened?.close();
  }
}

function report({ print }: CommandContext, restored: RestoreReport, dryRun: boolean): number {
  print(
    `${dryRun ? 'Would restore' : 'Restored'} ${plural(restored.accounts, 'account')}, ${plural(restored.files, 'file')}, ${plural(restored.versions, 'version')}, ${formatBytes(restored.bytes)}.`,
  );
  if (restored.present > 0) print(`Already there, and unchanged: ${plural(restored.present, 'file')}.`);
  if (restored.erased > 0) print(`${restored.erased} were deleted for good since, and stay deleted.`);
  for (const { fileId, versionId } of restored.damaged)
    print(`damaged: file ${fileId} version ${versionId} is left out`);
  return restored.damaged.length === 0 ? 0 : 1;
}
