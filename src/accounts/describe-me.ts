import { audited } from '../audit/audited.ts';
import { bytesInUse } from '../files/reservation.ts';
import type { Locker } from '../locker.ts';
import { type Actor, requireAccount, scopesOf } from './actor.ts';
import type { Role, Scope } from './documents.ts';

export interface AccountView {
  readonly handle: string;
  readonly role: Role;
  readonly quotaBytes: number;
  /** All versions, the trash, and uploads under way. */
  readonly usedBytes: number;
  /** Files, the trash and new ones under way included. */
  readonly fileCount: number;
  /** How many files it may have; null for as many as fit. */
  readonly maxFiles: number | null;
  readonly createdAt: Date;
  /** True if others may ask for access to a file whose id they know. */
  readonly allowRequests: boolean;
  /** What this credential may do. */
  readonly scopes: readonly Scope[];
}

/** Says who is asking, and how full the locker is. */
export const describeMe = audited(
  'account.describe',
  () => ({}),
  async (locker: Locker, actor: Actor): Promise<AccountView> => {
    const { account } = await requireAccount(locker, actor);
    const { handle, role, quotaBytes, fileCount, maxFiles, createdAt } = account;
    return {
      handle,
      role,
      quotaBytes,
      usedBytes: bytesInUse(account),
      fileCount,
      maxFiles,
      createdAt,
      allowRequests: account.allowRequests === true,
      scopes: scopesOf(role).filter((scope) => actor.scopes.has(scope)),
    };
  },
);
