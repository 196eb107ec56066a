import { audited } from '../audit/audited.ts';
import { LockerError } from '../errors.ts';
import { guarded } from '../limits/guesses.ts';
import type { Locker } from '../locker.ts';
import { notify } from '../notify/notify.ts';
import { type Actor, requireAccount, requirePerson, requireWholePerson, scopesOf } from './actor.ts';
import { consumeCode, findCode, type IssuedCode, issueCode } from './codes.ts';
import type { Guest } from './guest.ts';
import {
  findIdentity,
  type Identity,
  linkIdentity,
  openLabel,
  requireFreeIdentity,
  unlinkIdentity,
} from './identity.ts';

const connectSeconds = 10 * 60;

/** A chat that is linked to the account. */
export interface IdentityView {
  readonly id: string;
  readonly label: string | null;
  readonly createdAt: Date;
  /** True for the one that asks. */
  readonly current: boolean;
}

/** Lists what is linked to the actor's account, in the order in which it was linked. */
export const listIdentities = audited(
  'identity.list',
  () => ({}),
  async (locker: Locker, actor: Actor): Promise<IdentityView[]> => {
    const { account, keys } = await requirePerson(locker, actor);
    const found = await locker.collections.identities
      .find({ account: account._id })
      .sort({ createdAt: 1 })
      .toArray();
    return found.map((identity) => ({
      id: identity._id,
      label: openLabel(keys, identity),
      createdAt: identity.createdAt,
      current: isCurrent(actor, identity._id),
    }));
  },
);

/** Makes a one-time code, good for ten minutes, with which a second door opens the same account. It lets in with no more than the actor may do. */
export const issueConnectCode = audited(
  'identity.connect',
  () => ({}),
  async (locker: Locker, actor: Actor): Promise<IssuedCode> => {
    const { account } = await requirePerson(locker, actor);
    const everything = scopesOf(account.role).every((scope) => actor.scopes.has(scope));
    return issueCode(
      locker,
      {
        purpose: 'connect',
        createdBy: account._id,
        role: null,
        account: account._id,
        scopes: everything ? null : [...actor.scopes],
      },
      connectSeconds,
    );
  },
);

/**
 * Links whoever a chat vouches for to the account that made the code. A chat that is linked already does not use the code up.
 *
 * @throws LockerError `invalid_code`; `conflict` if the identity belongs to an account already; `account_suspended`; `rate_limited`.
 */
export const redeemConnectCode = guarded(
  'connect',
  audited(
    'identity.redeem',
    ([{ identity }], actor) => ({ account: actor?.account, subject: identity.id }),
    async (locker: Locker, guest: Guest, input: { code: string; identity: Identity }): Promise<Actor> => {
      const code = await findCode(locker, 'connect', input.code);
      await requireFreeIdentity(locker, input.identity);
      const asMaker: Actor = {
        account: code.account ?? '',
        scopes: new Set(),
        door: guest.door,
        credential: { kind: 'identity', id: input.identity.id },
      };
      const { account, keys } = await requireAccount(locker, asMaker);
      await consumeCode(locker, code);
      await linkIdentity(locker, keys, input.identity, code.scopes);
      void notify(locker, account._id, {
        kind: 'identity-linked',
        identity: input.identity.id,
        door: guest.door,
        at: locker.now(),
      });
      const actor = await findIdentity(locker, input.identity.id);
      if (actor === undefined) throw new LockerError('invalid_code');
      return actor;
    },
  ),
);

/** Unlinks a chat from the actor's account: it is a stranger from then on. @throws LockerError `not_found`, `insufficient_scope`. */
export const removeIdentity = audited(
  'identity.remove',
  ([id]) => ({ subject: id }),
  async (locker: Locker, actor: Actor, id: string): Promise<void> => {
    const { account } = await (isCurrent(actor, id) ? requirePerson : requireWholePerson)(locker, actor);
    if (!(await unlinkIdentity(locker, account._id, id)))
      throw new LockerError('not_found', { hint: 'This is not linked to your account.' });
    // What its conversation remembers is nobody's business any more.
    await locker.chatNotes.forget(id);
  },
);

const isCurrent = ({ credential }: Actor, id: string): boolean =>
  credential.kind === 'identity' && credential.id === id;
