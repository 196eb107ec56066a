import { audited } from '../audit/audited.ts';
import { type Actor, requireAccount } from '../accounts/actor.ts';
import { journaled } from '../database/connect.ts';
import { LockerError } from '../errors.ts';
import type { Locker } from '../locker.ts';
import { accessFile } from '../sharing/access.ts';
import { discardVersions } from './discard-versions.ts';
import type { FileDoc } from './documents.ts';

/**
 * Deletes a file for good, from the trash or straight away: its keys are destroyed with its entry, so nothing brings
 * the content back but a backup.
 *
 * @throws LockerError `not_found`, `forbidden`; `busy` if the file changes at the same moment.
 */
export const deleteFile = audited(
  'file.delete',
  // Once it is gone, only its owner can have done that.
  ([id], _nothing, who, succeeded) => ({ file: id, owner: succeeded ? who.account : undefined }),
  async (locker: Locker, actor: Actor, fileId: string): Promise<void> => {
    const me = await requireAccount(locker, actor, 'files:write');
    const { file } = await accessFile(locker, me, fileId, 'owner', 'allow');
    await removeEntry(locker, file);
  },
);

/**
 * Deletes an entry for good, with its contents, grants and links; checks no permission itself.
 *
 * @throws LockerError `busy` if it changed since it was read, `not_found` if it is gone.
 */
export async function removeEntry(locker: Locker, file: FileDoc): Promise<void> {
  const { files, grants, links } = locker.collections;
  const commit = async () => {
    const { deletedCount } = await files.deleteOne(
      { _id: file._id, revision: file.revision },
      { writeConcern: journaled(files) },
    );
    if (deletedCount === 0)
      throw new LockerError('busy', { subject: file._id, hint: 'The file is being changed. Try again.' });
    await grants.deleteMany({ kind: 'file', file: file._id });
    await links.deleteMany({ kind: 'download', file: file._id });
  };
  await discardVersions(locker, file.owner, file.versions, commit, file._id);
}
