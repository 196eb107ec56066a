import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, readlinkSync, readdirSync, statSync } from 'node:fs';
import { mkdir, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Document, MongoClient } from 'mongodb';
import { beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import {
  type EmbeddedDatabase,
  type EmbeddedOptions,
  findRunning,
  startEmbedded,
} from '../../src/database/embedded.ts';
import { connect, journaled } from '../../src/database/connect.ts';
import { type LockContent, lockPath } from '../../src/database/lock.ts';
import { findMongod } from '../../src/database/mongod-binary.ts';
import { identify, isAlive } from '../../src/database/processes.ts';
import { StartError } from '../../src/errors.ts';
import { createLog } from '../../src/log.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const log = createLog('silent');
const root = join(import.meta.dirname, '..', '..');

/** Runs the mongod of this machine without copying it for every test; `exec` keeps the process number. */
let mongodPath: string;

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'coffer-test-'));
  const { path, libraryPath } = await findMongod({ dataDir: folder });
  mongodPath = join(folder, 'wrapper');
  const libraries = libraryPath === undefined ? '' : `LD_LIBRARY_PATH='${libraryPath}' `;
  await writeFile(mongodPath, `#!/bin/sh\n${libraries}exec '${path}' "$@"\n`, { mode: 0o755 });
  return () => rm(folder, { recursive: true });
});

async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'coffer-test-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

async function start(dataDir: string, options: Partial<EmbeddedOptions> = {}): Promise<EmbeddedDatabase> {
  const database = await startEmbedded({ dataDir, mongodPath, log, ...options });
  onTestFinished(() => database.stop());
  return database;
}

async function withClient<T>(uri: string, use: (client: MongoClient) => Promise<T>): Promise<T> {
  await using client = await MongoClient.connect(uri, { serverSelectionTimeoutMS: 20_000 });
  return await use(client);
}

const write = (uri: string, ...documents: Document[]) =>
  withClient(uri, (client) =>
    client
      .db()
      .collection('things')
      .insertMany(documents, { writeConcern: { w: 1, j: true } }),
  );

const read = (uri: string) =>
  withClient(uri, (client) =>
    client
      .db()
      .collection('things')
      .find({}, { projection: { _id: 0 } })
      .toArray(),
  );

const ping = (uri: string) => withClient(uri, (client) => client.db().command({ ping: 1 }));

async function until<T>(probe: () => T | undefined | false, what: string): Promise<T> {
  const deadline = performance.now() + 20_000;
  while (performance.now() < deadline) {
    const value = probe();
    if (value !== undefined && value !== false) return value;
    await delay(10);
  }
  throw new Error(`waited in vain for ${what}`);
}

const pidOf = (database: EmbeddedDatabase) => until(() => database.pid(), 'mongod to run');

const readLockFile = (dataDir: string): LockContent => JSON.parse(readFileSync(lockPath(dataDir), 'utf8'));

/** Runs a script in a Node process of its own, which knows the modules under test. */
function runScript(body: string): ChildProcess {
  const script = `
    const { startEmbedded } = await import('${root}/src/database/embedded.ts');
    const { takeLock, lockPath } = await import('${root}/src/database/lock.ts');
    const { createLog } = await import('${root}/src/log.ts');
    const log = createLog('silent');
    const mongodPath = ${JSON.stringify(mongodPath)};
    ${body}`;
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', script], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

async function firstLine(child: ChildProcess): Promise<string> {
  let text = '';
  for await (const piece of child.stdout ?? []) {
    text += String(piece);
    if (text.includes('\n')) break;
  }
  return text.trim();
}

async function kill(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
}

/** A process that has ended, and a lock file that it left. */
async function leaveStaleLock(dataDir: string, database?: LockContent['database']): Promise<LockContent> {
  const child = spawn('sleep', ['60']);
  const owner = identify(child.pid ?? 0);
  if (owner === undefined) throw new Error('no process');
  await kill(child);
  const content = {
    id: '0f0e0d0c-0b0a-4000-8000-000000000001',
    owner,
    ...(database === undefined ? {} : { database }),
  };
  await writeFile(lockPath(dataDir), JSON.stringify(content));
  return content;
}

/** The inodes of the sockets that a process holds. */
const socketInodes = (pid: number) =>
  readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    const match = /^socket:\[(\d+)\]$/.exec(targetOf(`/proc/${pid}/fd/${fd}`));
    return match?.[1] === undefined ? [] : [match[1]];
  });

