import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { StartError } from '../errors.ts';
import { preparePackaged } from './packaged-mongod.ts';
import { isCode } from './processes.ts';

/** A mongod that can be run. */
export interface MongodBinary {
  readonly path: string;
  /** `LD_LIBRARY_PATH` that it needs; only the packaged one does. */
  readonly libraryPath: string | undefined;
  readonly source: 'COFFER_MONGOD' | 'PATH' | 'packaged' | 'download';
}

/** The oldest MongoDB that the locker is tested with. */
export const minimumMajor = 7;

/**
 * Finds the mongod of the embedded database: the one that `COFFER_MONGOD` names, one of version 7 or later on the
 * PATH, the packaged one (linux x64), or the official download, which is kept in the data folder.
 *
 * @throws StartError if `COFFER_MONGOD` names none that will do, the packaged one is damaged, or the download fails.
 */
export async function findMongod(config: {
  readonly mongodPath?: string | undefined;
  readonly dataDir: string;
}): Promise<MongodBinary> {
  if (config.mongodPath !== undefined) {
    await checkNamed(config.mongodPath);
    return { path: config.mongodPath, libraryPath: undefined, source: 'COFFER_MONGOD' };
  }
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const path = join(folder, 'mongod');
    if (folder === '' || !(await isExecutable(path))) continue;
    const version = await readVersion(path);
    if (version.major !== undefined && version.major >= minimumMajor) {
      return { path, libraryPath: undefined, source: 'PATH' };
    }
  }
  const packaged = await preparePackaged(config.dataDir);
  if (packaged !== undefined) return { ...packaged, source: 'packaged' };
  return { path: await download(config.dataDir), libraryPath: undefined, source: 'download' };
}

/** The environment of a mongod: nothing of Coffer's own, which holds its secrets. */
export function mongodEnvironment(libraryPath: string | undefined): NodeJS.ProcessEnv {
  const names = ['PATH', 'HOME', 'LANG', 'TZ', 'TMPDIR', 'GLIBC_TUNABLES', 'LD_LIBRARY_PATH'];
  const entries = names.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return {
    ...Object.fromEntries(entries),
    ...(libraryPath === undefined ? {} : { LD_LIBRARY_PATH: libraryPath }),
  };
}

async function checkNamed(path: string): Promise<void> {
  const wayOut = 'Correct the path, or unset COFFER_MONGOD to let Coffer find one.';
  const problem = (what: string, cause?: unknown) =>
    new StartError([`COFFER_MONGOD is "${path}", ${what}. ${wayOut}`], { cause });
  if (!(await isFile(path))) throw problem('but there is no such file');
  if (!(await isExecutable(path))) throw problem('which is not executable');
  const version = await readVersion(path);
  if (version.major === undefined) throw problem('which does not run as a mongod', version.cause);
  if (version.major < minimumMajor) {
    throw problem(`which is version ${version.text}; Coffer needs MongoDB ${minimumMajor} or later`);
  }
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch (error) {
    if (isCode(error, 'ENOENT', 'ENOTDIR', 'EACCES')) return false;
    throw error;
  }
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
  } catch (error) {
    if (isCode(error, 'ENOENT', 'ENOTDIR', 'EACCES', 'ELOOP', 'ENAMETOOLONG')) return false;
    throw error;
  }
  return isFile(path);
}

async function readVersion(path: string): Promise<{ major?: number; text?: string; cause?: unknown }> {
  try {
    const options = { timeout: 10_000, env: mongodEnvironment(undefined) };
    const { stdout } = await promisify(execFile)(path, ['--version'], options);
    const match = /^db version v((\d+)\.\S*)/m.exec(stdout);
    return match === null ? {} : { major: Number(match[2]), text: match[1] ?? '' };
  } catch (cause) {
    // Whatever keeps it from answering, it is not a mongod to rely on; the caller decides whether that is an error.
    return { cause };
  }
}

async function download(dataDir: string): Promise<string> {
  try {
    // Loaded only here: it is of no use where a mongod was found.
    const { MongoBinary } = await import('mongodb-memory-server');
    return await MongoBinary.getPath({ downloadDir: join(dataDir, 'mongod-download') });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split('\n')[0] : String(cause);
    throw new StartError(
      [
        `There is no mongod for the embedded database, and it cannot be downloaded (${reason}). ` +
          `Install MongoDB ${minimumMajor} or later, name its mongod with COFFER_MONGOD, ` +
          'or set MONGODB_URI to use a database that runs elsewhere.',
      ],
      { cause },
    );
  }
}
