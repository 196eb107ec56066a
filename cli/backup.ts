import { plural } from '../bots/words/plural.ts';
import { backupJob } from '../jobs/backup-job.ts';
import type { SnapshotReport } from '../jobs/backup/export-snapshot.ts';
import { listSnapshots } from '../jobs/backup/list-snapshots.ts';
import { makeBackup } from '../jobs/backup/make-backup.ts';
import { openTarget } from '../jobs/backup/open-target.ts';
import { prune } from '../jobs/backup/prune.ts';
import type { BackupTarget } from '../jobs/backup/target.ts';
import { type VerifyReport, verifySnapshot } from '../jobs/backup/verify-snapshot.ts';
import { type TargetReport, verifyTarget } from '../jobs/backup/verify-target.ts';
import { noteRemoval, notedSnapshots } from '../src/backup/snapshot-ledger.ts';
import { loadKeyring } from '../src/keyring-file.ts';
import { openLocker } from '../src/open-locker.ts';
import type { Command, CommandContext } from './command.ts';
import { forgetMissing, forgetSnapshot } from './forget-snapshots.ts';
import { formatBytes } from './format-bytes.ts';
import { holdJob } from './hold-job.ts';
import { readIdentity } from '../jobs/backup/read-identity.ts';
import { openIfInstalled } from './installed-locker.ts';
import { showProgress } from './progress.ts';
import { readWords } from './words.ts';

const help = `node . backup                     export a snapshot, then remove what COFFER_BACKUP_KEEP does not keep
      --anew                      even if the target is empty, and snapshots were made there
node . backup list                list the snapshots
node . backup verify [SNAPSHOT]   read everything back and verify it, or only one snapshot; what is damaged is
                                  set aside, so that the next backup copies it anew
      --identity FILE             private key, for snapshots that are sealed to a recipient
      --dry-run                   set nothing aside
node . backup prune [--dry-run]   only remove what COFFER_BACKUP_KEEP does not keep
node . backup forget SNAPSHOT     give one up that is damaged or missing for good, so that verification no longer
                                  names it; what only it needs goes with a later prune
Backups go to COFFER_BACKUP_DIR.`;

