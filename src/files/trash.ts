import { audited, aboutFile } from '../audit/audited.ts';
import { type Actor, requireAccount } from '../accounts/actor.ts';
import type { Locker } from '../locker.ts';
import type { Access } from '../sharing/access.ts';
import { changeFile } from './change-file.ts';
import type { FileView } from './view.ts';

/** Moves a file to the trash: nobody but its owner sees it any more. Safe to repeat. @throws LockerError `not_found`, `forbidden`. */
export const trashFile = audited(
  'file.trash',
  ([id], file, who) => aboutFile(id, file, who),
  async (locker: Locker, actor: Actor, fileId: string): Promise<FileView> => {
    const me = await requireAccount(locker, actor, 'files:write');
    const trash = ({ file }: Access) => ({ fields: { trashedAt: file.trashedAt ?? locker.now() } });
    return changeFile(locker, me, fileId, 'owner', trash, 'allow');
  },
);

/** Takes a file out of the trash, with its grants. Safe to repeat. @throws LockerError `not_found`, `forbidden`. */
export const restoreFile = audited(
  'file.restore',
  ([id], file, who) => aboutFile(id, file, who),
  async (locker: Locker, actor: Actor, fileId: string): Promise<FileView> => {
    const me = await requireAccount(locker, actor, 'files:write');
    return changeFile(locker, me, fileId, 'owner', () => ({ fields: { trashedAt: null } }));
  },
);
