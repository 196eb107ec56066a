import { type Actor, requireAccount } from '../accounts/actor.ts';
import type { Locker } from '../locker.ts';
import { changeFile } from './change-file.ts';
import type { FileView } from './view.ts';

/** Moves a file to the trash: nobody but its owner sees it any more. Safe to repeat. @throws LockerError `not_found`, `forbidden`. */
export async function trashFile(locker: Locker, actor: Actor, fileId: string): Promise<FileView> {
  const me = await requireAccount(locker, actor, 'files:write');
  return changeFile(locker, me, fileId, 'owner', ({ file }) => ({
    fields: { trashedAt: file.trashedAt ?? locker.now() },
  }));
}

/** Takes a file out of the trash, with its grants. Safe to repeat. @throws LockerError `not_found`, `forbidden`. */
export async function restoreFile(locker: Locker, actor: Actor, fileId: string): Promise<FileView> {
  const me = await requireAccount(locker, actor, 'files:write');
  return changeFile(locker, me, fileId, 'owner', () => ({ fields: { trashedAt: null } }));
}
