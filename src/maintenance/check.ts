import { createHash } from 'node:crypto';
import { segmentCount } from '../crypto/segments.ts';
import { readPaged } from '../database/pages.ts';
import { LockerError } from '../errors.ts';
import type { FileDoc } from '../files/documents.ts';
import { readVersion } from '../files/download.ts';
import { findVersion, openEntry } from '../files/entry.ts';
import type { Locker } from '../locker.ts';

/** One thing that is wrong with what is stored. */
export interface Finding {
  readonly fileId: string;
  readonly version: number | null;
  readonly problem: string;
}

export interface CheckReport {
  readonly files: number;
  readonly versions: number;
  readonly bytes: number;
  readonly findings: readonly Finding[];
}

export interface CheckProgress {
  readonly totalBytes: number;
  readonly bytes: number;
  readonly versions: number;
  readonly damaged: number;
}

/**
 * Reads every stored version as its owner would, verifies all MACs, lengths and hashes, and looks for chunks that no
 * reader would ask for. Changes nothing; for the operator, so it never says a name.
 */
export async function check(
  locker: Locker,
  onProgress: (progress: CheckProgress) => void = () => {},
  signal?: AbortSignal,
): Promise<CheckReport> {
  const { files } = locker.collections;
  const [sum] = await files
    .aggregate<{ total: number }>([
      { $group: { _id: null, total: { $sum: { $sum: '$versions.sizeBytes' } } } },
    ])
    .toArray();
  const totalBytes = sum?.total ?? 0;
  const findings: Finding[] = [];
  let fileCount = 0;
  let versions = 0;
  let bytes = 0;
  for await (const file of readPaged(files)) {
    fileCount++;
    for await (const step of checkCurrent(locker, file)) {
      signal?.throwIfAborted();
      if (typeof step === 'number') bytes += step;
      else if (step === 'version') versions++;
      else findings.push(step);
      onProgress({ totalBytes, bytes, versions, damaged: findings.length });
    }
  }
  return { files: fileCount, versions, bytes, findings };
}

/**
 * Reads one file back, as `checkFile` does. One that was changed while it was read is read again, and one that was deleted
 * is no damage.
 */
export async function* checkCurrent(
  locker: Locker,
  file: FileDoc,
): AsyncGenerator<number | 'version' | Finding> {
  const findings: Finding[] = [];
  for await (const step of checkFile(locker, file)) {
    if (typeof step === 'object') findings.push(step);
    else yield step;
  }
  if (findings.length === 0) return;
  const current = await locker.collections.files.findOne({ _id: file._id });
  if (current?.revision === file.revision) yield* findings;
  else if (current !== null) yield* checkCurrent(locker, current);
}

/** Reads one file back. Yields bytes read, `version` after each version, and findings. */
async function* checkFile(locker: Locker, file: FileDoc): AsyncGenerator<number | 'version' | Finding> {
  let metadata: ReturnType<typeof openEntry>;
  try {
    const owner = await locker.collections.accounts.findOne({ _id: file.owner });
    if (owner === null) {
      yield { fileId: file._id, version: null, problem: 'its owner does not exist' };
      return;
    }
    metadata = openEntry(locker.accountKeys.open(owner), file);
  } catch (error) {
    yield { fileId: file._id, version: null, problem: problemOf(error) };
    return;
  }
  const named = new Set(metadata.versions.map(({ n }) => n));
  for (const { n } of file.versions) {
    if (!named.has(n))
      yield { fileId: file._id, version: n, problem: 'a version that the sealed record does not name' };
  }
  for (const { n } of metadata.versions) {
    try {
      yield* checkVersion(locker, file, metadata, n);
    } catch (error) {
      yield { fileId: file._id, version: n, problem: problemOf(error) };
    }
    yield 'version';
  }
}

async function* checkVersion(
  locker: Locker,
  file: FileDoc,
  metadata: ReturnType<typeof openEntry>,
  n: number,
): AsyncGenerator<number | Finding> {
  const { facts, stored } = findVersion(file, metadata, n);
  const layout = { sizeBytes: facts.size, segmentBytes: facts.segmentBytes };
  const { chunks, listed } = await locker.content.measure(stored.id);
  const expected = segmentCount(layout);
  if (chunks !== expected)
    yield { fileId: file._id, version: n, problem: `${chunks} chunks are stored, ${expected} belong to it` };
  if (!listed) yield { fileId: file._id, version: n, problem: 'its GridFS file document is missing' };
  const hash = createHash('sha256');
  for await (const piece of await readVersion(locker, file._id, facts, stored, {
    start: 0,
    end: facts.size,
  })) {
    hash.update(piece);
    yield piece.length;
  }
  if (hash.digest('hex') !== facts.sha256)
    yield {
      fileId: file._id,
      version: n,
      problem: 'its content has another SHA-256 than the sealed record says',
    };
}

function problemOf(error: unknown): string {
  if (!(error instanceof LockerError)) throw error;
  const at = error.details.segment === undefined ? '' : ` in segment ${error.details.segment}`;
  if (error.code === 'content_damaged')
    return error.details.versionId === undefined ? 'its sealed record does not open' : `damaged${at}`;
  return error.details.hint ?? error.code;
}
