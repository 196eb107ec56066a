import type { AccountDoc, Role } from '../accounts/documents.ts';
import { bytesInUse } from '../files/reservation.ts';
import type { Locker } from '../locker.ts';

/** An account as administrators see it: numbers and times, nothing that was ever sealed. */
export interface AccountSummary {
  readonly handle: string;
  readonly role: Role;
  readonly status: AccountDoc['status'];
  readonly quotaBytes: number;
  readonly usedBytes: number;
  /** How many files it may have; null for as many as fit. */
  readonly maxFiles: number | null;
  readonly fileCount: number;
  readonly createdAt: Date;
  /** Last time it did anything, at any door; null for never. */
  readonly lastSeenAt: Date | null;
}

/** Sums an account up. The audit trail tells when it was last seen. */
export async function summarize(locker: Locker, account: AccountDoc): Promise<AccountSummary> {
  const { handle, role, status, quotaBytes, maxFiles, fileCount, createdAt } = account;
  const last = await locker.collections.audit.findOne(
    { account: account._id },
    { sort: { _id: -1 }, projection: { at: 1 } },
  );
  return {
    handle,
    role,
    status,
    quotaBytes,
    usedBytes: bytesInUse(account),
    maxFiles,
    fileCount,
    createdAt,
    lastSeenAt: last?.at ?? null,
  };
}
