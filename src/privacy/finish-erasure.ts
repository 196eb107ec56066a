import { bury } from '../backup/tombstones.ts';
import { journaled } from '../database/connect.ts';
import type { Locker } from '../locker.ts';
import { expireUploads } from '../uploads/expire-uploads.ts';

/**
 * Deletes what is left of an account that is being removed. Safe to repeat and from several instances at once. The
 * account goes last, and only when no upload into it is under way: nothing can appear in it afterwards. Content whose
 * keys are gone is left to the sweep.
 *
 * @returns false if an upload is still under way.
 */
export async function finishErasure(locker: Locker, id: string): Promise<boolean> {
  const { collections } = locker;
  const {
    accounts,
    files,
    sessions,
    apiTokens,
    codes,
    identities,
    deviceGrants,
    grants,
    links,
    uploads,
    accessRequests,
  } = collections;
  const isRemoving = await accounts.countDocuments({ _id: id, status: 'removing' }, { limit: 1 });
  if (isRemoving === 0) return true;
  await bury(locker, 'account', id);
  await sessions.deleteMany({ account: id });
  await apiTokens.deleteMany({ account: id });
  for (const identity of await identities.find({ account: id }).toArray())
    await locker.chatNotes.forget(identity._id);
  await identities.deleteMany({ account: id });
  await codes.deleteMany({ $or: [{ account: id }, { createdBy: id }] });
  await deviceGrants.deleteMany({ account: id });
  await links.deleteMany({ $or: [{ owner: id }, { kind: 'download', reader: id }] });
  await accessRequests.deleteMany({ $or: [{ asker: id }, { owner: id }] });
  await grants.deleteMany({ $or: [{ owner: id }, { grantee: id }] });
  await uploads.updateMany({ $or: [{ account: id }, { owner: id }] }, { $set: { expiresAt: locker.now() } });
  await expireUploads(locker);
  // Looked at before the files go: what appears later was under way now.
  const quiet = { pending: { $not: { $elemMatch: { kind: 'upload' as const } } } };
  const isQuiet = (await accounts.countDocuments({ _id: id, ...quiet }, { limit: 1 })) > 0;
  await files.deleteMany({ owner: id }, { writeConcern: journaled(files) });
  if (!isQuiet) return false;
  await accounts.deleteOne({ _id: id, status: 'removing', ...quiet }, { writeConcern: journaled(accounts) });
  return true;
}

/** Finishes all removals that were begun. @returns how many. */
export async function finishErasures(locker: Locker): Promise<number> {
  const removing = locker.collections.accounts.find({ status: 'removing' }, { projection: { _id: 1 } });
  let finished = 0;
  for await (const { _id } of removing) if (await finishErasure(locker, _id)) finished++;
  return finished;
}
