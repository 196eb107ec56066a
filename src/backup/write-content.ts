import { Binary, ObjectId } from 'mongodb';
import { segmentsOf } from './segments-of.ts';
import type { Collections } from '../database/collections.ts';
import type { StoredContent } from './read-entries.ts';

type Target = Pick<Collections, 'chunks' | 'contentFiles'>;

/** True if a content was restored whole already. */
export async function isRestored({ chunks, contentFiles }: Target, content: StoredContent): Promise<boolean> {
  const _id = new ObjectId(content.id);
  if ((await contentFiles.countDocuments({ _id, length: content.sealedBytes }, { limit: 1 })) === 0)
    return false;
  return (await chunks.countDocuments({ files_id: _id })) === segmentsOf(content);
}

/**
 * Writes a content back: chunks first, the GridFS file last. What an attempt before left of it is removed.
 *
 * @param parts its sealed segments in order, some at a time.
 */
export async function writeContent(
  { chunks, contentFiles }: Target,
  content: StoredContent,
  parts: AsyncIterable<readonly Buffer[]>,
): Promise<void> {
  const id = new ObjectId(content.id);
  await contentFiles.deleteOne({ _id: id });
  await chunks.deleteMany({ files_id: id });
  let n = 0;
  for await (const segments of parts) {
    await chunks.insertMany(
      segments.map((data) => ({ _id: new ObjectId(), files_id: id, n: n++, data: new Binary(data) })),
    );
  }
  await contentFiles.insertOne({
    _id: id,
    length: content.sealedBytes,
    chunkSize: content.chunkBytes,
    uploadDate: id.getTimestamp(),
    filename: content.id,
  });
}
