import { createHash, randomBytes } from 'node:crypto';

/** Bytes as a stream of pieces of this size. */
export async function* inPieces(bytes: Uint8Array, pieceBytes = 64 * 1024): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += pieceBytes)
    yield bytes.subarray(start, start + pieceBytes);
}

/** What a stream released, and the error with which it ended, if it did. */
export async function drain(
  source: AsyncIterable<Uint8Array>,
): Promise<{ released: Buffer; error: unknown }> {
  const pieces: Uint8Array[] = [];
  try {
    for await (const piece of source) pieces.push(piece);
    return { released: Buffer.concat(pieces), error: undefined };
  } catch (error) {
    return { released: Buffer.concat(pieces), error };
  }
}

/** All bytes of a stream that must not fail. */
export async function collect(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const { released, error } = await drain(source);
  if (error !== undefined) throw error;
  return released;
}

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

export const someBytes = (length: number): Buffer => randomBytes(length);

export const flipBit = (bytes: Uint8Array, bit: number): Buffer => {
  const copy = Buffer.from(bytes);
  copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return copy;
};
