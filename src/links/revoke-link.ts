import { type Actor, requireAccount } from '../accounts/actor.ts';
import { audited } from '../audit/audited.ts';
import { journaled } from '../database/connect.ts';
import { LockerError } from '../errors.ts';
import type { Locker } from '../locker.ts';

/** Revokes one of the actor's links at once: also deliveries under way are cut off. @throws LockerError `not_found`. */
export const revokeLink = audited(
  'link.revoke',
  ([id]) => ({ subject: id }),
  async (locker: Locker, actor: Actor, id: string): Promise<void> => {
    const { account } = await requireAccount(locker, actor, 'share');
    const { matchedCount } = await locker.collections.links.updateOne(
      { _id: id, owner: account._id, revokedAt: null },
      { $set: { revokedAt: locker.now() } },
      { writeConcern: journaled(locker.collections.links) },
    );
    if (matchedCount === 0)
      throw new LockerError('not_found', { hint: 'You have no such link, or it was revoked before.' });
  },
);

/** Revokes all links of an account, for use cases that may: administration. @returns how many there were. */
export async function revokeLinksOf(locker: Locker, account: string): Promise<number> {
  const { modifiedCount } = await locker.collections.links.updateMany(
    { owner: account, revokedAt: null },
    { $set: { revokedAt: locker.now() } },
    { writeConcern: journaled(locker.collections.links) },
  );
  return modifiedCount;
}
