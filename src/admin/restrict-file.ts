import { type Actor, requireAccount } from '../accounts/actor.ts';
import type { AccountDoc } from '../accounts/documents.ts';
import { audited } from '../audit/audited.ts';
import { journaled } from '../database/connect.ts';
import { LockerError } from '../errors.ts';
import type { RestrictionDoc } from '../files/documents.ts';
import type { Locker } from '../locker.ts';
import { notify } from '../notify/notify.ts';
import { sealReason } from '../sharing/restriction.ts';
import { requireManageable } from './managed-account.ts';

/** A restriction as administrators see it: never the file's name. */
export interface RestrictionView {
  readonly id: string;
  /** Handle of the file's owner. */
  readonly owner: string;
  readonly restrictedAt: Date;
}

/**
 * Keeps everyone from a file until it is lifted: its owner still sees that it is there, and may delete it; nobody fetches,
 * shares or links it. The owner is told, with the reason. Safe to repeat: the later reason stands.
 *
 * @throws LockerError `insufficient_scope`, `not_found`; `forbidden` for a file of someone whom the actor may not change.
 */
export const restrictFile = audited(
  'admin.restrict',
  ([id]) => ({ file: id }),
  async (
    locker: Locker,
    actor: Actor,
    fileId: string,
    input: { reason?: string | undefined },
  ): Promise<RestrictionView> => {
    const me = await requireAccount(locker, actor, 'admin');
    const owner = await ownerOf(locker, fileId);
    requireManageable(me, owner);
    const reason = input.reason ?? null;
    const restriction: RestrictionDoc = {
      at: locker.now(),
      by: me.account._id,
      reason: reason === null ? null : sealReason(locker.accountKeys.open(owner), fileId, reason),
    };
    const { matchedCount } = await locker.collections.files.updateOne(
      { _id: fileId, owner: owner._id },
      // Whatever is being decided about the file at this moment is decided anew.
      { $set: { restriction }, $inc: { revision: 1 } },
      { writeConcern: journaled(locker.collections.files) },
    );
    if (matchedCount === 0) throw noSuchFile();
    void notify(locker, owner._id, { kind: 'file-restricted', file: fileId, reason, at: restriction.at });
    return { id: fileId, owner: owner.handle, restrictedAt: restriction.at };
  },
);

/** Lifts the restriction of a file; its grants and links work again. Safe to repeat. @throws LockerError as `restrictFile`. */
export const releaseFile = audited(
  'admin.release',
  ([id]) => ({ file: id }),
  async (locker: Locker, actor: Actor, fileId: string): Promise<void> => {
    const me = await requireAccount(locker, actor, 'admin');
    const owner = await ownerOf(locker, fileId);
    requireManageable(me, owner);
    const { matchedCount } = await locker.collections.files.updateOne(
      { _id: fileId, owner: owner._id, restriction: { $exists: true } },
      { $unset: { restriction: 1 }, $inc: { revision: 1 } },
      { writeConcern: journaled(locker.collections.files) },
    );
    if (matchedCount === 1)
      void notify(locker, owner._id, { kind: 'file-released', file: fileId, reason: null, at: locker.now() });
  },
);

async function ownerOf(locker: Locker, fileId: string): Promise<AccountDoc> {
  const { files, accounts } = locker.collections;
  const file = await files.findOne({ _id: fileId }, { projection: { owner: 1 } });
  const owner = file === null ? null : await accounts.findOne({ _id: file.owner });
  if (owner === null || owner.status === 'removing') throw noSuchFile();
  return owner;
}

const noSuchFile = () => new LockerError('not_found', { hint: 'There is no such file.' });
