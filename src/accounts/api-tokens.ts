import { audited } from '../audit/audited.ts';
import { journaled } from '../database/connect.ts';
import { LockerError } from '../errors.ts';
import { newId } from '../ids.ts';
import type { Locker } from '../locker.ts';
import { type Actor, requirePerson, requireWholePerson, scopesOf } from './actor.ts';
import type { ApiTokenDoc, Scope } from './documents.ts';

const maxTokens = 100;

/**
 * Makes a named, scoped, expiring API token for the actor's account. The front end signs it; only its id is stored.
 *
 * @throws LockerError `forbidden` for a token that wants another, `insufficient_scope` for a scope the actor lacks, `too_many`.
 */
export const createApiToken = audited(
  'token.create',
  (_args, token) => ({ subject: token?._id }),
  async (
    locker: Locker,
    actor: Actor,
    input: { name: string; scopes: readonly Scope[]; ttlSeconds: number },
  ): Promise<ApiTokenDoc> => {
    const { account } = await requirePerson(locker, actor);
    const lacking = input.scopes.find(
      (scope) => !actor.scopes.has(scope) || !scopesOf(account.role).includes(scope),
    );
    if (lacking !== undefined)
      throw new LockerError('insufficient_scope', {
        scope: lacking,
        hint: `You do not have the scope ${lacking} yourself.`,
      });
    const { apiTokens } = locker.collections;
    const createdAt = locker.now();
    const open = await apiTokens.countDocuments({
      account: account._id,
      revokedAt: null,
      expiresAt: { $gt: createdAt },
    });
    if (open >= maxTokens)
      throw new LockerError('too_many', {
        limit: maxTokens,
        hint: 'Revoke a token that is no longer needed.',
      });
    const token: ApiTokenDoc = {
      _id: newId(),
      account: account._id,
      name: input.name,
      scopes: [...new Set(input.scopes)],
      createdAt,
      expiresAt: new Date(createdAt.getTime() + input.ttlSeconds * 1000),
      revokedAt: null,
      keyId: locker.keyring.primaryId,
    };
    await apiTokens.insertOne(token, { writeConcern: journaled(apiTokens) });
    return token;
  },
);

/** Lists the actor's tokens that are good, newest first. */
export const listApiTokens = audited(
  'token.list',
  () => ({}),
  async (locker: Locker, actor: Actor): Promise<ApiTokenDoc[]> => {
    const { account } = await requirePerson(locker, actor);
    return locker.collections.apiTokens
      .find({ account: account._id, revokedAt: null, expiresAt: { $gt: locker.now() } })
      .sort({ createdAt: -1 })
      .toArray();
  },
);

/** Revokes one of the actor's tokens at once. @throws LockerError `not_found`, `insufficient_scope`. */
export const revokeApiToken = audited(
  'token.revoke',
  ([id]) => ({ subject: id }),
  async (locker: Locker, actor: Actor, id: string): Promise<void> => {
    const { account } = await requireWholePerson(locker, actor);
    const { matchedCount } = await locker.collections.apiTokens.updateOne(
      { _id: id, account: account._id, revokedAt: null },
      { $set: { revokedAt: locker.now() } },
      { writeConcern: journaled(locker.collections.apiTokens) },
    );
    if (matchedCount === 0) throw new LockerError('not_found');
  },
);
