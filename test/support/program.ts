import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startFlags } from './start-flags.ts';

const root = join(import.meta.dirname, '..', '..');
/** For a start, on a machine with much else to do. */
const startPatienceMs = 180_000;

/** The program as an operator runs it, in a process of its own. */
export interface Program {
  readonly child: ChildProcess;
  /** What it printed so far. */
  readonly output: () => string;
  readonly errors: () => string;
  /** Ends it with a signal and waits until it is gone. By force, its database goes on: not before its folder is removed. */
  end(signal?: NodeJS.Signals): Promise<number | null>;
  /** Resolves with its exit code. */
  readonly exited: Promise<number | null>;
}

/** A program that listens. */
export interface RunningProgram extends Program {
  readonly url: string;
}

/** Starts `node . <words>` from the sources, with nothing of this process's environment but the search path. */
export function startProgram(env: Record<string, string>, words: readonly string[] = []): Program {
  const child = spawn(process.execPath, [...startFlags, '--import', 'tsx', join(root, 'main.ts'), ...words], {
    cwd: root,
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: process.env['HOME'] ?? '',
      COFFER_LOG_LEVEL: 'debug',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const exited = once(child, 'close').then(([code]) => code as number | null);
  return {
    child,
    output: () => output,
    errors: () => errors,
    exited,
    end: async (signal = 'SIGTERM') => {
      child.kill(signal);
      return exited;
    },
  };
}

/** Starts the server on a port of the system's choice and waits until it listens. */
export async function startServer(
  dataDir: string,
  env: Record<string, string> = {},
): Promise<RunningProgram> {
  const program = startProgram({ COFFER_DATA_DIR: dataDir, COFFER_PORT: '0', ...env });
  const url = await poll(
    () =>
      /Coffer listens on (\S+)/.exec(program.output())?.[1] ??
      (program.child.exitCode === null ? undefined : ''),
    startPatienceMs,
  );
  if (url === '') throw new Error(`the program ended: ${program.errors()}`);
  return { ...program, url };
}

/** Runs `node . <words>` to its end. */
export async function run(
  env: Record<string, string>,
  words: readonly string[] = [],
): Promise<{ code: number | null; output: string; errors: string }> {
  const program = startProgram(env, words);
  const code = await program.exited;
  return { code, output: program.output(), errors: program.errors() };
}

/** Asks until there is an answer. */
export async function poll<T>(
  ask: () => T | undefined | Promise<T | undefined>,
  timeoutMs = 30_000,
): Promise<T> {
  const end = Date.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (Date.now() > end) throw new Error('nothing came');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Claims a fresh installation with the code that it keeps. */
export async function claimProgram(url: string, dataDir: string): Promise<string> {
  const code = await readFile(join(dataDir, 'setup-code'), 'utf8');
  const response = await fetch(`${url}/v1/setup`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ code: code.trim(), handle: 'alice' }),
  });
  const { access_token } = (await response.json()) as { access_token: string };
  return access_token;
}

/** Process number of the database of a running program. */
export async function mongodPid(dataDir: string): Promise<number> {
  const lock = JSON.parse(await readFile(join(dataDir, 'coffer.lock'), 'utf8')) as {
    database: { mongod: { pid: number } };
  };
  return lock.database.mongod.pid;
}
