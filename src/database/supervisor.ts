import { setTimeout as delay } from 'node:timers/promises';
import { StartError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { DataLock } from './lock.ts';
import { launchMongod, type Mongod, type MongodPaths, maxLogBytes } from './mongod.ts';
import type { MongodBinary } from './mongod-binary.ts';
import { rotateLog } from './mongod-log.ts';
import { identify, type ProcessIdentity, signalProcess } from './processes.ts';

/** A mongod that is kept running. */
export interface SupervisedMongod {
  /** Resolves with what to tell the operator when mongod cannot be kept running. Never rejects. */
  readonly gaveUp: Promise<StartError>;
  /** The process of mongod; undefined while it is down. */
  pid(): number | undefined;
  /** How often it was started again. */
  restarts(): number;
  /** Ends mongod, cleanly if it can, and cleans up. Idempotent; nothing keeps this process alive afterwards. */
  stop(): Promise<void>;
}

export interface SupervisorOptions {
  readonly binary: MongodBinary;
  readonly paths: MongodPaths;
  readonly lock: DataLock;
  readonly log: Log;
  readonly restartDelaysMs?: readonly number[] | undefined;
  /** Runs once mongod has ended for good. */
  readonly cleanUp: () => void;
}

const defaultRestartDelaysMs = [200, 600, 1_800, 5_000, 10_000];
/** A mongod that ran for so long is restarted with the first delay again. */
const stableMs = 30_000;
/** The last of the waits, counted from 0, for one that got ready and died soon: it is worth having again, whatever killed it. */
const lastWaitOfReady = 2;
const stopPatienceMs = 30_000;
const logCheckMs = 600_000;

/**
 * Starts mongod, waits until it accepts connections, and restarts it whenever it dies.
 *
 * @throws StartError if the first start fails; then no mongod is left, and `cleanUp` was not called.
 */
export async function supervise(options: SupervisorOptions): Promise<SupervisedMongod> {
  const { binary, paths, lock, log, cleanUp } = options;
  const delays = options.restartDelaysMs ?? defaultRestartDelaysMs;
  const stopping = new AbortController();
  let running: ProcessIdentity | undefined;
  let allRestarts = 0;

  const launch = (): Mongod => {
    const mongod = launchMongod(binary, paths);
    running = mongod.pid === undefined ? undefined : identify(mongod.pid);
    try {
      if (running !== undefined) lock.record({ mongod: running, socketPath: paths.socketPath });
    } catch (error) {
      // A full disk is no reason to go without a database; only an orphan would not be found.
      log.warn({ err: error }, 'the lock file could not be written');
    }
    return mongod;
  };
  const endWithProcess = () => {
    if (running !== undefined) signalProcess(running, 'SIGTERM');
  };
  const failed = (what: string, reason: string) =>
    new StartError([
      `The embedded database ${what}: ${reason}. Its log is ${paths.logPath}. ` +
        'Mend the cause and start again, or set MONGODB_URI to use another database.',
    ]);

  const startedAt = performance.now();
  process.on('exit', endWithProcess);
  let mongod = launch();
  if (!(await mongod.ready())) {
    const reason = mongod.failure();
    await mongod.end(stopPatienceMs);
    process.off('exit', endWithProcess);
    throw failed('does not start', reason);
  }
  log.info(
    { mongodPid: mongod.pid, source: binary.source, tookMs: Math.round(performance.now() - startedAt) },
    'database started',
  );

  const checkLog = () => {
    if (rotateLog(paths.logPath, maxLogBytes) && running !== undefined) signalProcess(running, 'SIGUSR1');
  };
  const logCheck = setInterval(checkLog, logCheckMs).unref();

  const ready = new WeakSet<Mongod>([mongod]);
  const announce = async (restarted: Mongod) => {
    if (!(await restarted.ready())) return;
    ready.add(restarted);
    log.info({ mongodPid: restarted.pid }, 'database restarted');
  };
  /** Resolves with the reason when it gives up, with undefined when it was stopped. */
  const keepRunning = async (): Promise<StartError | undefined> => {
    for (let restarts = 0; ; restarts += 1) {
      const since = performance.now();
      const end = await mongod.ended;
      running = undefined;
      if (stopping.signal.aborted) return undefined;
      if (performance.now() - since >= stableMs) restarts = 0;
      if (ready.has(mongod)) restarts = Math.min(restarts, lastWaitOfReady, delays.length - 1);
      const retryInMs = delays[restarts];
      log.error({ exitCode: end.exitCode, signal: end.signal, retryInMs }, 'database ended unexpectedly');
      if (retryInMs === undefined) return failed('does not stay up', mongod.failure());
      if (!(await waited(retryInMs, stopping.signal))) return undefined;
      mongod = launch();
      allRestarts += 1;
      void announce(mongod);
    }
  };
  const done = keepRunning();

  const stop = async () => {
    stopping.abort();
    clearInterval(logCheck);
    await mongod.end(stopPatienceMs);
    await done;
    process.off('exit', endWithProcess);
    cleanUp();
    log.info('database stopped');
  };
  let stopped: Promise<void> | undefined;
  return {
    gaveUp: new Promise((resolve) => {
      void done.then((reason) => reason !== undefined && resolve(reason));
    }),
    pid: () => running?.pid,
    restarts: () => allRestarts,
    stop: () => (stopped ??= stop()),
  };
}

/** Waits; false if it was aborted. */
async function waited(ms: number, signal: AbortSignal): Promise<boolean> {
  await delay(ms, undefined, { signal }).catch(() => {});
  return !signal.aborted;
}
