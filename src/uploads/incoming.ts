import { LockerError } from '../errors.ts';

/** A sender that is silent for this long has gone: what came is kept, and the next request may go on. */
const silenceMs = 10_000;

/** Lets at most `room` bytes through. @throws LockerError `file_too_large` when more come, after those that fit. */
export async function* limited(
  source: AsyncIterable<Uint8Array>,
  room: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  let left = room;
  for await (const piece of source) {
    const fits = piece.subarray(0, left);
    if (fits.length > 0) yield fits;
    left -= fits.length;
    if (fits.length < piece.length) throw tooMuch(room);
  }
}

export const tooMuch = (room: number) =>
  new LockerError('file_too_large', {
    limit: room,
    hint: 'More bytes came than the upload has room for. Ask for its offset and length.',
  });

/** Ends with an error when nothing came for a while, instead of waiting for ever for a connection that is dead. */
export async function* untilSilent(
  source: AsyncIterable<Uint8Array>,
  ms: number = silenceMs,
): AsyncGenerator<Uint8Array, void, undefined> {
  const iterator = source[Symbol.asyncIterator]();
  try {
    for (;;) {
      const step = await within(iterator.next(), ms);
      if (step.done === true) return;
      yield step.value;
    }
  } finally {
    // Not awaited: it would wait for the very bytes that do not come.
    void iterator.return?.().then(undefined, () => {});
  }
}

async function within<T>(work: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(
        new LockerError('upload_incomplete', {
          hint: 'Nothing came for a while. Ask for the offset, and go on from there.',
        }),
      );
    }, ms);
  });
  try {
    return await Promise.race([work, silence]);
  } finally {
    clearTimeout(timer);
    // If silence won, what becomes of the read is nobody's business any more.
    work.catch(() => {});
  }
}

/** A stream that ends where it breaks off, and remembers why: what came before is worth keeping. */
export class BrokenStream implements AsyncIterable<Uint8Array> {
  readonly #source: AsyncIterable<Uint8Array>;
  #failure: { readonly error: unknown } | undefined;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      for await (const piece of this.#source) yield piece;
    } catch (error) {
      this.#failure = { error };
    }
  }

  /** @throws what broke it off, if anything did. */
  requireWhole(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}
