import { audited } from '../audit/audited.ts';
import { journaled } from '../database/connect.ts';
import { isLockerError } from '../errors.ts';
import { removeEntry } from '../files/delete.ts';
import type { FileDoc } from '../files/documents.ts';
import type { Locker } from '../locker.ts';

export interface PurgeReport {
  /** Files whose time in the trash was over. */
  readonly files: number;
  /** Grants that had expired. */
  readonly grants: number;
}

const dayMs = 24 * 3600 * 1000;
/** Expired things stay for a while, so that a late use gets the right answer. */
const keepExpiredMs = 7 * dayMs;

/**
 * Deletes for good what has been in the trash for its time, and removes grants that expired a week ago; links, tokens,
 * sessions and codes the database removes by itself.
 * A file that changes at the same moment is left to the next time.
 */
export async function purge(locker: Locker, signal?: AbortSignal): Promise<PurgeReport> {
  const { files, grants } = locker.collections;
  const now = locker.now().getTime();
  const { trashDays } = locker.limits;
  let purged = 0;
  if (trashDays > 0) {
    const over = new Date(now - trashDays * dayMs);
    for await (const file of files.find({ trashedAt: { $ne: null, $lte: over } })) {
      signal?.throwIfAborted();
      try {
        await purgeFile(locker, { door: 'operator' }, file);
        purged++;
      } catch (error) {
        if (!isLockerError(error, 'busy') && !isLockerError(error, 'not_found')) throw error;
      }
    }
  }
  const expired = { expiresAt: { $ne: null, $lte: new Date(now - keepExpiredMs) } };
  const { deletedCount } = await grants.deleteMany(expired, { writeConcern: journaled(grants) });
  return { files: purged, grants: deletedCount };
}

/** In the audit trail: whoever looks for a file finds when it went. */
const purgeFile = audited(
  'file.purge',
  ([file]: readonly [FileDoc]) => ({ file: file._id, owner: file.owner }),
  async (locker: Locker, _who: { readonly door: 'operator' }, file: FileDoc): Promise<void> =>
    removeEntry(locker, file),
);
