import { bytesInUse } from '../files/reservation.ts';
import type { Role, Scope } from '../database/documents.ts';
import type { Locker } from '../locker.ts';
import { type Actor, requireAccount, scopesOf } from './actor.ts';

export interface AccountView {
  readonly handle: string;
  readonly role: Role;
  readonly quotaBytes: number;
  /** All versions, the trash, and uploads under way. */
  readonly usedBytes: number;
  readonly createdAt: Date;
  /** What this credential may do. */
  readonly scopes: readonly Scope[];
}

/** Says who is asking, and how full the locker is. */
export async function describeMe(locker: Locker, actor: Actor): Promise<AccountView> {
  const { account } = await requireAccount(locker, actor);
  const { handle, role, quotaBytes, createdAt } = account;
  return {
    handle,
    role,
    quotaBytes,
    usedBytes: bytesInUse(account),
    createdAt,
    scopes: scopesOf(role).filter((scope) => actor.scopes.has(scope)),
  };
}
