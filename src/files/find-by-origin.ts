import { type Actor, requireAccount } from '../accounts/actor.ts';
import { audited, aboutFile } from '../audit/audited.ts';
import { toBinary } from '../database/binary.ts';
import type { Locker } from '../locker.ts';
import type { FolderAccess } from '../sharing/access.ts';
import { openEntry } from './entry.ts';
import { type FileView, viewFile } from './view.ts';

/** Finds what an account saved under an origin: to be asked before the bytes are fetched again. @returns undefined if nothing was. */
export const findByOrigin = audited(
  'file.describe-origin',
  (_args, file, who) => aboutFile(file?.id, file, who),
  async (locker: Locker, actor: Actor, origin: string): Promise<FileView | undefined> => {
    const { account, keys } = await requireAccount(locker, actor, 'files:read');
    return findSaved(locker, { account, keys, role: 'owner' }, origin);
  },
);

/** The same, for someone who may put files there. Checks no permission itself. */
export async function findSaved(
  locker: Locker,
  { account, keys, role }: FolderAccess,
  origin: string,
): Promise<FileView | undefined> {
  const token = toBinary(keys.index.exact('origin', origin));
  const file = await locker.collections.files.findOne({ owner: account._id, origin: token });
  if (file === null) return undefined;
  return viewFile(file, openEntry(keys, file), { ownerHandle: account.handle, role, folderShown: true });
}
