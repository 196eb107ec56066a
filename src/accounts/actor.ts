import type { Door } from '../audit/record.ts';
import { LockerError } from '../errors.ts';
import type { Locker } from '../locker.ts';
import type { OpenAccount } from './account-keys.ts';
import type { AccountDoc, Role, Scope } from './documents.ts';

export const allScopes = ['files:read', 'files:write', 'share', 'admin'] as const satisfies readonly Scope[];

/** Who is asking, how, and with which scopes. Every use case takes one and checks it. */
export interface Actor {
  readonly account: string;
  readonly scopes: ReadonlySet<Scope>;
  /** The door it came through. */
  readonly door: Door;
  /** A person who signed in or writes from a linked chat, or a program with a named token: the latter may not hand out credentials. */
  readonly credential: { readonly kind: 'session' | 'token' | 'identity'; readonly id: string };
  /** The account as it was when the credential was checked; good for a moment, and for nothing after it. */
  readonly seen?: { readonly account: AccountDoc; readonly at: number };
}

/** How old a look at the account may be, milliseconds: one request, not two. */
const seenMs = 100;

/** The account behind an actor, as it is now. */
export interface Me {
  readonly account: AccountDoc;
  readonly keys: OpenAccount;
}

/** Scopes that a role may have at all. */
export const scopesOf = (role: Role): readonly Scope[] =>
  role === 'member' ? allScopes.filter((scope) => scope !== 'admin') : allScopes;

/** What someone may do: what the role allows, within what the credential was limited to. @param limit null for no limit. */
export const scopesWithin = (role: Role, limit: readonly Scope[] | null): readonly Scope[] =>
  scopesOf(role).filter((scope) => limit === null || limit.includes(scope));

/**
 * Looks at the actor's account as it is now and checks that it may do this kind of thing: the first line of every use case.
 *
 * @throws LockerError `unauthenticated` if the account is gone, `account_suspended`, `insufficient_scope`.
 */
export async function requireAccount(locker: Locker, actor: Actor, scope?: Scope): Promise<Me> {
  const { seen } = actor;
  const isFresh = seen !== undefined && performance.now() - seen.at < seenMs;
  const account = isFresh ? seen.account : await locker.batches.accounts.get(actor.account);
  if (account === null || account.status === 'removing') throw new LockerError('unauthenticated');
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
 * Like `requireAccount`, for what only a person may do, signed in or in a linked chat, never a named API token.
 *
 * @throws LockerError `forbidden` for a token.
 */
export async function requirePerson(locker: Locker, actor: Actor, scope?: Scope): Promise<Me> {
  const me = await requireAccount(locker, actor, scope);
  if (actor.credential.kind === 'token') {
    throw new LockerError('forbidden', {
      hint: 'A named API token cannot hand out credentials. Sign in and use the access token.',
    });
  }
  return me;
}

/**
 * Like `requirePerson`, for what decides who else may act as the account: not for a sign-in that was limited to a part of it,
 * which could lock the person out. Administration is apart, since devices do not get it unless they ask.
 *
 * @throws LockerError `insufficient_scope` that names the first scope it lacks.
 */
export async function requireWholePerson(locker: Locker, actor: Actor): Promise<Me> {
  const me = await requirePerson(locker, actor);
  const missing = scopesOf(me.account.role).find((scope) => scope !== 'admin' && !actor.scopes.has(scope));
  if (missing !== undefined) {
    throw new LockerError('insufficient_scope', {
      scope: missing,
      hint: `This sign-in was limited to a part of the account, and lacks ${missing}. Use one that was not.`,
    });
  }
  return me;
}
