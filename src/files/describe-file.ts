import { audited, aboutFile } from '../audit/audited.ts';
import { type Actor, requireAccount } from '../accounts/actor.ts';
import type { Locker } from '../locker.ts';
import { accessFile } from '../sharing/access.ts';
import { type FileView, viewFile } from './view.ts';

/** Describes one file, the owner's trash included. @throws LockerError `not_found`. */
export const describeFile = audited(
  'file.describe',
  ([id], file, who) => aboutFile(id, file, who),
  async (locker: Locker, actor: Actor, fileId: string): Promise<FileView> => {
    const me = await requireAccount(locker, actor, 'files:read');
    const access = await accessFile(locker, me, fileId, 'viewer', 'allow');
    return viewFile(access.file, access.metadata, access);
  },
);
