import { readObjectKey } from './names.ts';
import type { BackupTarget } from './target.ts';

/** Moves a damaged object to `damaged/`, so that the next export sees that it lacks it. */
export async function setAside(target: BackupTarget, key: string): Promise<void> {
  if (readObjectKey(key) === undefined) return;
  const bytes = await target.get(key);
  if (bytes === undefined) return;
  await target.put(`damaged/${key.slice(key.lastIndexOf('/') + 1)}`, bytes);
  await target.settle();
  await target.remove(key);
  await target.settle();
}
