import type { ObjectId } from 'mongodb';
import type { Collections } from '../database/collections.ts';

/**
 * Reads raw tokens that follow each other, as they are stored. One look-up for all of them: a cursor would be left open on
 * the server whenever a reader goes away.
 *
 * @param n index of the first.
 * @param last true if the last of them is the last of its content.
 * @returns each token; undefined for one that is missing, is there twice, or is followed by more than belongs to the content.
 */
export async function readChunks(
  chunks: Collections['chunks'],
  id: ObjectId,
  n: number,
  count: number,
  last: boolean,
): Promise<(Buffer | undefined)[]> {
  const final = n + count - 1;
  const found = await chunks
    .find(
      { files_id: id, n: last ? { $gte: n } : count === 1 ? n : { $gte: n, $lte: final } },
      // Whatever was added to a content is seen without asking twice: one more is already too much.
      { projection: { _id: 0, n: 1, data: 1 }, sort: { n: 1 }, limit: count + 1, promoteBuffers: true },
    )
    .toArray();
  return Array.from({ length: count }, (_, offset) => {
    const index = n + offset;
    const [chunk, another] = found.filter((one) => one.n === index || (index === final && one.n > final));
    const data: unknown = chunk?.data;
    return chunk?.n === index && another === undefined && Buffer.isBuffer(data) ? data : undefined;
  });
}
