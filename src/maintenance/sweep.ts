import type { ObjectId } from 'mongodb';
import type { PendingVersion } from '../accounts/documents.ts';
import { bury } from '../backup/tombstones.ts';
import { finishErasures } from '../privacy/finish-erasure.ts';
import { settleDeletion, settleFileDeletion, withdrawDeletion } from '../files/discard-versions.ts';
import { releaseStale, settleUpload, staleAfterMs } from '../files/reservation.ts';
import { settleLinks } from '../links/settle-links.ts';
import type { Locker } from '../locker.ts';

export interface SweepReport {
  /** Uploads and deletions that a crash had left open, and that are settled now. */
  readonly settled: number;
  /** Contents that belonged to no file and are gone now. */
  readonly orphans: number;
}

export interface SweepOptions {
  /**
   * Look for orphans among contents only that were begun then or later. All of them, in a large locker, take minutes. What a
   * crash orphans was begun shortly before; what the erasure of an account does, at any time.
   */
  readonly contentsSince?: Date | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What is looked through for orphans where everything would take too long. */
export const recentContentsMs = 48 * 3600 * 1000;

/**
 * Settles what crashes left behind. Safe at any time and from several instances at once: a version is noted in its
 * account before its first chunk is written and until it is part of a file or gone, so what is neither noted nor part
 * of a file is an orphan.
 *
 * @param olderThanMs how long a noted version must have shown no life; 0 if no other instance can be at work.
 */
export async function sweep(
  locker: Locker,
  olderThanMs: number = staleAfterMs,
  { contentsSince, signal }: SweepOptions = {},
): Promise<SweepReport> {
  const settled = await settlePending(locker, new Date(locker.now().getTime() - olderThanMs));
  signal?.throwIfAborted();
  await finishErasures(locker);
  await settleLinks(locker);
  const orphans = await removeOrphans(locker, contentsSince, signal);
  const report = { settled, orphans };
  locker.meter.swept(report);
  return report;
}

async function settlePending(locker: Locker, before: Date): Promise<number> {
  let settled = 0;
  const accounts = locker.collections.accounts.find(
    { 'pending.at': { $lte: before } },
    { projection: { pending: 1 } },
  );
  for await (const { _id, pending } of accounts) {
    for (const version of pending.filter(({ at }) => at <= before)) {
      await settle(locker, _id, version);
      settled++;
    }
  }
  return settled;
}

async function settle(locker: Locker, account: string, pending: PendingVersion): Promise<void> {
  const file = await locker.collections.files.findOne(
    { 'versions.id': pending.id },
    { projection: { versions: 1 } },
  );
  const version = file?.versions.find(({ id }) => id.equals(pending.id));
  if (pending.kind === 'upload') {
    if (version !== undefined) return settleUpload(locker, account, pending, version.sizeBytes);
    // First the note, then the content: an upload that is alive after all finds out before it commits.
    if (await releaseStale(locker, account, pending)) await locker.content.remove(pending.id);
    return;
  }
  if (version === undefined) await locker.content.remove(pending.id);
  const gone = pending.kind === 'delete' ? version === undefined : !(await isStored(locker, pending.file));
  if (!gone || pending.sure === false) return withdrawDeletion(locker, account, pending);
  if (pending.kind === 'delete') {
    await bury(locker, 'version', pending.id.toHexString());
    return settleDeletion(locker, account, pending);
  }
  if (pending.file === undefined) return;
  await bury(locker, 'file', pending.file);
  return settleFileDeletion(locker, account, pending.file);
}

const isStored = async (locker: Locker, fileId: string | undefined): Promise<boolean> =>
  (await locker.collections.files.countDocuments({ _id: fileId ?? '' }, { limit: 1 })) > 0;

/**
 * The order matters: content is listed first, then what is noted, then what is part of a file. What a restore of the whole
 * installation wrote is part of a file only later, so while one goes on, or was cut off, nothing is an orphan.
 */
async function removeOrphans(
  locker: Locker,
  since: Date | undefined,
  signal: AbortSignal | undefined,
): Promise<number> {
  let orphans = 0;
  for await (const batch of batches(locker.content.ids(since), 500)) {
    if ((await locker.collections.restores.countDocuments({}, { limit: 1 })) > 0) return orphans;
    const noted = await locker.collections.accounts
      .find({ 'pending.id': { $in: batch } }, { projection: { 'pending.id': 1 } })
      .toArray();
    const used = await locker.collections.files
      .find({ 'versions.id': { $in: batch } }, { projection: { 'versions.id': 1 } })
      .toArray();
    const known = new Set([
      ...noted.flatMap(({ pending }) => pending.map(({ id }) => id.toHexString())),
      ...used.flatMap(({ versions }) => versions.map(({ id }) => id.toHexString())),
    ]);
    for (const id of batch.filter((candidate) => !known.has(candidate.toHexString()))) {
      signal?.throwIfAborted();
      await locker.content.remove(id);
      locker.log.info({ versionId: id.toHexString() }, 'removed content that belonged to no file');
      orphans++;
    }
  }
  return orphans;
}

async function* batches(
  ids: AsyncIterable<ObjectId>,
  size: number,
): AsyncGenerator<ObjectId[], void, undefined> {
  let batch: ObjectId[] = [];
  for await (const id of ids) {
    batch.push(id);
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
