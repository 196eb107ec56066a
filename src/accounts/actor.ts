import type { AccountDoc, Role, Scope } from '../database/documents.ts';
import { LockerError } from '../errors.ts';
import type { Locker } from '../locker.ts';
import type { OpenAccount } from './account-keys.ts';

export const allScopes = ['files:read', 'files:write', 'share', 'admin'] as const satisfies readonly Scope[];

/** Who is asking, how, and with which scopes. Every use case takes one and checks it. */
export interface Actor {
  readonly account: string;
  readonly scopes: ReadonlySet<Scope>;
  /** The door it came through. */
  readonly door: 'api';
  /** A person who signed in, or a program with a named token: only the former may hand out new credentials. */
  readonly credential: { readonly kind: 'session' | 'token'; readonly id: string };
}

/** The account behind an actor, as it is now. */
export interface Me {
  readonly account: AccountDoc;
  readonly keys: OpenAccount;
}

/** Scopes that a role may have at all. */
export const scopesOf = (role: Role): readonly Scope[] =>
  role === 'member' ? allScopes.filter((scope) => scope !== 'admin') : allScopes;

/**
 * Reads the actor's account anew and checks that it may do this kind of thing: the first line of every use case.
 *
 * @throws LockerError `unauthenticated` if the account is gone, `account_suspended`, `insufficient_scope`.
 */
export async function requireAccount(locker: Locker, actor: Actor, scope?: Scope): Promise<Me> {
  const account = await locker.collections.accounts.findOne({ _id: actor.account });
  if (account === null) throw new LockerError('unauthenticated');
  if (account.status !== 'active') {
    throw new LockerError('account_suspended', {
      hint: 'An administrator suspended this account. Ask them to lift it.',
    });
  }
  if (scope !== undefined && !(actor.scopes.has(scope) && scopesOf(account.role).includes(scope))) {
    throw new LockerError('insufficient_scope', { scope, hint: `This needs the scope ${scope}.` });
  }
  return { account, keys: locker.accountKeys.open(account) };
}

/**
 * Like `requireAccount`, for what only a signed-in person may do, never a named API token.
 *
 * @throws LockerError `forbidden` for a token.
 */
export async function requirePerson(locker: Locker, actor: Actor, scope?: Scope): Promise<Me> {
  const me = await requireAccount(locker, actor, scope);
  if (actor.credential.kind !== 'session') {
    throw new LockerError('forbidden', {
      hint: 'A named API token cannot hand out credentials. Sign in and use the access token.',
    });
  }
  return me;
}
