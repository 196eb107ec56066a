import { type Actor, requireAccount } from '../accounts/actor.ts';
import { commitWriteConcern, isDuplicate } from '../database/connect.ts';
import type { FileDoc } from '../database/documents.ts';
import { newFileId } from '../ids.ts';
import type { Locker } from '../locker.ts';
import { accessFolder } from '../sharing/access.ts';
import { type Description, requireDescription } from './description.ts';
import { type FileMetadata, sealEntry } from './entry.ts';
import { type IncomingContent, type Received, receiveContent } from './receive-content.ts';
import { type FileView, viewFile } from './view.ts';

export interface Upload extends Description {
  readonly name: string;
  readonly mediaType: string;
  /** Whose locker; the actor's own if absent, otherwise a folder that is shared with the actor to edit. */
  readonly owner?: string | undefined;
  readonly content: IncomingContent;
}

/**
 * Saves a new file. When it returns, the file survives a kill of this process and of the database.
 *
 * @throws LockerError for a bad name, folder or tag, for a folder that is not theirs (`not_found`, `forbidden`), and as `receiveContent`.
 */
export async function uploadFile(locker: Locker, actor: Actor, upload: Upload): Promise<FileView> {
  const me = await requireAccount(locker, actor, 'files:write');
  const { name = upload.name, folder = '/', tags = [], description = '' } = requireDescription(upload);
  const { account, keys, role } = await accessFolder(locker, me, upload.owner, folder);
  return receiveContent(locker, account._id, me.account._id, upload.content, async ({ facts, stored }) => {
    const metadata: FileMetadata = {
      name,
      folder,
      tags,
      mediaType: upload.mediaType,
      description,
      versions: [{ n: 1, ...facts }],
    };
    const file = await insertFile(locker, (id) =>
      newFile(id, account._id, stored, sealEntry(keys, id, metadata)),
    );
    return viewFile(file, metadata, { ownerHandle: account.handle, role, folderShown: true });
  });
}

const newFile = (
  id: string,
  owner: string,
  stored: Received['stored'],
  sealed: ReturnType<typeof sealEntry>,
): FileDoc => ({
  _id: id,
  owner,
  revision: 1,
  ...sealed,
  sizeBytes: stored.sizeBytes,
  versions: [{ n: 1, ...stored }],
  createdAt: stored.createdAt,
  updatedAt: stored.createdAt,
  trashedAt: null,
});

/** Inserts the entry under a short id that is free. */
async function insertFile(locker: Locker, make: (id: string) => FileDoc, tries = 5): Promise<FileDoc> {
  const file = make(newFileId());
  try {
    await locker.collections.files.insertOne(file, { writeConcern: commitWriteConcern });
    return file;
  } catch (error) {
    if (!isDuplicate(error) || tries === 1) throw error;
    return insertFile(locker, make, tries - 1);
  }
}
