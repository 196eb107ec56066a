import { createHash } from 'node:crypto';
import { AccountKeys, type OpenAccount } from '../../src/accounts/account-keys.ts';
import type { AccountDoc } from '../../src/accounts/documents.ts';
import { openContent } from '../../src/backup/open-recorded.ts';
import { isLockerError, LockerError } from '../../src/errors.ts';
import { isIn, type Share } from '../../src/maintenance/share.ts';
import { keysOf } from './content-object.ts';
import { damaged } from './damage.ts';
import { loadHead } from './list-snapshots.ts';
import { readSnapshotId } from './names.ts';
import { ObjectIndex } from './object-index.ts';
import {
  findSnapshot,
  openSnapshot,
  type RecordedContent,
  type RecordedFile,
  type Snapshot,
  type SnapshotKeys,
} from './open-snapshot.ts';
import { readContent } from './read-content.ts';
import { readVersionList } from './read-version-list.ts';
import { setAside } from './set-aside.ts';
import { createdAtOf } from './snapshot-head.ts';
import { verifyClosed } from './verify-closed.ts';
import type { BackupTarget } from './target.ts';

export interface VerifyOptions {
  /** The newest one if absent. */
  readonly snapshot?: string | undefined;
  /** Which part of the content is read back, such as from 0.1 to 0.2: parts that touch cover everything. All of it if absent. */
  readonly share?: Share | undefined;
  /** Sets damaged objects aside (under `damaged/`), so that the next export copies them anew. */
  readonly setAside?: boolean | undefined;
  /** What the target holds, if it is known already. */
  readonly index?: ObjectIndex | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?:
    | ((progress: { readonly versions: number; readonly totalVersions: number }) => void)
    | undefined;
}

export interface VerifyReport {
  readonly snapshot: string;
  readonly createdAt: Date;
  /** False if it is sealed to a recipient whose private key was not given: then lengths and digests were checked, and no seal. */
  readonly opened: boolean;
  readonly files: number;
  readonly versions: number;
  /** Versions whose content was read back. */
  readonly readVersions: number;
  readonly readBytes: number;
  /** One sentence each, naming an object or an id; never a name. At most 1000. Empty if all is well. */
  readonly problems: readonly string[];
}

const mostProblems = 1000;

/** What a verification gathers. */
export class Findings {
  readonly problems: string[] = [];
  versions = 0;
  readVersions = 0;
  readBytes = 0;

  add(problem: string): void {
    if (this.problems.length < mostProblems && !this.problems.includes(problem)) this.problems.push(problem);
  }
}

/**
 * Checks a snapshot: its records as a whole, that every object is there, and the content of a share of its versions, down to
 * the SHA-256 of the plaintext. Without the private key of its recipient: every record and object against its digest.
 *
 * @throws LockerError `not_found`, `backup_unavailable`, `key_missing` if the keyring lacks the key. Damage is reported, not thrown.
 */
export async function verifySnapshot(
  target: BackupTarget,
  keys: SnapshotKeys,
  options: VerifyOptions = {},
): Promise<VerifyReport> {
  const id = await findSnapshot(target, options.snapshot ?? 'latest');
  const findings = new Findings();
  let createdAt = readSnapshotId(id)?.time ?? new Date(0);
  const report = (opened: boolean, files: number): VerifyReport => ({
    snapshot: id,
    createdAt,
    opened,
    files,
    versions: findings.versions,
    readVersions: findings.readVersions,
    readBytes: findings.readBytes,
    problems: findings.problems,
  });
  try {
    const head = await loadHead(target, id);
    createdAt = createdAtOf(head.public);
    if (head.public.key.age && keys.identity === undefined) {
      await verifyClosed(target, head.public, options, findings);
      return report(false, 0);
    }
    return report(true, await verifyOpened(await openSnapshot(target, id, keys), options, findings));
  } catch (error) {
    if (!isLockerError(error, 'backup_damaged')) throw error;
    findings.add(error.details.hint ?? 'damaged');
    return report(false, 0);
  }
}

async function verifyOpened(snapshot: Snapshot, options: VerifyOptions, findings: Findings): Promise<number> {
  const { target, keys } = snapshot;
  const accounts = new Map<string, OpenAccount>();
  const accountKeys = new AccountKeys(keys.keyring);
  for await (const { in: collection, doc } of snapshot.readDocuments('documents')) {
    const account = doc as AccountDoc;
    if (collection === 'accounts' && account.status !== 'removing')
      accounts.set(account._id, accountKeys.open(account));
  }
  for await (const _ of snapshot.readDocuments('audit')) options.signal?.throwIfAborted();
  const list = await readVersionList(target, snapshot.id);
  if (list === undefined)
    findings.add(`the list of versions of snapshot ${snapshot.id} is missing or damaged`);
  const index = options.index ?? (await ObjectIndex.load(target));
  let files = 0;
  for await (const recorded of snapshot.readFiles()) {
    options.signal?.throwIfAborted();
    files++;
    await verifyFile(recorded);
    options.onProgress?.({ versions: findings.versions, totalVersions: snapshot.versions });
  }
  if (files !== snapshot.files || findings.versions !== snapshot.versions)
    findings.add(`snapshot ${snapshot.id} does not hold what its head says`);
  return files;

  async function verifyFile({ file, contents }: RecordedFile): Promise<void> {
    const owner = accounts.get(file.owner);
    for (const { id, n } of file.versions) {
      const version = id.toHexString();
      const content = contents[version];
      // Lost before the export, which said so.
      if (content === undefined) continue;
      findings.versions++;
      if (list !== undefined && !list.has(version)) findings.add(`version ${version} is not on the list`);
      if (isIn(version, options.share)) {
        try {
          findings.readBytes += await readBack({ version, content }, owner, file, n);
          findings.readVersions++;
        } catch (error) {
          await report(error, version);
        }
        continue;
      }
      for (const [part, key] of keysOf(version, content.parts).entries()) {
        const [bytes, sha256] = content.parts[part] ?? [];
        const found = index.find(version, part).find((object) => object.sha256 === sha256);
        if (found === undefined) findings.add(`${key} is missing.`);
        else if (found.bytes !== bytes) findings.add(`${key} has another length than it was written with.`);
      }
    }
  }

  /** Reads a version back. @returns its sealed bytes. */
  async function readBack(
    { version, content }: { version: string; content: RecordedContent },
    owner: OpenAccount | undefined,
    file: RecordedFile['file'],
    n: number,
  ): Promise<number> {
    const segments = readContent(target, version, content);
    if (owner === undefined) {
      // Its account was removed during the export: nothing opens it, and no restore brings it back.
      for await (const _ of segments);
      return content.sealedBytes;
    }
    const hash = createHash('sha256');
    const plaintext = openContent(keys.keyring, owner, file, n, segments);
    for (;;) {
      const { done, value } = await plaintext.next();
      if (done !== true) hash.update(value);
      else if (hash.digest('hex') === value.sha256) return content.sealedBytes;
      else throw damaged(`content ${version}`, 'has another SHA-256 than its sealed record says');
    }
  }

  async function report(error: unknown, version: string): Promise<void> {
    if (!(error instanceof LockerError) || !['backup_damaged', 'content_damaged'].includes(error.code))
      throw error;
    const key = error.details.subject;
    findings.add(
      error.code === 'backup_damaged' && error.details.hint !== undefined
        ? error.details.hint
        : `version ${version} does not open.`,
    );
    if (options.setAside === true && key !== undefined) await setAside(target, key);
  }
}
