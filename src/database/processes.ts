import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** A process that cannot be confused with a later one that got the same number. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When it started, in a form that only compares for equality. */
  readonly started: string;
}

/** Identifies a living process; undefined if there is none, or if it has ended and only waits to be reaped. */
export function identify(pid: number): ProcessIdentity | undefined {
  const started = process.platform === 'linux' ? startedOnLinux(pid) : ps(pid, 'lstart=');
  return started === undefined ? undefined : { pid, started };
}

/** True while exactly this process lives. */
export function isAlive({ pid, started }: ProcessIdentity): boolean {
  return pid > 0 && identify(pid)?.started === started;
}

/** True if the process was started with this argument. */
export function hasArgument(pid: number, argument: string): boolean {
  if (process.platform !== 'linux') return (ps(pid, 'command=') ?? '').includes(argument);
  return (readIfThere(`/proc/${pid}/cmdline`) ?? '').split('\0').includes(argument);
}

/**
 * Asks a process to end and, when it has not after `patienceMs`, kills it.
 *
 * @returns false if it outlived even that (it hangs in the kernel, or belongs to somebody else).
 */
export async function endProcess(target: ProcessIdentity, patienceMs: number): Promise<boolean> {
  for (const [signal, waitMs] of [
    ['SIGTERM', patienceMs],
    ['SIGKILL', 5_000],
  ] as const) {
    signalProcess(target, signal);
    const deadline = performance.now() + waitMs;
    while (isAlive(target) && performance.now() < deadline) await delay(20);
    if (!isAlive(target)) return true;
  }
  return false;
}

/** Sends a signal; a process that is gone, or not ours to signal, is left to the caller's next `isAlive`. */
export function signalProcess(target: ProcessIdentity, signal: NodeJS.Signals): void {
  if (!isAlive(target)) return;
  try {
    process.kill(target.pid, signal);
  } catch (error) {
    if (!isCode(error, 'ESRCH', 'EPERM')) throw error;
  }
}

/** True for an error of the system with one of these codes. */
export function isCode(error: unknown, ...codes: string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code));
}

function startedOnLinux(pid: number): string | undefined {
  const stat = readIfThere(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  // The command name stands in parentheses and may itself contain spaces and parentheses (proc_pid_stat(5)).
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
  // Field 22 counts clock ticks since boot: without the boot it could repeat after one.
  return `${fields[19]}@${(readIfThere('/proc/sys/kernel/random/boot_id') ?? '').trim()}`;
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (isCode(error, 'ENOENT', 'ESRCH', 'EACCES')) return undefined;
    throw error;
  }
}

function ps(pid: number, column: string): string | undefined {
  try {
    const env = { PATH: process.env['PATH'], LC_ALL: 'C', TZ: 'UTC' };
    const options = { encoding: 'utf8', env, stdio: 'pipe' } as const;
    const text = execFileSync('ps', ['-ww', '-o', column, '-p', String(pid)], options).trim();
    return text === '' ? undefined : text;
  } catch {
    // ps ends with status 1 when there is no such process.
    return undefined;
  }
}
