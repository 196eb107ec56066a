import { segmentsOf } from '../../src/backup/segments-of.ts';
import { decodePart, keysOf } from './content-object.ts';
import { damaged } from './damage.ts';
import type { RecordedContent } from './open-snapshot.ts';
import type { BackupTarget } from './target.ts';

/**
 * Reads the sealed segments of a version, an object at a time; each object is what its name and the snapshot say.
 *
 * @throws LockerError `backup_damaged` naming the object.
 */
export async function* readContent(
  target: BackupTarget,
  id: string,
  content: RecordedContent,
): AsyncGenerator<readonly Buffer[], void, undefined> {
  let segments = 0;
  let bytes = 0;
  for (const key of keysOf(id, content.parts)) {
    const object = await target.get(key);
    if (object === undefined) throw damaged(key, 'is missing');
    const found = decodePart(key, object);
    segments += found.length;
    bytes += found.reduce((sum, { length }) => sum + length, 0);
    yield found;
  }
  if (segments !== segmentsOf(content) || bytes !== content.sealedBytes)
    throw damaged(`content ${id}`, 'is not whole');
}
