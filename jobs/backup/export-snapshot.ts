import { randomBytes } from 'node:crypto';
import { toExtendedJson } from '../../src/backup/extended-json.ts';
import { readAllDocuments, readLines } from '../../src/backup/read-documents.ts';
import { readEntries } from '../../src/backup/read-entries.ts';
import { newestNoted, noteFinished, noteSnapshot } from '../../src/backup/snapshot-ledger.ts';
import type { Locker } from '../../src/locker.ts';
import { ContentCopier } from './copy-content.ts';
import { loadHead, snapshotIds } from './list-snapshots.ts';
import { headKey, readmeKey, snapshotId, timeOfNext } from './names.ts';
import { openWithKey, type Snapshot } from './open-snapshot.ts';
import { ObjectIndex } from './object-index.ts';
import { readVersionList } from './read-version-list.ts';
import { readmeText } from './readme-text.ts';
import { putRecord, writeRecords } from './records.ts';
import { writeHead } from './snapshot-head.ts';
import { newSnapshotKey } from './snapshot-key.ts';
import type { BackupTarget } from './target.ts';
import { VersionList } from './version-list.ts';

export interface ExportOptions {
  /** age recipient (`age1…`): then the snapshot opens with its private key only. */
  readonly recipient?: string | undefined;
  /** Ends the export between two objects, by throwing its reason. What was copied stays and is not copied again. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: ExportProgress) => void) | undefined;
  /** Given the snapshot once it is there, while its key is: if it is sealed to a recipient, nothing here opens it later. */
  readonly whileOpen?: ((snapshot: Snapshot) => Promise<void>) | undefined;
}

export interface ExportProgress {
  /** Versions that are in the target by now, and all that were there to be exported when it began. */
  readonly versions: number;
  readonly totalVersions: number;
  /** Sealed bytes that were copied by this export. */
  readonly copiedBytes: number;
}

/** What an export did. */
export interface SnapshotReport {
  readonly id: string;
  readonly createdAt: Date;
  /** SHA-256 of the snapshot's head, hexadecimal: note it elsewhere to recognise the snapshot. */
  readonly fingerprint: string;
  readonly files: number;
  readonly versions: number;
  /** Sealed bytes of all its versions. */
  readonly bytes: number;
  /** Of them, what was not in the target yet. */
  readonly copiedVersions: number;
  readonly copiedBytes: number;
  /** Versions whose content is missing or cut in the database: the snapshot lacks them, and `check` names them. */
  readonly lost: readonly LostVersion[];
}

export interface LostVersion {
  readonly fileId: string;
  readonly versionId: string;
}

/**
 * Exports a snapshot, while the locker goes on. Content is copied as it is sealed, and only what the target lacks. The head,
 * without which there is no snapshot, comes last and at once: cut off at any moment, an export leaves whole objects that the next
 * one finds. Each file is in it as it was at one moment of the export.
 *
 * @throws LockerError `backup_unavailable`, `bad_request` for a wrong recipient; nothing of an older snapshot is ever touched.
 */
export async function exportSnapshot(
  locker: Locker,
  target: BackupTarget,
  { recipient, signal, onProgress = () => {}, whileOpen }: ExportOptions = {},
): Promise<SnapshotReport> {
  const { collections } = locker;
  const createdAt = locker.now();
  const ids = await snapshotIds(target);
  const id = snapshotId(timeOfNext(createdAt, [...ids, ...(await newestNoted(locker))]), randomBytes(12));
  const { key, sealed } = await newSnapshotKey(locker.keyring, recipient);
  await putExplanations(target);
  const before = ids.at(-1);
  const copier = new ContentCopier(locker, target, {
    index: await ObjectIndex.load(target),
    needed: await neededBy(target, before),
    signal,
    onCopied: () => onProgress(progress()),
  });
  const totalVersions = await collections.contentFiles.estimatedDocumentCount();
  const versions = new VersionList();
  const counts = { files: 0, versions: 0, bytes: 0 };
  const progress = (): ExportProgress => ({
    versions: counts.versions,
    totalVersions: Math.max(totalVersions, counts.versions),
    copiedBytes: copier.copiedBytes,
  });

  async function* fileLines(): AsyncGenerator<string, void, undefined> {
    for await (const batch of readEntries(collections)) {
      signal?.throwIfAborted();
      for (const recorded of await copier.copyAll(batch)) {
        counts.files++;
        for (const [version, { sealedBytes }] of Object.entries(recorded.contents)) {
          versions.add(version);
          counts.versions++;
          counts.bytes += sealedBytes;
        }
        yield toExtendedJson(recorded);
      }
      onProgress(progress());
    }
  }
  const written = { snapshot: id, key };
  const files = await writeRecords(target, written, 'files', fileLines());
  const head: string[] = [];
  for await (const line of readLines(collections, 'auditHead')) head.push(line);
  const audit = await writeRecords(target, written, 'audit', readLines(collections, 'audit'));
  async function* documentLines(): AsyncGenerator<string, void, undefined> {
    yield* head;
    yield* readAllDocuments(collections);
  }
  const documents = await writeRecords(target, written, 'documents', documentLines());
  const lists: (typeof files)[number][] = [];
  for (const [part, bytes] of versions.encode().entries())
    lists.push(await putRecord(target, id, 'versions', part, bytes));
  signal?.throwIfAborted();
  // Everything must last before something says that it is there.
  await target.settle();
  const { bytes, fingerprint } = writeHead(
    key,
    {
      id,
      createdAt: createdAt.toISOString(),
      key: sealed,
      records: [...files, ...documents, ...audit, ...lists],
    },
    { ...counts, previous: await fingerprintOf(target, before) },
  );
  const { copiedVersions, copiedBytes, lost } = copier;
  await noteSnapshot(locker, {
    _id: id,
    target: target.name,
    createdAt,
    fingerprint,
    ...counts,
    copiedBytes,
  });
  await target.put(headKey(id), bytes);
  await target.settle();
  await noteFinished(locker, id);
  const report = { id, createdAt, fingerprint, ...counts, copiedVersions, copiedBytes, lost };
  locker.log.info({ ...report, lost: lost.length, target: target.name }, 'backup exported');
  for (const version of lost)
    locker.log.error({ ...version }, 'content is not whole, so the backup lacks it');
  await whileOpen?.(openWithKey(target, await loadHead(target, id), key, { keyring: locker.keyring }));
  return report;
}

/** The page that every backup carries, and the program that it names. */
async function putExplanations(target: BackupTarget): Promise<void> {
  const pages = [[readmeKey, Buffer.from(readmeText)] as const];
  for (const [name, bytes] of pages)
    if ((await target.get(name))?.equals(bytes) !== true) await target.put(name, bytes);
}

/** What the newest snapshot needs: no prune removes it, so that it can be relied upon. */
async function neededBy(target: BackupTarget, snapshot: string | undefined): Promise<VersionList> {
  if (snapshot === undefined) return new VersionList();
  return (await readVersionList(target, snapshot)) ?? new VersionList();
}

async function fingerprintOf(target: BackupTarget, snapshot: string | undefined): Promise<string | null> {
  if (snapshot === undefined) return null;
  return (await loadHead(target, snapshot).catch(() => undefined))?.fingerprint ?? null;
}
