import type { OpenAccount } from '../../src/accounts/account-keys.ts';
import { dropVersions } from '../../src/backup/drop-versions.ts';
import type { Tombstones } from '../../src/backup/tombstones.ts';
import { isRestored, writeContent } from '../../src/backup/write-content.ts';
import type { Collections } from '../../src/database/collections.ts';
import { isLockerError } from '../../src/errors.ts';
import type { FileDoc } from '../../src/files/documents.ts';
import { InFlight } from '../../src/storage/in-flight.ts';
import type { RecordedContent, RecordedFile, Snapshot } from './open-snapshot.ts';
import { readContent } from './read-content.ts';
import type { RestoreCounts, RestoreOptions } from './restore-report.ts';

/** Files that are restored at once. */
const filesInFlight = 4;

/** How one restore treats files. */
export interface FileRestore {
  readonly collections: Collections;
  readonly snapshot: Snapshot;
  /** Accounts whose files come back, by id. */
  readonly owners: ReadonlyMap<string, OpenAccount>;
  readonly tombstones: Tombstones;
  readonly options: RestoreOptions;
  readonly counts: RestoreCounts;
  /** False for an entry that must stay as it is. */
  readonly isWanted: (file: FileDoc) => Promise<boolean>;
  readonly write: (file: FileDoc) => Promise<void>;
}

/**
 * Restores the files of a snapshot: contents first, then the entry, as an upload does it. What was deleted for good since is
 * left out, and so is, by itself, each version whose content is damaged.
 */
export async function restoreFiles(restore: FileRestore): Promise<void> {
  const { snapshot, options } = restore;
  const work = new InFlight(filesInFlight);
  try {
    for await (const recorded of snapshot.readFiles()) {
      options.signal?.throwIfAborted();
      await work.add(() => restoreOne(restore, recorded));
    }
  } finally {
    await work.settle();
  }
  work.throwIfFailed();
}

async function restoreOne(restore: FileRestore, { file, contents }: RecordedFile): Promise<void> {
  const { owners, tombstones, options, counts, snapshot } = restore;
  const owner = owners.get(file.owner);
  if (owner === undefined || options.only?.(file._id) === false) return;
  if (tombstones.has('file', file._id, file.createdAt)) {
    counts.erased++;
    return;
  }
  if (!(await restore.isWanted(file))) return;
  const gone = new Set<string>();
  for (const { id, createdAt } of file.versions) {
    options.signal?.throwIfAborted();
    const version = id.toHexString();
    const content = contents[version];
    if (tombstones.has('version', version, createdAt)) gone.add(version);
    else if (content === undefined || !(await restoreContent(restore, version, content))) {
      gone.add(version);
      counts.damaged.push({ fileId: file._id, versionId: version });
    } else {
      counts.versions++;
      counts.bytes += content.sealedBytes;
      options.onProgress?.({ versions: counts.versions, totalVersions: snapshot.versions });
    }
  }
  const restored = dropVersions(owner, file, gone);
  if (restored === undefined) return;
  // Whoever lost the right to restore meanwhile may have lost the contents too.
  options.signal?.throwIfAborted();
  if (options.dryRun !== true) await restore.write(restored);
  counts.files++;
}

/** @returns false if it is damaged. */
async function restoreContent(
  { collections, snapshot, options }: FileRestore,
  id: string,
  content: RecordedContent,
): Promise<boolean> {
  const stored = { id, sealedBytes: content.sealedBytes, chunkBytes: content.chunkBytes };
  const parts = readContent(snapshot.target, id, content);
  try {
    if (options.dryRun === true) for await (const _ of parts) options.signal?.throwIfAborted();
    else if (!(await isRestored(collections, stored))) await writeContent(collections, stored, parts);
    return true;
  } catch (error) {
    if (!isLockerError(error, 'backup_damaged')) throw error;
    return false;
  }
}
