import type { ObjectId } from 'mongodb';
import type { Collections } from '../database/collections.ts';

/**
 * Reads one raw token, as it is stored. One look-up a chunk: a cursor would be left open on the server whenever a reader goes away.
 *
 * @param last true for the last chunk of its content.
 * @returns undefined if it is missing, is there twice, or is followed by more than belongs to the content.
 */
export async function readChunk(
  chunks: Collections['chunks'],
  id: ObjectId,
  n: number,
  last: boolean,
): Promise<Buffer | undefined> {
  // Whatever was added to a content is seen without asking twice: the second of two is already too much.
  const [chunk, another] = await chunks
    .find(
      { files_id: id, n: last ? { $gte: n } : n },
      { projection: { _id: 0, n: 1, data: 1 }, sort: { n: 1 }, limit: 2, promoteBuffers: true },
    )
    .toArray();
  const data: unknown = chunk?.data;
  return chunk?.n === n && another === undefined && Buffer.isBuffer(data) ? data : undefined;
}