/** Everything about backups but bringing them back. */
export const backupCommand: Command = {
  name: 'backup',
  usage: 'backup [WORD]',
  summary: 'export a snapshot; list, verify, prune, forget: the snapshots there are',
  help,
  run: async (context) => {
    const { rest, options, problem } = readWords(context.words, ['identity'], ['anew', 'dry-run']);
    const [word, ...more] = rest;
    const run = word === undefined ? backUp : words[word];
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

/** One word of the command. */
export type BackupWord = (
  context: CommandContext,
  target: BackupTarget,
  words: { readonly rest: readonly string[]; readonly options: ReadonlyMap<string, string> },
) => Promise<number>;

const backUp: BackupWord = async ({ config, log, print }, target, { options }) => {
  const opened = await openLocker(config, log, 'operator');
  const progress = showProgress('backing up', 'versions', print);
  let lost = 0;
  try {
    const done = await holdJob(opened, backupJob(config.backup), async (signal) => {
      if (options.has('anew')) await forgetMissing(opened.locker, target);
      const { snapshot, pruned, counts } = await makeBackup(opened.locker, target, config.backup, {
        signal,
        onProgress: ({ versions, totalVersions }) => progress.update(versions, totalVersions),
      });
      progress.stop();
      describe(snapshot, print);
      print(`Kept ${plural(pruned.kept.length, 'snapshot')}, removed ${pruned.removed.length}.`);
      lost = snapshot.lost.length;
      return counts;
    });
    if (!done) print('A backup is being made already. See node . jobs list.');
    return done && lost === 0 ? 0 : 1;
  } finally {
    progress.stop();
    await opened.close();
  }
};

function describe(snapshot: SnapshotReport, print: CommandContext['print']): void {
  print(
    `Snapshot ${snapshot.id}: ${plural(snapshot.files, 'file')}, ${plural(snapshot.versions, 'version')}, ${formatBytes(snapshot.bytes)}; ` +
      `copied ${plural(snapshot.copiedVersions, 'version')}, ${formatBytes(snapshot.copiedBytes)}.`,
  );
  print(`Fingerprint ${snapshot.fingerprint}`);
  for (const { fileId, versionId } of snapshot.lost)
    print(`lost: file ${fileId} version ${versionId} is damaged in the database, so the backup lacks it`);
}

const list: BackupWord = async ({ print }, target) => {
  const snapshots = await listSnapshots(target);
  for (const { id, createdAt, sealedTo, problem } of snapshots)
    print(
      `${id}  ${createdAt.toISOString()}  ${problem ?? `opens with the ${sealedTo === 'keyring' ? 'keyring' : 'keyring and the private key'}`}`,
    );
  print(
    snapshots.length === 0
      ? `There is no snapshot in ${target.name}.`
      : `${plural(snapshots.length, 'snapshot')} in ${target.name}`,
  );
  return 0;
};

const verify: BackupWord = async ({ config, log, print }, target, { rest: [snapshot], options }) => {
  const { keyring } = await loadKeyring(config, 'existing', log);
  const identity = await readIdentity(options.get('identity') ?? config.backup.identityFile);
  const opened = await openIfInstalled(config, log, print);
  const progress = showProgress('verifying', 'versions', print);
  try {
    const keys = { keyring, identity };
    const how = {
      setAside: !options.has('dry-run'),
      onProgress: ({ versions, totalVersions }: { versions: number; totalVersions: number }) =>
        progress.update(versions, totalVersions),
    };
    const ledger = opened === undefined ? undefined : await notedSnapshots(opened.locker, target.name);
    const report =
      snapshot === undefined
        ? await verifyTarget(target, keys, ledger, how)
        : await verifySnapshot(target, keys, { ...how, snapshot });
    progress.stop();
    for (const line of report.problems) print(`damaged: ${line}`);
    for (const line of verified(report)) print(line);
    return report.problems.length === 0 ? 0 : 1;
  } finally {
    progress.stop();
    await opened?.close();
  }
};

function verified(report: VerifyReport | TargetReport): string[] {
  const end =
    report.problems.length > 0
      ? `${plural(report.problems.length, 'problem')}; the next backup copies anew what the database still has`
      : report.opened
        ? 'all intact'
        : 'all as it was written; without the private key no seal was opened';
  const others =
    'snapshots' in report
      ? [
          `${plural(report.snapshots, 'snapshot')}; read ${plural(report.readOlderObjects, 'object')} that only older ones need.`,
        ]
      : [];
  return [
    ...others,
    `Snapshot ${report.snapshot}: read ${report.readVersions} of ${plural(report.versions, 'version')}, ${formatBytes(report.readBytes)}: ${end}`,
  ];
}

const pruneNow: BackupWord = async ({ config, log, print }, target, { options }) => {
  const dryRun = options.has('dry-run');
  const opened = dryRun ? undefined : await openIfInstalled(config, log, print);
  try {
    const report = await prune(target, config.backup.keep, {
      dryRun,
      log,
      onRemoval: async (ids) => {
        if (opened !== undefined) await noteRemoval(opened.locker, ids);
      },
    });
    for (const id of report.removed) print(`${dryRun ? 'would remove' : 'removed'} ${id}`);
    for (const id of report.unreadable)
      print(`damaged: snapshot ${id}; no content is removed while it is there`);
    print(
      `${plural(report.kept.length, 'snapshot')} ${report.kept.length === 1 ? 'stays' : 'stay'}; ${dryRun ? 'would free' : 'freed'} ${plural(report.removedObjects, 'object')}, ${formatBytes(report.removedBytes)}.`,
    );
    return report.unreadable.length === 0 ? 0 : 1;
  } finally {
    await opened?.close();
  }
};

const words: Record<string, BackupWord | undefined> = {
  list,
  verify,
  prune: pruneNow,
  forget: forgetSnapshot,
};
