import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { availableMemory, cacheBytesFor } from './cache-size.ts';
import { type MongodBinary, mongodEnvironment } from './mongod-binary.ts';
import { fileBytes, readTail, reasonInLog, rotateLog } from './mongod-log.ts';
import { isListening } from './socket.ts';

/** Where one mongod keeps its things; all paths are absolute. */
export interface MongodPaths {
  readonly dbPath: string;
  readonly socketPath: string;
  readonly logPath: string;
  /** Takes what mongod says before it has opened its log, such as a missing library. */
  readonly outputPath: string;
}

/** How a mongod ended, or why it could not be run at all. */
export interface MongodEnd {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly error?: unknown;
}

/** One run of mongod. */
export interface Mongod {
  readonly pid: number | undefined;
  /** Resolves when the process is gone; never rejects. */
  readonly ended: Promise<MongodEnd>;
  /** Waits until it accepts connections. False if it ended, or kept silent for too long, before that. */
  ready(): Promise<boolean>;
  /** Ends it, by force when it takes longer than `patienceMs`. */
  end(patienceMs: number): Promise<void>;
  /** Says why it ended, or did not get ready, from what it logged in this run. */
  failure(): string;
}

/** The log is set aside beyond this size. */
export const maxLogBytes = 10 * 1024 * 1024;

/**
 * How long a starting mongod may log nothing. A silence and not a total, because a recovery after a crash may take its
 * time and reports every 20 seconds.
 */
const startSilenceMs = 30_000;

/**
 * How the cache is written out. MongoDB's defaults begin at a twentieth of it, with four threads at once, which take the
 * processor from an upload that will soon be over; what waits goes out with the next checkpoint, within a minute.
 */
const cacheSettings =
  'eviction=(threads_min=1,threads_max=4),eviction_dirty_target=30,eviction_dirty_trigger=60';

/**
 * A checkpoint whenever so much was journaled, besides MongoDB's own of every minute. The journal before it is then removed,
 * and its memory is used again while it is at hand: a virtual machine has to ask its host for new memory, which costs a
 * large upload up to a third of its speed. It also bounds what a recovery reads.
 */
const checkpointSettings = 'checkpoint=(log_size=128MB)';

/** The argument that tells one mongod of this user from another. */
export const dataArgument = (dbPath: string) => `--dbpath=${dbPath}`;

/**
 * Keeps the memory that a mongod has freed, up to the size of its cache, instead of giving it back in the background: half of
 * every upload would else be written to memory that the system has to find again first. Not every mongod knows the word.
 */
const keepsMemory = '--setParameter=tcmallocEnableBackgroundThread=false';

/** The command line of the embedded mongod. */
const mongodArguments = (
  { source }: MongodBinary,
  { dbPath, socketPath, logPath }: MongodPaths,
): string[] => [
  dataArgument(dbPath),
  `--bind_ip=${socketPath}`,
  // Means the additional socket /tmp/mongodb-<port>.sock; the one of --bind_ip is opened all the same.
  '--nounixsocket',
  '--filePermissions=0700',
  `--logpath=${logPath}`,
  '--logappend',
  '--logRotate=reopen',
  '--quiet',
  `--wiredTigerCacheSizeGB=${(cacheBytesFor(availableMemory()) / 1024 ** 3).toFixed(2)}`,
  '--wiredTigerJournalCompressor=none',
  `--wiredTigerEngineConfigString=${cacheSettings},${checkpointSettings}`,
  '--setParameter=diagnosticDataCollectionEnabled=false',
  ...(source === 'packaged' ? [keepsMemory] : []),
];

/**
 * Starts mongod in a process group of its own, so that Ctrl-C in the terminal reaches the app and not the database.
 * Does not throw: one that cannot be run has ended.
 */
export function launchMongod(binary: MongodBinary, paths: MongodPaths): Mongod {
  const { logOffset, child, ended } = spawnMongod(binary, paths);
  const run: { end?: MongodEnd } = {};
  void ended.then((end) => Object.assign(run, { end }));

  return {
    pid: child?.pid,
    ended,
    async ready() {
      let heardAt = performance.now();
      let heardBytes = logOffset;
      while (run.end === undefined && performance.now() - heardAt < startSilenceMs) {
        if (await isListening(paths.socketPath)) return true;
        const bytes = fileBytes(paths.logPath);
        if (bytes !== heardBytes) heardAt = performance.now();
        heardBytes = bytes;
        await delay(10);
      }
      return false;
    },
    async end(patienceMs) {
      if (run.end === undefined) child?.kill('SIGTERM');
      const force = setTimeout(() => child?.kill('SIGKILL'), patienceMs);
      await ended;
      clearTimeout(force);
    },
    failure() {
      const { end } = run;
      if (end === undefined) return `mongod has logged nothing for ${startSilenceMs / 1000} seconds`;
      if (end.error instanceof Error) return `${binary.path} cannot be run (${end.error.message})`;
      if (end.signal === 'SIGILL') return 'MongoDB needs a processor with AVX, and this one has none';
      const output = readTail(paths.outputPath).trim().split('\n').at(-1);
      const how = end.signal === null ? `with code ${end.exitCode}` : `by ${end.signal}`;
      return reasonInLog(readTail(paths.logPath, logOffset)) ?? (output || `mongod was ended ${how}`);
    },
  };
}

function spawnMongod(binary: MongodBinary, paths: MongodPaths) {
  let logOffset = 0;
  let output: number | undefined;
  try {
    rotateLog(paths.logPath, maxLogBytes);
    logOffset = fileBytes(paths.logPath);
    output = openSync(paths.outputPath, 'w', 0o600);
    const child = spawn(binary.path, mongodArguments(binary, paths), {
      cwd: paths.dbPath,
      detached: true,
      env: mongodEnvironment(binary.libraryPath),
      stdio: ['ignore', output, output],
    });
    const ended = new Promise<MongodEnd>((resolve) => {
      child.once('exit', (exitCode, signal) => resolve({ exitCode, signal }));
      // Also emitted when a signal could not be sent; then there is a process, and its end is still to come.
      child.on('error', (error) => {
        if (child.pid === undefined) resolve({ exitCode: null, signal: null, error });
      });
    });
    return { logOffset, child, ended };
  } catch (error) {
    // Besides files that cannot be opened: Node throws some failures of exec, such as ENOEXEC, and emits the others.
    const end: MongodEnd = { exitCode: null, signal: null, error };
    return { logOffset, child: undefined, ended: Promise.resolve(end) };
  } finally {
    if (output !== undefined) closeSync(output);
  }
}
