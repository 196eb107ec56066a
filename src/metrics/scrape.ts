import { collectDefaultMetrics } from 'prom-client';
import { type BackupAge, backupAge } from '../backup/snapshot-ledger.ts';
import { isReachable } from '../database/reachable.ts';
import type { Locker } from '../locker.ts';
import type { Meter } from './meter.ts';

/** How long counts of the whole database are good, so that a scraper in a hurry costs nothing. */
const goodForMs = 15_000;

interface Counts {
  readonly at: number;
  readonly accounts: number;
  readonly files: number;
  readonly usedBytes: number;
  readonly backups: BackupAge;
}

const withProcess = new WeakSet<Meter>();
const lastCounts = new WeakMap<Meter, Counts>();

/** Writes all metrics in Prometheus' text format. Also works, and says so, when the database is away. */
export async function scrape(locker: Locker): Promise<{ contentType: string; text: string }> {
  const { meter } = locker;
  if (!withProcess.has(meter)) {
    withProcess.add(meter);
    collectDefaultMetrics({ register: meter.registry });
  }
  await measureDatabase(locker);
  meter.auditQueue.set(locker.audit.waiting);
  return { contentType: meter.registry.contentType, text: await meter.registry.metrics() };
}

async function measureDatabase(locker: Locker): Promise<void> {
  const { meter, database, collections } = locker;
  const started = performance.now();
  const up = await isReachable(collections);
  meter.databaseUp.set(up ? 1 : 0);
  meter.poolSize.set(database.pool.size);
  meter.poolInUse.set(database.pool.inUse);
  meter.databaseRestarts.reset();
  meter.databaseRestarts.inc(database.restarts());
  if (!up) return;
  meter.pingSeconds.observe((performance.now() - started) / 1000);
  const counts = await countAll(locker);
  meter.accounts.set(counts.accounts);
  meter.files.set(counts.files);
  meter.usedBytes.set(counts.usedBytes);
  const { lastSnapshotAt, lastVerifiedSnapshotAt } = counts.backups;
  for (const [gauge, at] of [
    [meter.snapshotAge, lastSnapshotAt],
    [meter.verifiedAge, lastVerifiedSnapshotAt],
  ] as const) {
    // A labelless gauge begins at 0, which would say that all is well.
    gauge.remove();
    if (at !== null) gauge.set(Math.max(0, (locker.now().getTime() - at.getTime()) / 1000));
  }
}

async function countAll(locker: Locker): Promise<Counts> {
  const { meter, now } = locker;
  const { accounts, files } = locker.collections;
  const known = lastCounts.get(meter);
  const at = now().getTime();
  if (known !== undefined && at - known.at < goodForMs) return known;
  const [accountCount, fileCount, sums, backups] = await Promise.all([
    accounts.estimatedDocumentCount(),
    files.estimatedDocumentCount(),
    accounts.aggregate<{ used: number }>([{ $group: { _id: null, used: { $sum: '$usedBytes' } } }]).toArray(),
    backupAge(locker),
  ]);
  const counts = { at, accounts: accountCount, files: fileCount, usedBytes: sums[0]?.used ?? 0, backups };
  lastCounts.set(meter, counts);
  return counts;
}
