import type { Filter } from 'mongodb';
import { audited } from '../audit/audited.ts';
import type { Door } from '../audit/record.ts';
import { journaled } from '../database/connect.ts';
import { LockerError } from '../errors.ts';
import type { Locker } from '../locker.ts';
import { type Actor, requirePerson, requireWholePerson, scopesWithin } from './actor.ts';
import type { Scope, SessionDoc } from './documents.ts';
import { withdrawSignIns } from './withdraw-sign-ins.ts';

/** A place where the account is signed in. */
export interface SessionView {
  readonly id: string;
  readonly door: Door;
  readonly client: string;
  readonly address: string;
  readonly scopes: readonly Scope[];
  readonly createdAt: Date;
  /** Last exchange of a refresh token. */
  readonly lastUsedAt: Date;
  /** True for the one that asks. */
  readonly current: boolean;
}

/** Lists where the actor is signed in, lately used first. */
export const listSessions = audited(
  'session.list',
  () => ({}),
  async (locker: Locker, actor: Actor): Promise<SessionView[]> => {
    const { account } = await requirePerson(locker, actor);
    const sessions = await locker.collections.sessions
      .find(live(locker, account._id))
      .sort({ lastUsedAt: -1 })
      .toArray();
    return sessions.map(({ _id, door, client, address, scopes, createdAt, lastUsedAt }) => ({
      id: _id,
      door,
      client,
      address,
      scopes: scopesWithin(account.role, scopes),
      createdAt,
      lastUsedAt,
      current: isCurrent(actor, _id),
    }));
  },
);

/** Ends one of the actor's sessions, the present one too: its tokens stop at once. @throws LockerError `not_found`, `insufficient_scope`. */
export const endSession = audited(
  'session.revoke',
  ([id]) => ({ subject: id }),
  async (locker: Locker, actor: Actor, id: string): Promise<void> => {
    const { account } = await (isCurrent(actor, id) ? requirePerson : requireWholePerson)(locker, actor);
    const { matchedCount } = await locker.collections.sessions.updateOne(
      { ...live(locker, account._id), _id: id },
      { $set: { revokedAt: locker.now() } },
      { writeConcern: journaled(locker.collections.sessions) },
    );
    if (matchedCount === 0) throw new LockerError('not_found', { hint: 'You have no such session.' });
  },
);

/**
 * Ends all sessions of the actor but the present one, and what would soon be one.
 *
 * @returns how many sessions.
 * @throws LockerError `insufficient_scope`.
 */
export const endOtherSessions = audited(
  'session.revoke-others',
  () => ({}),
  async (locker: Locker, actor: Actor): Promise<number> => {
    const { account } = await requireWholePerson(locker, actor);
    await withdrawSignIns(locker, account._id);
    const current = actor.credential.kind === 'session' ? actor.credential.id : '';
    const { modifiedCount } = await locker.collections.sessions.updateMany(
      { ...live(locker, account._id), _id: { $ne: current } },
      { $set: { revokedAt: locker.now() } },
      { writeConcern: journaled(locker.collections.sessions) },
    );
    return modifiedCount;
  },
);

const live = (locker: Locker, account: string): Filter<SessionDoc> => ({
  account,
  revokedAt: null,
  expiresAt: { $gt: locker.now() },
});

const isCurrent = ({ credential }: Actor, id: string): boolean =>
  credential.kind === 'session' && credential.id === id;