/** Where a link points; nowhere if it went away since it was listed. */
function targetOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    return '';
  }
}

const rows = (table: string) =>
  readFileSync(`/proc/net/${table}`, 'utf8')
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/));

describe('once started', () => {
  test('answers a ping', async () => {
    const { uri } = await start(await makeFolder());
    expect(await ping(uri)).toMatchObject({ ok: 1 });
  });

  test('answers when its folder has to be made first, deep down and with odd characters', async () => {
    const dataDir = join(await makeFolder(), 'a, b', "it's 100% ünï");
    expect(await ping((await start(dataDir)).uri)).toMatchObject({ ok: 1 });
  });

  test('runs on the packaged or installed mongod when none is named', async () => {
    const { uri } = await start(await makeFolder(), { mongodPath: undefined });
    expect(await ping(uri)).toMatchObject({ ok: 1 });
  });

  test('keeps its folders, its socket and its lock to their owner', async () => {
    const dataDir = await makeFolder();
    await start(dataDir);
    const mode = (path: string) => (statSync(join(dataDir, path)).mode & 0o777).toString(8);
    expect(['db', 'run', 'run/mongod.sock', 'coffer.lock', 'db/mongod.log'].map(mode)).toEqual([
      '700',
      '700',
      '700',
      '600',
      '600',
    ]);
  });

  test('listens only on its private socket, on no TCP port', async () => {
    const dataDir = await makeFolder();
    const inodes = socketInodes(await pidOf(await start(dataDir)));
    // Columns of proc_net(5): TCP state 0A is LISTEN, column 9 the inode; of a Unix socket 6 and 7 inode and path.
    const tcp = [...rows('tcp'), ...rows('tcp6')].filter((row) => inodes.includes(row[9] ?? ''));
    expect(tcp).toEqual([]);
    const paths = rows('unix').flatMap((row) => (inodes.includes(row[6] ?? '') ? [row[7]] : []));
    expect([...new Set(paths)]).toEqual([join(dataDir, 'run', 'mongod.sock')]);
  });

  test('hands mongod no secret of the environment', async () => {
    vi.stubEnv('COFFER_KEYS', 'a-master-key');
    onTestFinished(() => void vi.unstubAllEnvs());
    const pid = await pidOf(await start(await makeFolder()));
    expect(readFileSync(`/proc/${pid}/environ`, 'utf8')).not.toContain('a-master-key');
  });

  test('leads a process group of its own, so that Ctrl-C does not reach it', async () => {
    const pid = await pidOf(await start(await makeFolder()));
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ');
    expect(fields?.[2]).toBe(String(pid));
  });

  test('sets a log beyond 10 MiB aside', async () => {
    const dataDir = await makeFolder();
    const logPath = join(dataDir, 'db', 'mongod.log');
    await mkdir(dirname(logPath));
    await writeFile(logPath, '');
    await truncate(logPath, 10 * 1024 * 1024 + 1);
    await start(dataDir);
    expect(statSync(`${logPath}.1`).size).toBe(10 * 1024 * 1024 + 1);
    expect(statSync(logPath).size).toBeLessThan(1024 * 1024);
  });

  test('works in a data folder whose path is too long for a socket', async () => {
    const dataDir = join(await makeFolder(), 'x'.repeat(120));
    const database = await start(dataDir);
    const socketPath = readLockFile(dataDir).database?.socketPath ?? '';
    expect(await ping(database.uri)).toMatchObject({ ok: 1 });
    expect(socketPath.startsWith(join(tmpdir(), 'coffer-'))).toBe(true);
    expect(statSync(dirname(socketPath)).mode & 0o777).toBe(0o700);
    await database.stop();
    expect(existsSync(dirname(socketPath))).toBe(false);
  });
});

