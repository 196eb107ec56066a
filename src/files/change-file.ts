import { setTimeout } from 'node:timers/promises';
import type { Me } from '../accounts/actor.ts';
import { journaled } from '../database/connect.ts';
import { type SendCheck, sendOnlyIf } from '../database/send-check.ts';
import { LockerError } from '../errors.ts';
import type { Locker } from '../locker.ts';
import { type Access, accessFile } from '../sharing/access.ts';
import type { FileDoc } from './documents.ts';
import { type FileMetadata, sealEntry } from './entry.ts';
import { type AccessRole, type FileView, viewFile } from './view.ts';

/** What changes of an entry: clear fields, and what is sealed. */
export interface FileChange {
  readonly fields?: Partial<Pick<FileDoc, 'sizeBytes' | 'versions' | 'updatedAt' | 'trashedAt'>>;
  readonly metadata?: FileMetadata;
  /** It is sent only if this passes. */
  readonly check?: SendCheck;
}

const tries = 20;
/** Longest pause before the next try, for each try so far. */
const pauseMs = 5;

/**
 * Changes a file entry in one guarded update. If someone else changed it meanwhile, it is read and decided anew, so
 * no change is lost.
 *
 * @param need the role that the change takes.
 * @param change decides from the entry as it is; may throw to refuse, and may be called again.
 * @param whenRestricted as `accessFile` has it.
 * @throws LockerError as `accessFile` and `change` do; `busy` if others keep changing it.
 */
export async function changeFile(
  locker: Locker,
  me: Me,
  fileId: string,
  need: AccessRole,
  change: (access: Access) => FileChange | Promise<FileChange>,
  whenRestricted: 'refuse' | 'allow' = 'refuse',
): Promise<FileView> {
  for (let attempt = 0; attempt < tries; attempt++) {
    const access = await accessFile(locker, me, fileId, need, whenRestricted);
    const { fields = {}, metadata, check } = await change(access);
    const $set = { ...fields, ...(metadata === undefined ? {} : sealEntry(access.owner, fileId, metadata)) };
    const { matchedCount } = await locker.collections.files.updateOne(
      { _id: fileId, revision: access.file.revision },
      { ...(Object.keys($set).length === 0 ? {} : { $set }), $inc: { revision: 1 } },
      { writeConcern: journaled(locker.collections.files), ...sendOnlyIf(check) },
    );
    if (matchedCount === 1)
      return viewFile({ ...access.file, ...fields }, metadata ?? access.metadata, access);
    // Whoever came second waits longest, so that someone always gets through.
    await setTimeout(Math.random() * pauseMs * (attempt + 1));
  }
  throw new LockerError('busy', { subject: fileId, hint: 'Others are changing this file. Try again.' });
}
