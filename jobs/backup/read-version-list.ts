import { isLockerError } from '../../src/errors.ts';
import { recordKey } from './names.ts';
import type { BackupTarget } from './target.ts';
import { VersionList } from './version-list.ts';

/**
 * Reads which versions a snapshot needs. No key and no head is needed: each object of the list proves itself.
 *
 * @returns undefined if the list is missing or damaged, in part or as a whole.
 */
export async function readVersionList(
  target: BackupTarget,
  snapshot: string,
  into = new VersionList(),
): Promise<VersionList | undefined> {
  for (let part = 0, parts = 1; part < parts; part++) {
    const key = recordKey(snapshot, 'versions', part);
    const bytes = await target.get(key);
    if (bytes === undefined) return undefined;
    try {
      parts = into.addEncoded(key, part, bytes);
    } catch (error) {
      if (!isLockerError(error, 'backup_damaged')) throw error;
      return undefined;
    }
  }
  return into;
}
