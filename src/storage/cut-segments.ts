export interface Segment {
  readonly index: number;
  readonly last: boolean;
  /** The plaintext in order, without copying what came. */
  readonly pieces: readonly Uint8Array[];
}

/**
 * Cuts a stream in segments of exactly `segmentBytes`, the last one shorter or full. An empty stream gives one empty
 * segment. A full segment is held back until more comes, since only then it is known not to be the last.
 */
export async function* cutSegments(
  source: AsyncIterable<Uint8Array>,
  segmentBytes: number,
): AsyncGenerator<Segment, void, undefined> {
  let pieces: Uint8Array[] = [];
  let length = 0;
  let index = 0;
  for await (const piece of source) {
    let rest = piece;
    while (rest.length > 0) {
      if (length === segmentBytes) {
        yield { index: index++, last: false, pieces };
        pieces = [];
        length = 0;
      }
      const part = rest.subarray(0, segmentBytes - length);
      pieces.push(part);
      length += part.length;
      rest = rest.subarray(part.length);
    }
  }
  yield { index, last: true, pieces };
}
