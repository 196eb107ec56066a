import type { ObjectId } from 'mongodb';
import type { VersionDoc } from '../database/documents.ts';
import type { Locker } from '../locker.ts';

/**
 * Removes versions for good: notes them, lets `commit` take them out of their file (which destroys their keys), then
 * removes the content and the usage. A crash in between is finished, or undone, by the sweep.
 */
export async function discardVersions<T>(
  locker: Locker,
  ownerId: string,
  versions: readonly VersionDoc[],
  commit: () => Promise<T>,
): Promise<T> {
  const { accounts } = locker.collections;
  const at = locker.now();
  const pending = versions.map(({ id, sizeBytes }) => ({
    id,
    kind: 'delete' as const,
    bytes: sizeBytes,
    at,
  }));
  await accounts.updateOne({ _id: ownerId }, { $push: { pending: { $each: pending } } });
  let result: T;
  try {
    result = await commit();
  } catch (error) {
    // Whether it happened may be unknown; the sweep looks before it touches anything.
    locker.log.debug({ err: error }, 'a deletion did not commit');
    throw error;
  }
  for (const { id, bytes } of pending) {
    await locker.content.remove(id);
    await settleDeletion(locker, ownerId, { id, bytes }, true);
  }
  return result;
}

/** Takes a noted deletion off the list, and its bytes off the usage if it happened; does nothing if that was done before. */
export async function settleDeletion(
  locker: Locker,
  account: string,
  pending: { id: ObjectId; bytes: number },
  happened: boolean,
): Promise<void> {
  await locker.collections.accounts.updateOne(
    { _id: account, pending: { $elemMatch: { id: pending.id, kind: 'delete' } } },
    { $pull: { pending: { id: pending.id } }, $inc: { usedBytes: happened ? -pending.bytes : 0 } },
  );
}
