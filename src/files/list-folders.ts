import { audited } from '../audit/audited.ts';
import type { Binary } from 'mongodb';
import { type Actor, requireAccount } from '../accounts/actor.ts';
import type { FileDoc } from './documents.ts';
import type { Locker } from '../locker.ts';
import { visibleLockers, type Whose } from '../sharing/visible.ts';
import { openEntry } from './entry.ts';
import { inTurns } from './in-turns.ts';

export interface FolderView {
  readonly folder: string;
  /** Handle of the owner. */
  readonly owner: string;
  /** Files directly in it. */
  readonly files: number;
  readonly sizeBytes: number;
}

/**
 * Lists the folders that hold files, sorted by owner and path. Folders are not things of their own: one exists as long as a
 * file is in it.
 *
 * @throws LockerError `not_found` for an owner who shares nothing.
 */
export const listFolders = audited(
  'folder.list',
  () => ({}),
  async (locker: Locker, actor: Actor, whose: Whose): Promise<FolderView[]> => {
    const me = await requireAccount(locker, actor, 'files:read');
    const lockers = await visibleLockers(locker, me, whose);
    const folders: FolderView[] = [];
    for (const visible of lockers) {
      const { owner, handle, filter } = visible;
      const groups = locker.collections.files.aggregate<{
        _id: Binary;
        files: number;
        sizeBytes: number;
        sample: Pick<FileDoc, '_id' | 'sealed' | 'folders'>;
      }>([
        { $match: { $and: [filter, { trashedAt: null }] } },
        {
          $group: {
            _id: '$folder',
            files: { $sum: 1 },
            sizeBytes: { $sum: '$sizeBytes' },
            sample: { $first: { _id: '$_id', sealed: '$sealed', folders: '$folders' } },
          },
        },
      ]);
      for await (const { files, sizeBytes, sample } of inTurns(groups)) {
        if (!visible.sight(sample).folderShown) continue;
        folders.push({ folder: openEntry(owner, sample).folder, owner: handle, files, sizeBytes });
      }
    }
    return folders.toSorted((a, b) => a.owner.localeCompare(b.owner) || a.folder.localeCompare(b.folder));
  },
);
