import { journaled } from '../database/connect.ts';
import type { Locker } from '../locker.ts';

export interface RecountReport {
  readonly accounts: number;
  /** Accounts whose usage was wrong; it was set right. */
  readonly drifted: number;
}

/**
 * Counts anew what each account uses. An account in which anything is under way, or changes while it is counted, is left
 * to the next time: its numbers are being changed by others.
 */
export async function recount(locker: Locker, signal?: AbortSignal): Promise<RecountReport> {
  const { accounts, files } = locker.collections;
  const report = { accounts: 0, drifted: 0 };
  for await (const { _id } of accounts.find({}, { projection: { _id: 1 } })) {
    signal?.throwIfAborted();
    const before = await accounts.findOne({ _id });
    if (before === null || before.pending.length > 0) continue;
    const [sum = { bytes: 0, count: 0 }] = await files
      .aggregate<{ bytes: number; count: number }>([
        { $match: { owner: _id } },
        { $group: { _id: null, bytes: { $sum: { $sum: '$versions.sizeBytes' } }, count: { $sum: 1 } } },
      ])
      .toArray();
    const { usedBytes, fileCount } = before;
    report.accounts++;
    if (usedBytes === sum.bytes && fileCount === sum.count) continue;
    // Only if nothing happened meanwhile.
    const { modifiedCount } = await accounts.updateOne(
      { _id, usedBytes, fileCount, pending: { $size: 0 } },
      { $set: { usedBytes: sum.bytes, fileCount: sum.count } },
      { writeConcern: journaled(accounts) },
    );
    if (modifiedCount === 0) continue;
    report.drifted++;
    locker.log.error(
      { account: _id, usedBytes, counted: sum.bytes, fileCount, files: sum.count },
      'the usage of an account was wrong',
    );
  }
  return report;
}
