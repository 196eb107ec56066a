import { isLockerError } from '../../src/errors.ts';
import { decodePart } from './content-object.ts';
import { damagedPrefix, readObjectKey } from './names.ts';
import type { BackupTarget } from './target.ts';

/**
 * Moves a damaged object to `damaged/`, so that the next export sees that it lacks it. Looked at once more before: what was
 * damaged on its way here stays where it is.
 */
export async function setAside(target: BackupTarget, key: string): Promise<void> {
  if (readObjectKey(key) === undefined) return;
  const bytes = await target.get(key);
  if (bytes === undefined || isWhole(key, bytes)) return;
  await target.put(`${damagedPrefix}${key.slice(key.lastIndexOf('/') + 1)}`, bytes);
  await target.settle();
  await target.remove(key);
  await target.settle();
}

function isWhole(key: string, bytes: Buffer): boolean {
  try {
    decodePart(key, bytes);
    return true;
  } catch (error) {
    if (!isLockerError(error, 'backup_damaged')) throw error;
    return false;
  }
}
