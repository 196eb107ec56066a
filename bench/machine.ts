import { arch, availableParallelism, cpus, totalmem, type as systemType } from 'node:os';
import { GiB } from '../src/config.ts';
import type { Site } from './site.ts';

/** What the numbers depend on, without the machine's name or its paths. */
export function describeMachine({ mongod, transfers, loadBefore }: Site): string[] {
  return [
    `${cpus()[0]?.model.trim() ?? 'unknown processor'}, ${availableParallelism()} cores, ${(totalmem() / GiB).toFixed(1)} GiB of memory`,
    `${systemType()} ${arch()}, Node.js ${process.versions.node} with OpenSSL ${process.versions.openssl}, MongoDB ${mongod.version}`,
    `client of the transfers: ${transfers.name}; load average before the run: ${loadBefore.toFixed(1)}`,
  ];
}