describe('when it is stopped', () => {
  test('keeps the data for the next start', async () => {
    const dataDir = await makeFolder();
    const first = await start(dataDir);
    await write(first.uri, { kept: 1 });
    await first.stop();
    const second = await start(dataDir);
    expect(second.uri).toBe(first.uri);
    expect(await read(second.uri)).toEqual([{ kept: 1 }]);
  });

  test('leaves no process, no socket and no lock, however often it is told', async () => {
    const dataDir = await makeFolder();
    const database = await start(dataDir);
    const mongod = identify(await pidOf(database));
    await Promise.all([database.stop(), database.stop()]);
    await database.stop();
    expect(mongod !== undefined && isAlive(mongod)).toBe(false);
    expect(database.pid()).toBeUndefined();
    expect(readdirSync(dataDir)).toEqual(['db']);
  });

  test('lets its process end by itself', async () => {
    const child = runScript(`
      const database = await startEmbedded({ dataDir: ${JSON.stringify(await makeFolder())}, mongodPath, log });
      await database.stop();`);
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  test('starts mongod no more, although it had just died', async () => {
    const dataDir = await makeFolder();
    const database = await start(dataDir);
    process.kill(await pidOf(database), 'SIGKILL');
    await until(() => database.pid() === undefined, 'mongod to be gone');
    await database.stop();
    expect(database.pid()).toBeUndefined();
    expect(readdirSync(dataDir)).toEqual(['db']);
  });
});

describe('when something dies', () => {
  test('a mongod killed with SIGKILL is back at the same address, with every acknowledged write', async () => {
    const rounds = 20;
    const database = await start(await makeFolder(), {
      restartDelaysMs: Array.from({ length: rounds }, () => 1),
    });
    const written: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const connection = await connect(database.uri);
      const things = connection.db.collection('things');
      await things.insertOne({ round }, { writeConcern: journaled(things) });
      written.push(round);
      const killed = await pidOf(database);
      process.kill(killed, 'SIGKILL');
      await connection.close();
      await until(() => database.pid() !== killed && database.pid(), 'a new mongod');
    }
    const kept = await read(database.uri);
    expect(kept.map(({ round }) => Number(round)).toSorted((a, b) => a - b)).toEqual(written);
  });

  test('a mongod that gets ready each time is started again however often it is killed', async () => {
    const database = await start(await makeFolder(), { restartDelaysMs: [1, 1] });
    for (let kills = 0; kills < 4; kills += 1) {
      const killed = await pidOf(database);
      const connection = await connect(database.uri);
      await connection.close();
      process.kill(killed, 'SIGKILL');
      await until(() => database.pid() !== killed && database.pid(), 'a new mongod');
    }
    const connection = await connect(database.uri);
    await connection.close();
    expect(database.restarts()).toBe(4);
  });

  test('a mongod that does not stay up is given up, with the reason', async () => {
    const folder = await makeFolder();
    const flag = join(folder, 'broken');
    const fragile = join(folder, 'mongod');
    await writeFile(
      fragile,
      `#!/bin/sh\n[ -e '${flag}' ] && { echo out of luck; exit 9; }\nexec '${mongodPath}' "$@"\n`,
      { mode: 0o755 },
    );
    const dataDir = join(folder, 'data');
    const database = await start(dataDir, { mongodPath: fragile, restartDelaysMs: [1, 1, 1] });
    await writeFile(flag, '');
    process.kill(await pidOf(database), 'SIGKILL');
    const reason = await database.gaveUp;
    expect(reason).toBeInstanceOf(StartError);
    expect(reason.message).toContain('does not stay up: out of luck. Its log is ');
    await database.stop();
    expect(existsSync(lockPath(dataDir))).toBe(false);
  });

  test('the mongod of a Coffer killed with SIGKILL is ended and replaced, with its data', async () => {
    const dataDir = await makeFolder();
    const child = runScript(`
      const database = await startEmbedded({ dataDir: ${JSON.stringify(dataDir)}, mongodPath, log });
      console.log(database.uri);`);
    const uri = await firstLine(child);
    await write(uri, { kept: 1 });
    await kill(child);
    const orphan = readLockFile(dataDir).database?.mongod ?? { pid: 0, started: '' };
    expect(isAlive(orphan)).toBe(true);
    const database = await start(dataDir);
    expect(isAlive(orphan)).toBe(false);
    expect(await read(database.uri)).toEqual([{ kept: 1 }]);
  });

  test('mongod is ended with a Coffer that exits without stopping it', async () => {
    const dataDir = await makeFolder();
    const child = runScript(`
      await startEmbedded({ dataDir: ${JSON.stringify(dataDir)}, mongodPath, log });
      process.exit(3);`);
    expect(await once(child, 'exit')).toEqual([3, null]);
    const mongod = readLockFile(dataDir).database?.mongod ?? { pid: 0, started: '' };
    await until(() => !isAlive(mongod), 'mongod to end');
  });
});

describe('one Coffer for a data folder', () => {
  test('refuses a second start while the first lives, and leaves the first alone', async () => {
    const dataDir = await makeFolder();
    const database = await start(dataDir);
    const second = startEmbedded({ dataDir, mongodPath, log });
    await expect(second).rejects.toThrow(StartError);
    await expect(second).rejects.toThrow(
      `Coffer is already running on this data folder (process ${process.pid})`,
    );
    expect(await ping(database.uri)).toMatchObject({ ok: 1 });
  });

  test('takes over the lock of a process that died', async () => {
    const dataDir = await makeFolder();
    const stale = await leaveStaleLock(dataDir);
    const database = await start(dataDir);
    expect(await ping(database.uri)).toMatchObject({ ok: 1 });
    expect(readLockFile(dataDir).id).not.toBe(stale.id);
    expect(readdirSync(dataDir).toSorted()).toEqual(['coffer.lock', 'db', 'run']);
  });

  test('takes over a lock whose process number belongs to another process now', async () => {
    const dataDir = await makeFolder();
    const stale = await leaveStaleLock(dataDir);
    const reused = { ...stale, owner: { ...stale.owner, pid: process.pid } };
    await writeFile(lockPath(dataDir), JSON.stringify(reused));
    expect(await ping((await start(dataDir)).uri)).toMatchObject({ ok: 1 });
  });

  test.each(['', '{"id":"../../x"', 'null', '{"id":"../../x","owner":{"pid":1,"started":"1"}}'])(
    'takes over a damaged lock: %s',
    async (text) => {
      const dataDir = await makeFolder();
      await writeFile(lockPath(dataDir), text);
      expect(await ping((await start(dataDir)).uri)).toMatchObject({ ok: 1 });
    },
  );

  test('lets exactly one of many starters have a stale lock', async () => {
    const dataDir = await makeFolder();
    await leaveStaleLock(dataDir);
    const go = join(dataDir, 'go');
    const starters = Array.from({ length: 6 }, () =>
      runScript(`
        const { existsSync, writeFileSync } = await import('node:fs');
        writeFileSync(${JSON.stringify(join(dataDir, 'ready-'))} + process.pid, '');
        while (!existsSync(${JSON.stringify(go)}));
        let word = 'won';
        await takeLock(lockPath(${JSON.stringify(dataDir)}), async () => {}).catch((error) => {
          word = error.message.includes('already running') ? 'refused' : String(error);
        });
        console.log(word);
        setInterval(() => {}, 1000);`),
    );
    const words = Promise.all(starters.map(firstLine));
    await until(
      () => readdirSync(dataDir).filter((name) => name.startsWith('ready-')).length === 6,
      'starters',
    );
    await writeFile(go, '');
    expect((await words).toSorted()).toEqual([...Array(5).fill('refused'), 'won']);
  });

  test('ends no stranger that a stale lock names', async () => {
    const dataDir = await makeFolder();
    const stranger = spawn('sleep', ['60']);
    onTestFinished(() => void stranger.kill('SIGKILL'));
    const mongod = identify(stranger.pid ?? 0);
    if (mongod === undefined) throw new Error('no process');
    await leaveStaleLock(dataDir, { mongod, socketPath: join(dataDir, 'run', 'mongod.sock') });
    await start(dataDir);
    expect(isAlive(mongod)).toBe(true);
  });

  test('removes nothing but a socket where a stale lock says that one is', async () => {
    const dataDir = await makeFolder();
    const precious = join(await makeFolder(), 'precious');
    await writeFile(precious, 'x');
    await leaveStaleLock(dataDir, { mongod: { pid: 0, started: '' }, socketPath: precious });
    await start(dataDir);
    expect(existsSync(precious)).toBe(true);
  });

  test('refuses while a database that it cannot see the process of still listens', async () => {
    const dataDir = await makeFolder();
    const socketPath = join(dataDir, 'elsewhere.sock');
    const server = createServer().listen(socketPath);
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const stale = await leaveStaleLock(dataDir, { mongod: { pid: 0, started: '' }, socketPath });
    await expect(start(dataDir)).rejects.toThrow('perhaps in another container');
    expect(readLockFile(dataDir)).toEqual(stale);
  });

  test('is found by findRunning while it runs, and only then', async () => {
    const dataDir = await makeFolder();
    expect(await findRunning(dataDir)).toBeUndefined();
    const database = await start(dataDir);
    expect(await findRunning(dataDir)).toEqual({ uri: database.uri, pid: process.pid });
    await database.stop();
    expect(await findRunning(dataDir)).toBeUndefined();
    await leaveStaleLock(dataDir, {
      mongod: { pid: 0, started: '' },
      socketPath: join(dataDir, 'run', 'mongod.sock'),
    });
    expect(await findRunning(dataDir)).toBeUndefined();
  });
});

describe('when it cannot start', () => {
  test('says that a file is in the way of the data folder', async () => {
    const dataDir = join(await makeFolder(), 'data');
    await writeFile(dataDir, '');
    const starting = startEmbedded({ dataDir, mongodPath, log });
    await expect(starting).rejects.toThrow(StartError);
    await expect(starting).rejects.toThrow(
      /^The data folder .*\/data cannot be used: .*A file is in the way: move it, or set COFFER_DATA_DIR/,
    );
  });

  test('says what mongod logged and where, and leaves nothing running', async () => {
    const dataDir = await makeFolder();
    await mkdir(join(dataDir, 'db'));
    await writeFile(join(dataDir, 'db', 'WiredTiger.turtle'), 'not a turtle');
    const starting = startEmbedded({ dataDir, mongodPath, log });
    await expect(starting).rejects.toThrow(StartError);
    await expect(starting).rejects.toThrow(/database corruption detected.*Its log is .*db\/mongod\.log\./);
    expect(readdirSync(dataDir)).toEqual(['db']);
  });

  test('says what a mongod printed that did not come as far as its log', async () => {
    const folder = await makeFolder();
    const path = join(folder, 'mongod');
    const answer = `[ "$1" = --version ] && { echo 'db version v8.0.0'; exit; }`;
    await writeFile(path, `#!/bin/sh\n${answer}\necho 'libfoo.so.1: cannot open' >&2\nexit 127\n`, {
      mode: 0o755,
    });
    const starting = startEmbedded({ dataDir: join(folder, 'data'), mongodPath: path, log });
    await expect(starting).rejects.toThrow('does not start: libfoo.so.1: cannot open. Its log is');
  });

  test('passes on that COFFER_MONGOD is wrong, and gives the folder free', async () => {
    const dataDir = await makeFolder();
    const starting = startEmbedded({ dataDir, mongodPath: '/nowhere/mongod', log });
    await expect(starting).rejects.toThrow('COFFER_MONGOD is "/nowhere/mongod", but there is no such file');
    expect(await ping((await start(dataDir)).uri)).toMatchObject({ ok: 1 });
  });
});
