import { createHash, randomBytes } from 'node:crypto';
import { link, open, rm } from 'node:fs/promises';
import { AccountKeys, type OpenAccount } from '../../src/accounts/account-keys.ts';
import type { AccountDoc } from '../../src/accounts/documents.ts';
import { openContent, openRecorded } from '../../src/backup/open-recorded.ts';
import { readTombstones, Tombstones } from '../../src/backup/tombstones.ts';
import { LockerError } from '../../src/errors.ts';
import type { Locker } from '../../src/locker.ts';
import { damaged } from './damage.ts';
import { loadTombstones } from './load-tombstones.ts';
import type { RecordedFile, Snapshot } from './open-snapshot.ts';
import { readContent } from './read-content.ts';

/** What was written to the disk, in plaintext. */
export interface RestoredFile {
  readonly path: string;
  readonly name: string;
  readonly version: number;
  readonly bytes: number;
}

/**
 * Opens one file of a snapshot and writes it to the disk: aside first, and under its path only once all of it verified.
 *
 * @param path where to; nothing that is there is overwritten.
 * @param n number of the version; the current one if absent.
 * @param collections of a running database, if there is one: it may know that the file was deleted for good.
 * @throws LockerError `not_found`, `conflict` if the path exists or the file was deleted for good since, `backup_damaged`,
 *   `content_damaged`, `key_missing`, `backup_unavailable`.
 */
export async function restoreFile(
  snapshot: Snapshot,
  fileId: string,
  path: string,
  {
    n,
    collections,
    dryRun = false,
  }: {
    readonly n?: number | undefined;
    readonly collections?: Locker['collections'] | undefined;
    readonly dryRun?: boolean | undefined;
  } = {},
): Promise<RestoredFile> {
  const known = collections === undefined ? new Tombstones() : await readTombstones(collections);
  const tombstones = await loadTombstones(snapshot, known);
  const { file, contents } = await findFile(snapshot, fileId);
  const { owner, createdAt } = await findOwner(snapshot, file.owner);
  const metadata = openRecorded(owner, file);
  const version = n ?? metadata.versions.at(-1)?.n;
  const stored = file.versions.find((candidate) => candidate.n === version);
  if (version === undefined || stored === undefined)
    throw new LockerError('not_found', {
      subject: fileId,
      hint: `File ${fileId} has no version ${String(n)}.`,
    });
  if (
    tombstones.has('file', fileId, file.createdAt) ||
    tombstones.has('version', stored.id.toHexString(), stored.createdAt) ||
    tombstones.has('account', file.owner, createdAt)
  )
    throw new LockerError('conflict', {
      subject: fileId,
      hint: `File ${fileId} was deleted for good since, and a restore does not undo that.`,
    });
  const content = contents[stored.id.toHexString()];
  if (content === undefined) throw damaged(`file ${fileId}`, 'was not whole when the backup was made');
  const segments = readContent(snapshot.target, stored.id.toHexString(), content);
  const plaintext = openContent(snapshot.keys.keyring, owner, file, version, segments);
  const bytes = await (dryRun ? drain(plaintext, fileId) : write(plaintext, fileId, path));
  return { path, name: metadata.name, version, bytes };
}

async function findFile(snapshot: Snapshot, fileId: string): Promise<RecordedFile> {
  for await (const recorded of snapshot.readFiles()) if (recorded.file._id === fileId) return recorded;
  throw new LockerError('not_found', {
    subject: fileId,
    hint: `Snapshot ${snapshot.id} has no file ${fileId}. Another one may: node . backup list`,
  });
}

async function findOwner(snapshot: Snapshot, id: string): Promise<{ owner: OpenAccount; createdAt: Date }> {
  for await (const { in: collection, doc } of snapshot.readDocuments('documents')) {
    const account = doc as AccountDoc;
    if (collection === 'accounts' && account._id === id && account.status !== 'removing')
      return { owner: new AccountKeys(snapshot.keys.keyring).open(account), createdAt: account.createdAt };
  }
  throw new LockerError('not_found', { subject: id, hint: 'The account of this file was removed for good.' });
}

type Plaintext = ReturnType<typeof openContent>;

/** Reads to the end and compares the hash. @returns bytes. */
async function drain(
  plaintext: Plaintext,
  fileId: string,
  each: (piece: Buffer) => Promise<unknown> = async () => {},
): Promise<number> {
  const hash = createHash('sha256');
  for (;;) {
    const { done, value } = await plaintext.next();
    if (done !== true) {
      hash.update(value);
      await each(value);
    } else if (hash.digest('hex') === value.sha256) return value.size;
    else throw damaged(`file ${fileId}`, 'has another SHA-256 than its sealed record says');
  }
}

async function write(plaintext: Plaintext, fileId: string, path: string): Promise<number> {
  const aside = `${path}.${randomBytes(6).toString('hex')}.part`;
  try {
    const file = await open(aside, 'wx', 0o600);
    let bytes: number;
    try {
      bytes = await drain(plaintext, fileId, (piece) => file.writeFile(piece));
      await file.sync();
    } finally {
      await file.close();
    }
    // Unlike a rename, it refuses to take the place of something.
    await link(aside, path);
    return bytes;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (typeof code !== 'string' || error instanceof LockerError) throw error;
    throw new LockerError(
      'conflict',
      {
        subject: path,
        hint:
          code === 'EEXIST'
            ? `${path} exists already, and nothing is overwritten. Give another path.`
            : `${path} cannot be written (${code}). Check the folder and its space.`,
      },
      { cause: error },
    );
  } finally {
    await rm(aside, { force: true });
  }
}
