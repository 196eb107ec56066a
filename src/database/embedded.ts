import { chmodSync, existsSync, mkdirSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { StartError } from '../errors.ts';
import type { Log } from '../log.ts';
import { type LockContent, lockPath, readLock, takeLock } from './lock.ts';
import { dataArgument } from './mongod.ts';
import { findMongod } from './mongod-binary.ts';
import { endProcess, hasArgument, isAlive, isCode } from './processes.ts';
import { isListening, prepareSocket, removeSocket, uriOf } from './socket.ts';
import { type SupervisedMongod, supervise } from './supervisor.ts';

/** The running database of this Coffer. */
export interface EmbeddedDatabase extends SupervisedMongod {
  /** How the driver connects to it; it stays the same when mongod is restarted. */
  readonly uri: string;
}

export interface EmbeddedOptions {
  /** Absolute path; created if it is missing. */
  readonly dataDir: string;
  /** The mongod that the operator wants, see `findMongod`. */
  readonly mongodPath?: string | undefined;
  readonly log: Log;
  /** The waits before the restarts of a mongod that does not stay up; after the last one it is given up. */
  readonly restartDelaysMs?: readonly number[] | undefined;
}

/** How long a mongod that a killed Coffer left behind gets for a clean end. */
const orphanPatienceMs = 10_000;

/**
 * Starts the embedded database: a mongod of its own with its data in `<dataDir>/db`, reachable only through a private
 * Unix socket, restarted when it dies. Whoever starts it must `stop` it.
 *
 * @throws StartError if another Coffer uses the data folder, the folder cannot be used, or there is no mongod or it fails.
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedDatabase> {
  if (process.platform === 'win32') {
    throw new StartError([
      'The embedded database needs Unix sockets, which MongoDB does not have on Windows. ' +
        'Set MONGODB_URI to a MongoDB 7 or later.',
    ]);
  }
  try {
    return await start(options);
  } catch (error) {
    throw asFolderProblem(error, options.dataDir);
  }
}

/** Finds the database of the Coffer that runs on a data folder, for an operator's command; undefined if none does. */
export async function findRunning(dataDir: string): Promise<{ uri: string; pid: number } | undefined> {
  const lock = readLock(lockPath(dataDir));
  if (lock?.database === undefined || !isAlive(lock.owner)) return undefined;
  return { uri: uriOf(lock.database.socketPath), pid: lock.owner.pid };
}

async function start(options: EmbeddedOptions): Promise<EmbeddedDatabase> {
  const { log, mongodPath, restartDelaysMs } = options;
  const { dataDir, dbPath } = prepareFolders(options.dataDir);
  const lock = await takeLock(lockPath(dataDir), (previous) => clearAway(previous, dbPath));
  let socketPath: string | undefined;
  const cleanUp = () => {
    if (socketPath !== undefined) removeSocket(socketPath);
    lock.release();
  };
  try {
    const binary = await findMongod({ dataDir, mongodPath });
    socketPath = prepareSocket(dataDir);
    const paths = {
      dbPath,
      socketPath,
      logPath: join(dbPath, 'mongod.log'),
      outputPath: join(dbPath, 'mongod.out'),
    };
    const mongod = await supervise({ binary, paths, lock, log, restartDelaysMs, cleanUp });
    return { ...mongod, uri: uriOf(socketPath) };
  } catch (error) {
    cleanUp();
    throw error;
  }
}

function prepareFolders(folder: string): { dataDir: string; dbPath: string } {
  makeFolder(folder);
  // One folder has one name here, whichever link leads to it: the orphan of a killed Coffer is known by its arguments.
  const dataDir = realpathSync(folder);
  const dbPath = join(dataDir, 'db');
  makeFolder(dbPath);
  chmodSync(dbPath, 0o700);
  return { dataDir, dbPath };
}

function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    if (!isCode(error, 'ENOENT')) throw error;
    // What Node says in place of a file system that is read-only. A single folder gets the true answer.
    mkdirSync(firstMissing(path), { mode: 0o700 });
    throw error;
  }
}

const firstMissing = (path: string): string =>
  existsSync(dirname(path)) ? path : firstMissing(dirname(path));

/** Ends the mongod of a Coffer that was killed, after making sure that it is that one, and removes its socket. */
async function clearAway({ database }: LockContent, dbPath: string): Promise<void> {
  if (database === undefined) return;
  const { mongod, socketPath } = database;
  if (
    isAlive(mongod) &&
    hasArgument(mongod.pid, dataArgument(dbPath)) &&
    !(await endProcess(mongod, orphanPatienceMs))
  ) {
    throw new StartError([
      `The database of a Coffer that was killed still runs (process ${mongod.pid}) and cannot be ended. ` +
        'End it by hand, then start again.',
    ]);
  }
  // Its process is out of sight when it runs in another container, but its socket in the shared folder is not.
  if (await isListening(socketPath)) {
    throw new StartError([
      `A database already runs on ${dbPath}, started by a process that cannot be seen from here, perhaps in another ` +
        'container. Stop it first, or give this Coffer another folder with COFFER_DATA_DIR.',
    ]);
  }
  removeSocket(socketPath);
}

const folderRemedies: Partial<Record<string, string>> = {
  EACCES: 'Give this user the right to write there',
  EPERM: 'Give this user the right to write there',
  EROFS: 'Mount it writable',
  ENOSPC: 'Free some space on that disk',
  EDQUOT: 'Free some space within the quota',
  EEXIST: 'A file is in the way: move it',
  ENOTDIR: 'A file is in the way: move it',
};

function asFolderProblem(error: unknown, dataDir: string): unknown {
  if (!(error instanceof Error) || !('syscall' in error) || !('code' in error)) return error;
  const remedy = folderRemedies[String(error.code)] ?? 'See to it';
  return new StartError(
    [
      `The data folder ${dataDir} cannot be used: ${error.message}. ` +
        `${remedy}, or set COFFER_DATA_DIR to another folder.`,
    ],
    { cause: error },
  );
}
