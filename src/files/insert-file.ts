import type { OpenAccount } from '../accounts/account-keys.ts';
import { toBinary } from '../database/binary.ts';
import { isDuplicate } from '../database/connect.ts';
import type { SendCheck } from '../database/send-check.ts';
import { newFileId } from '../ids.ts';
import type { Locker } from '../locker.ts';
import type { FileDoc } from './documents.ts';
import { type FileMetadata, sealEntry } from './entry.ts';
import type { Received } from './receive-content.ts';

/** The entry of a new file with its first version. */
export const newFile = (
  owner: OpenAccount,
  id: string,
  stored: Received['stored'],
  metadata: FileMetadata,
  origin?: string,
): FileDoc => ({
  _id: id,
  owner: owner.id,
  revision: 1,
  ...sealEntry(owner, id, metadata),
  sizeBytes: stored.sizeBytes,
  versions: [{ n: 1, ...stored }],
  createdAt: stored.createdAt,
  updatedAt: stored.createdAt,
  trashedAt: null,
  ...(origin === undefined ? {} : { origin: toBinary(owner.index.exact('origin', origin)) }),
});

/**
 * Inserts an entry under a short id that is free: the commit of a new file.
 *
 * @param make the entry under this id.
 * @param check it is sent only if this passes.
 */
export async function insertFile(
  locker: Locker,
  make: (id: string) => FileDoc,
  check: SendCheck,
  tries = 5,
): Promise<FileDoc> {
  const file = make(newFileId());
  try {
    await locker.batches.newFiles.insert(file, check);
    return file;
  } catch (error) {
    // Another id does not help what was saved before.
    if (!isDuplicate(error) || tries === 1 || file.origin !== undefined) throw error;
    return insertFile(locker, make, check, tries - 1);
  }
}
