import type { Door } from '../audit/record.ts';
import type { Direction, Meter } from './meter.ts';

/**
 * Counts an upload: its bytes as they come, and whether it was stored.
 *
 * @param store stores what it is given; the upload is finished when it resolves.
 */
export async function meterUpload<Content extends { readonly bytes: AsyncIterable<Uint8Array> }, Result>(
  meter: Meter,
  door: Door,
  content: Content,
  store: (content: Content) => Promise<Result>,
): Promise<Result> {
  const transfer = begin(meter, 'upload', door);
  let finished = false;
  try {
    const result = await store({ ...content, bytes: counted(content.bytes, transfer) });
    finished = true;
    return result;
  } finally {
    transfer.end(finished);
  }
}

/** Counts a download, from the first piece that is asked for. It is finished when the last one was taken. */
export async function* meterDownload(
  meter: Meter,
  door: Door,
  pieces: AsyncIterable<Buffer>,
): AsyncGenerator<Buffer, void, undefined> {
  const transfer = begin(meter, 'download', door);
  let finished = false;
  try {
    yield* counted(pieces, transfer);
    finished = true;
  } finally {
    transfer.end(finished);
  }
}

async function* counted<Piece extends Uint8Array>(
  pieces: AsyncIterable<Piece>,
  transfer: Transfer,
): AsyncGenerator<Piece, void, undefined> {
  for await (const piece of pieces) {
    transfer.bytes(piece.length);
    yield piece;
  }
}

interface Transfer {
  bytes(count: number): void;
  end(finished: boolean): void;
}

/** Bytes are counted so many at a time: a series is found by its labels, which takes longer than a piece of a few KiB. */
const bytesAtOnce = 1024 * 1024;

function begin(meter: Meter, direction: Direction, door: Door): Transfer {
  const labels = { direction, door };
  meter.transfersStarted.inc(labels);
  meter.transfersInFlight.inc({ direction });
  let uncounted = 0;
  const count = () => {
    meter.transferBytes.inc(labels, uncounted);
    uncounted = 0;
  };
  return {
    bytes: (more) => {
      uncounted += more;
      if (uncounted >= bytesAtOnce) count();
    },
    end: (finished) => {
      count();
      meter.transfersInFlight.dec({ direction });
      (finished ? meter.transfersFinished : meter.transfersAborted).inc(labels);
    },
  };
}
