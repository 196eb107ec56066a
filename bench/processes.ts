import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { endProcess, identify } from '../src/database/processes.ts';

/** A program that runs beside the bench, until it is stopped. */
export interface Program {
  readonly pid: number;
  /** What the expected line said, its first group. */
  readonly ready: string;
  /** Ends it, by force if it takes too long. Safe to repeat. */
  stop(): Promise<void>;
}

export interface Launch {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly cwd?: string | undefined;
  /** Gets all that it prints: a file costs the bench no time, as a pipe would. */
  readonly logPath: string;
  /** The output that says it is ready. */
  readonly expect: RegExp;
}

const startPatienceMs = 60_000;
/** How long a program gets to end by itself. */
export const stopPatienceMs = 20_000;

/** Starts a program and waits until it says that it is ready. @throws Error with the end of its output. */
export async function startProgram(launch: Launch): Promise<Program> {
  const { command, args, env, cwd, logPath } = launch;
  const output = openSync(logPath, 'w', 0o600);
  const child = spawn(command, args, { env, cwd, stdio: ['ignore', output, output] });
  closeSync(output);
  const failed = new Promise<never>((_resolve, reject) => child.once('error', reject));
  const pid = child.pid;
  if (pid === undefined) return failed;
  failed.catch(() => {});
  const stop = () => stopChild(child);
  try {
    return { pid, ready: await Promise.race([waitForLine(child, launch), failed]), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function waitForLine(child: ChildProcess, { command, logPath, expect }: Launch): Promise<string> {
  const deadline = performance.now() + startPatienceMs;
  const text = () => readFileSync(logPath, 'utf8');
  while (child.exitCode === null && child.signalCode === null && performance.now() < deadline) {
    const match = expect.exec(text());
    if (match !== null) return match[1] ?? match[0];
    await delay(20);
  }
  throw new Error(`${command} did not get ready. It said:\n${text().slice(-2000)}`);
}

async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = new Promise((resolve) => child.once('exit', resolve));
  const target = child.pid === undefined ? undefined : identify(child.pid);
  if (target === undefined) return;
  await endProcess(target, stopPatienceMs);
  await exited;
}

/** Runs a program to its end. @returns what it printed. @throws Error if it fails. */
export async function run(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = plainEnvironment(),
): Promise<string> {
  const { stdout } = await promisify(execFile)(command, [...args], { env, maxBuffer: 16 * 1024 * 1024 });
  return stdout;
}

/** The environment of whoever types the command: nothing of Coffer's, of npm's or of Node's settings. */
export function plainEnvironment(): NodeJS.ProcessEnv {
  const names = ['PATH', 'HOME', 'LANG', 'TZ', 'TMPDIR'];
  return Object.fromEntries(
    names.flatMap((name) => (name in process.env ? [[name, process.env[name]]] : [])),
  );
}
