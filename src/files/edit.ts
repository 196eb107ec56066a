import { audited, aboutFile } from '../audit/audited.ts';
import { type Actor, requireAccount } from '../accounts/actor.ts';
import { LockerError } from '../errors.ts';
import type { Locker } from '../locker.ts';
import { changeFile } from './change-file.ts';
import { type Description, requireDescription } from './description.ts';
import type { FileView } from './view.ts';

/**
 * Renames, moves, tags or describes a file. Editors may do so too, except for moving: a folder decides who else sees the file.
 *
 * @throws LockerError `not_found`, `forbidden`, and for bad input as `requireDescription`.
 */
export const editFile = audited(
  'file.edit',
  ([id], file, who) => aboutFile(id, file, who),
  async (locker: Locker, actor: Actor, fileId: string, input: Description): Promise<FileView> => {
    const me = await requireAccount(locker, actor, 'files:write');
    const description = requireDescription(input);
    return changeFile(locker, me, fileId, 'editor', ({ metadata, role, folderShown }) => {
      // Who is not shown the folder must not learn it from whether a guess is accepted.
      const stays =
        description.folder === undefined || (folderShown && description.folder === metadata.folder);
      if (!stays && role !== 'owner') {
        throw new LockerError('forbidden', { hint: 'Only its owner can move a file to another folder.' });
      }
      return { fields: { updatedAt: locker.now() }, metadata: { ...metadata, ...description } };
    });
  },
);
