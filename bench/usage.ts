import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { KiB, MiB } from '../src/config.ts';
import type { Pids } from './peers/peer.ts';

/** What some work cost, as Linux counts it. Elsewhere there is none. */
export interface Usage {
  readonly serverCpuSeconds: number;
  readonly databaseCpuSeconds: number | undefined;
  /** Highest resident memory (VmHWM) since the work began. */
  readonly serverPeakMiB: number;
  readonly databasePeakMiB: number | undefined;
}

/** USER_HZ, which is 100 on every Linux that Node runs on (proc(5)). */
const ticksPerSecond = 100;
const isLinux = process.platform === 'linux';

/** Does some work and says what it cost the processes. */
export async function withUsage<T>(
  pids: Pids,
  work: () => Promise<T>,
): Promise<{ result: T; usage: Usage | undefined }> {
  if (!isLinux) return { result: await work(), usage: undefined };
  const { server, database } = pids;
  for (const pid of [server, database]) if (pid !== undefined) forgetPeak(pid);
  const serverBefore = cpuSeconds(server);
  const databaseBefore = database === undefined ? 0 : cpuSeconds(database);
  const result = await work();
  return {
    result,
    usage: {
      serverCpuSeconds: cpuSeconds(server) - serverBefore,
      databaseCpuSeconds: database === undefined ? undefined : cpuSeconds(database) - databaseBefore,
      serverPeakMiB: peakMiB(server),
      databasePeakMiB: database === undefined ? undefined : peakMiB(database),
    },
  };
}

/**
 * Waits until nobody is busy with what came before: dirty pages are on the disk, and the processes idle.
 * Gives up after ten seconds; a busy machine is what medians are for.
 */
export async function settle(pids: readonly (number | undefined)[]): Promise<void> {
  if (!isLinux) return delay(1000);
  await promisify(execFile)('sync');
  const deadline = performance.now() + 10_000;
  const watched = pids.filter((pid) => pid !== undefined);
  const busy = () => watched.reduce((sum, pid) => sum + cpuSeconds(pid), 0);
  let before = busy();
  while (performance.now() < deadline) {
    await delay(200);
    const now = busy();
    if (now - before <= 0.02) return;
    before = now;
  }
}

function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The command's name stands in parentheses and may contain any of them; user and system time are fields 14 and 15.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

function peakMiB(pid: number): number {
  const match = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return (Number(match?.[1]) * KiB) / MiB;
}

/** Sets the peak back to what is resident now (proc(5), clear_refs 5). */
const forgetPeak = (pid: number) => writeFileSync(`/proc/${pid}/clear_refs`, '5');
