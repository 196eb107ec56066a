import { exportSnapshot } from '../jobs/backup/export-snapshot.ts';
import { listSnapshots } from '../jobs/backup/list-snapshots.ts';
import { openTarget } from '../jobs/backup/open-target.ts';
import { prune } from '../jobs/backup/prune.ts';
import type { BackupTarget } from '../jobs/backup/target.ts';
import { verifySnapshot } from '../jobs/backup/verify-snapshot.ts';
import { loadKeyring } from '../src/keyring-file.ts';
import { openLocker } from '../src/open-locker.ts';
import type { Command, CommandContext } from './command.ts';
import { formatBytes } from './format-bytes.ts';
import { readIdentity } from '../jobs/backup/read-identity.ts';
import { showProgress } from './progress.ts';
import { readWords } from './words.ts';

const help = `node . backup                     export a snapshot, then remove what COFFER_BACKUP_KEEP does not keep
node . backup list                list the snapshots
node . backup verify [SNAPSHOT]   read a snapshot back and verify all of it; the newest if none is named
      --identity FILE             private key, for a snapshot that is sealed to a recipient
      --heal                      set damaged objects aside, so that the next backup copies them anew
node . backup prune [--dry-run]   only remove what COFFER_BACKUP_KEEP does not keep
Backups go to COFFER_BACKUP_DIR.`;

/** Everything about backups but bringing them back. */
export const backupCommand: Command = {
  name: 'backup',
  usage: 'backup [WORD]',
  summary: 'export a snapshot; list, verify, prune: the snapshots there are',
  run: async (context) => {
    const { rest, options, problem } = readWords(context.words, ['identity'], ['heal', 'dry-run', 'help']);
    const [word, ...more] = rest;
    const run = word === undefined ? exportNow : words[word];
    if (options.has('help')) return (context.print(help), 0);
    if (problem !== undefined || run === undefined) {
      context.print(`${problem ?? `There is no word ${String(word)}.`}\n${help}`);
      return 2;
    }
    const target = await openTarget(context.config.backup);
    try {
      return await run(context, target, { rest: more, options });
    } finally {
      target.close();
    }
  },
};

type Run = (
  context: CommandContext,
  target: BackupTarget,
  words: { readonly rest: readonly string[]; readonly options: ReadonlyMap<string, string> },
) => Promise<number>;

const exportNow: Run = async ({ config, log, print }, target) => {
  const opened = await openLocker(config, log, 'operator');
  const progress = showProgress('backing up', 'versions', print);
  try {
    const report = await exportSnapshot(opened.locker, target, {
      recipient: config.backup.recipient,
      onProgress: ({ versions, totalVersions }) => progress.update(versions, totalVersions),
    });
    progress.stop();
    print(
      `Snapshot ${report.id}: ${report.files} files, ${report.versions} versions, ${formatBytes(report.bytes)}; ` +
        `copied ${report.copiedVersions} versions, ${formatBytes(report.copiedBytes)}.`,
    );
    print(`Fingerprint ${report.fingerprint}`);
    for (const { fileId, versionId } of report.lost)
      print(`lost: file ${fileId} version ${versionId} is damaged in the database, so the backup lacks it`);
    const pruned = await prune(target, config.backup.keep, { log });
    print(`Kept ${pruned.kept.length} snapshots, removed ${pruned.removed.length}.`);
    return report.lost.length === 0 ? 0 : 1;
  } finally {
    progress.stop();
    await opened.close();
  }
};

const list: Run = async ({ print }, target) => {
  const snapshots = await listSnapshots(target);
  for (const { id, createdAt, sealedTo, problem } of snapshots)
    print(
      `${id}  ${createdAt.toISOString()}  ${problem ?? `opens with the ${sealedTo === 'keyring' ? 'keyring' : 'keyring and the private key'}`}`,
    );
  print(
    snapshots.length === 0
      ? `There is no snapshot in ${target.name}.`
      : `${snapshots.length} snapshots in ${target.name}`,
  );
  return 0;
};

const verify: Run = async ({ config, log, print }, target, { rest: [snapshot], options }) => {
  const { keyring } = await loadKeyring(config, false, log);
  const identity = await readIdentity(options.get('identity') ?? config.backup.identityFile);
  const progress = showProgress('verifying', 'versions', print);
  try {
    const report = await verifySnapshot(
      target,
      { keyring, identity },
      {
        snapshot,
        setAside: options.has('heal'),
        onProgress: ({ versions, totalVersions }) => progress.update(versions, totalVersions),
      },
    );
    progress.stop();
    for (const line of report.problems) print(`damaged: ${line}`);
    print(
      `Snapshot ${report.snapshot}: read ${report.readVersions} of ${report.versions} versions, ${formatBytes(report.readBytes)}: ` +
        (report.problems.length > 0
          ? `${report.problems.length} problems`
          : report.opened
            ? 'all intact'
            : 'all as it was written; without the private key no seal was opened'),
    );
    return report.problems.length === 0 ? 0 : 1;
  } finally {
    progress.stop();
  }
};

const pruneNow: Run = async ({ config, log, print }, target, { options }) => {
  const dryRun = options.has('dry-run');
  const report = await prune(target, config.backup.keep, { dryRun, log });
  for (const id of report.removed) print(`${dryRun ? 'would remove' : 'removed'} ${id}`);
  for (const id of report.unreadable)
    print(`damaged: snapshot ${id}; no content is removed while it is there`);
  print(
    `${report.kept.length} snapshots stay; ${dryRun ? 'would free' : 'freed'} ${report.removedObjects} objects, ${formatBytes(report.removedBytes)}.`,
  );
  return report.unreadable.length === 0 ? 0 : 1;
};

const words: Record<string, Run | undefined> = { list, verify, prune: pruneNow };
