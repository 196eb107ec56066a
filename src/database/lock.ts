import { randomUUID } from 'node:crypto';
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { StartError } from '../errors.ts';
import { identify, isAlive, isCode, type ProcessIdentity } from './processes.ts';

/** What the lock file of a data folder says about the Coffer that owns it. */
export interface LockContent {
  /** Unique for every time the lock is taken; decides races for a stale lock. */
  readonly id: string;
  readonly owner: ProcessIdentity;
  /** The database of that Coffer, once it was started. */
  readonly database?: { readonly mongod: ProcessIdentity; readonly socketPath: string };
}

/** The right to use a data folder. */
export interface DataLock {
  /** Notes the database, so that it is found by `findRunning`, or as an orphan after this process was killed. */
  record(database: NonNullable<LockContent['database']>): void;
  /** Gives the data folder free. Idempotent. */
  release(): void;
}

/** Where the lock file of a data folder is. */
export const lockPath = (dataDir: string) => join(dataDir, 'coffer.lock');

/** Reads a lock file; undefined if there is none. One that cannot be understood counts as left by a dead process. */
export function readLock(path: string): LockContent | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined;
    throw error;
  }
  return parse(text) ?? { id: 'damaged', owner: { pid: 0, started: '' } };
}

/**
 * Takes the lock, or takes it over from a process that died without releasing it. Of any number of starters at most
 * one wins: the file appears complete or not at all (a hard link), and only the holder of a second lock, named for
 * the id of the stale one, may replace it.
 *
 * @param beforeTakeOver Clears away what the dead owner left. When it throws, its lock stays as it was.
 * @throws StartError if the owner lives; errors of the file system as they are.
 */
export async function takeLock(
  path: string,
  beforeTakeOver: (previous: LockContent) => Promise<void>,
): Promise<DataLock> {
  const owner = identify(process.pid) ?? { pid: process.pid, started: '' };
  const content: LockContent = { id: randomUUID(), owner };
  for (;;) {
    if (create(path, content)) return held(path, content);
    const previous = readLock(path);
    if (previous === undefined) continue;
    if (isAlive(previous.owner)) throw alreadyRunning(path, previous.owner.pid);
    const guard = await takeLock(`${path}.${previous.id}`, async () => {});
    try {
      if (readLock(path)?.id !== previous.id) continue;
      await beforeTakeOver(previous);
      replace(path, content);
      return held(path, content);
    } finally {
      guard.release();
    }
  }
}

function held(path: string, content: LockContent): DataLock {
  let released = false;
  return {
    record(database) {
      if (!released) replace(path, { ...content, database });
    },
    release() {
      if (!released) rmSync(path, { force: true });
      released = true;
    },
  };
}

function create(path: string, content: LockContent): boolean {
  const draft = writeDraft(path, content);
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if (isCode(error, 'EEXIST')) return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

function replace(path: string, content: LockContent): void {
  renameSync(writeDraft(path, content), path);
}

function writeDraft(path: string, content: LockContent): string {
  const draft = `${path}.${content.id}.new`;
  writeFileSync(draft, `${JSON.stringify(content)}\n`, { mode: 0o600 });
  return draft;
}

const alreadyRunning = (path: string, pid: number) =>
  new StartError([
    `Coffer is already running on this data folder (process ${pid}): ${dirname(path)}. ` +
      'Stop it first, or give this one another folder with COFFER_DATA_DIR.',
  ]);

function parse(text: string): LockContent | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isLockContent(value) ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

const isIdentity = (value: unknown): value is ProcessIdentity =>
  isObject(value) && Number.isSafeInteger(value['pid']) && typeof value['started'] === 'string';

const isDatabase = (value: unknown): value is LockContent['database'] =>
  value === undefined ||
  (isObject(value) && isIdentity(value['mongod']) && typeof value['socketPath'] === 'string');

const isLockContent = (value: unknown): value is LockContent =>
  isObject(value) &&
  typeof value['id'] === 'string' &&
  // It becomes part of a file name.
  /^[0-9a-f-]{36}$/.test(value['id']) &&
  isIdentity(value['owner']) &&
  isDatabase(value['database']);
