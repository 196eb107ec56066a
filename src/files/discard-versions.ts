import { ObjectId } from 'mongodb';
import type { PendingVersion } from '../accounts/documents.ts';
import { bury } from '../backup/tombstones.ts';
import { LockerError } from '../errors.ts';
import type { Locker } from '../locker.ts';
import type { VersionDoc } from './documents.ts';
import { settleUpload } from './reservation.ts';

/**
 * Removes versions for good: notes them, lets `commit` take them out of their file (which destroys their keys), then
 * removes the content and the usage. A crash in between is finished, or undone, by the sweep.
 *
 * A note counts only once it is sure, which is said after another look at the file: so, of two that delete the same
 * thing and of whatever crashes, the usage is given back exactly once.
 *
 * @param fileId set if the entry goes as a whole, and with it one file of the count.
 * @throws LockerError `not_found` if someone else removed them first, and what `commit` throws.
 */
export async function discardVersions<T>(
  locker: Locker,
  ownerId: string,
  versions: readonly VersionDoc[],
  commit: () => Promise<T>,
  fileId?: string,
): Promise<T> {
  const { accounts } = locker.collections;
  const attempt = new ObjectId();
  const at = locker.now();
  const notes: PendingVersion[] = versions.map(({ id, sizeBytes }) => ({
    id,
    kind: 'delete',
    bytes: sizeBytes,
    at,
    attempt,
    sure: false,
  }));
  const [first] = versions;
  if (fileId !== undefined && first !== undefined)
    notes.push({ id: first.id, kind: 'delete-file', file: fileId, bytes: 0, at, attempt, sure: false });
  const withdrawNotes = () =>
    first === undefined
      ? undefined
      : withdrawDeletion(locker, ownerId, { id: first.id, kind: 'delete', attempt });
  await settleCommittedUploads(locker, ownerId, versions);
  await accounts.updateOne({ _id: ownerId }, { $push: { pending: { $each: notes } } });
  if (!(await areStored(locker, versions))) {
    await withdrawNotes();
    throw new LockerError('not_found', { hint: 'It was deleted meanwhile.' });
  }
  await accounts.updateOne(
    { _id: ownerId },
    { $set: { 'pending.$[note].sure': true } },
    { arrayFilters: [{ 'note.attempt': attempt }] },
  );
  let result: T;
  try {
    result = await commit();
  } catch (error) {
    if (error instanceof LockerError) await withdrawNotes();
    // Otherwise it is unknown whether it happened; the sweep looks before it touches anything.
    locker.log.debug({ err: error }, 'a deletion did not commit');
    throw error;
  }
  if (fileId === undefined) {
    for (const { id } of versions) await bury(locker, 'version', id.toHexString());
  } else {
    await bury(locker, 'file', fileId);
  }
  for (const { id, bytes } of notes.filter(({ kind }) => kind === 'delete')) {
    await locker.content.remove(id);
    await settleDeletion(locker, ownerId, { id, bytes });
  }
  if (fileId !== undefined) await settleFileDeletion(locker, ownerId, fileId);
  return result;
}

/** Takes a deletion that happened off the list and its bytes off the usage; does nothing if that was done before. */
export async function settleDeletion(
  locker: Locker,
  account: string,
  { id, bytes }: { id: ObjectId; bytes: number },
): Promise<void> {
  await locker.collections.accounts.updateOne(
    { _id: account, pending: { $elemMatch: { id, kind: 'delete', sure: { $ne: false } } } },
    { $pull: { pending: { id, kind: 'delete' } }, $inc: { usedBytes: -bytes } },
  );
}

/** The same for the entry as a whole: takes it off the count of files. */
export async function settleFileDeletion(locker: Locker, account: string, fileId: string): Promise<void> {
  await locker.collections.accounts.updateOne(
    { _id: account, pending: { $elemMatch: { kind: 'delete-file', file: fileId, sure: { $ne: false } } } },
    { $pull: { pending: { kind: 'delete-file', file: fileId } }, $inc: { fileCount: -1 } },
  );
}

/** Takes back the notes of a deletion that did not happen, or that someone else did; those of others stay. */
export async function withdrawDeletion(
  locker: Locker,
  account: string,
  { id, kind, attempt }: Pick<PendingVersion, 'id' | 'kind' | 'attempt'>,
): Promise<void> {
  const notes = attempt === undefined ? { id, kind } : { attempt: { $eq: attempt } };
  await locker.collections.accounts.updateOne({ _id: account }, { $pull: { pending: notes } });
}

/** A version that is part of a file was uploaded, even if a crash kept that from being written down. */
async function settleCommittedUploads(
  locker: Locker,
  ownerId: string,
  versions: readonly VersionDoc[],
): Promise<void> {
  const owner = await locker.collections.accounts.findOne(
    { _id: ownerId, 'pending.id': { $in: versions.map(({ id }) => id) } },
    { projection: { pending: 1 } },
  );
  for (const { id, sizeBytes } of versions) {
    const upload = owner?.pending.find((pending) => pending.kind === 'upload' && pending.id.equals(id));
    if (upload !== undefined) await settleUpload(locker, ownerId, upload, sizeBytes);
  }
}

const areStored = async (locker: Locker, versions: readonly VersionDoc[]): Promise<boolean> =>
  (await locker.collections.files.countDocuments(
    { 'versions.id': { $all: versions.map(({ id }) => id) } },
    { limit: 1 },
  )) > 0;
