import { finished, type Readable } from 'node:stream';

/** How much may wait for its reader before the sender has to, bytes. */
const mostWaitingBytes = 256 * 1024;

interface Waiting {
  readonly resolve: (result: IteratorResult<Buffer, undefined>) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * The pieces of a stream as they come. A stream's own iterator stops and starts the connection for each of them, which
 * costs more than the bytes. The stream is not destroyed when nobody wants more, since its connection may still carry an answer.
 */
export class BodyPieces implements AsyncIterableIterator<Buffer, undefined> {
  readonly #stream: Readable;
  readonly #explain: (error: unknown) => unknown;
  readonly #pieces: Buffer[] = [];
  #waitingBytes = 0;
  /** Those who asked for more than there was. */
  readonly #waiting: Waiting[] = [];
  #end: { readonly error?: unknown } | undefined;
  #stopWatching: (() => void) | undefined;

  /** @param explain makes the error that the reader gets of the stream's. */
  constructor(stream: Readable, explain: (error: unknown) => unknown) {
    this.#stream = stream;
    this.#explain = explain;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<Buffer, undefined>> {
    this.#stopWatching ??= this.#watch();
    const piece = this.#pieces.shift();
    if (piece !== undefined) {
      this.#waitingBytes -= piece.length;
      if (this.#pieces.length === 0 && this.#stream.isPaused()) this.#stream.resume();
      return Promise.resolve({ done: false, value: piece });
    }
    if (this.#end !== undefined) return this.#ended();
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
    });
  }

  return(): Promise<IteratorResult<Buffer, undefined>> {
    this.#stopWatching?.();
    this.#pieces.length = 0;
    this.#settle({});
    return Promise.resolve({ done: true, value: undefined });
  }

  #watch(): () => void {
    const stream = this.#stream;
    const onData = (piece: Buffer) => {
      const waiting = this.#waiting.shift();
      if (waiting !== undefined) {
        waiting.resolve({ done: false, value: piece });
        return;
      }
      this.#pieces.push(piece);
      this.#waitingBytes += piece.length;
      if (this.#waitingBytes >= mostWaitingBytes) stream.pause();
    };
    const stopFinished = finished(stream, { writable: false }, (error) => {
      this.#settle(error === null || error === undefined ? {} : { error });
    });
    stream.on('data', onData);
    return () => {
      stopFinished();
      stream.off('data', onData);
      stream.pause();
    };
  }

  #settle(end: { readonly error?: unknown }): void {
    this.#end ??= end;
    for (const { resolve, reject } of this.#waiting.splice(0)) this.#ended().then(resolve, reject);
  }

  /** The error comes once, and after it the end. */
  async #ended(): Promise<IteratorResult<Buffer, undefined>> {
    const { error } = this.#end ?? {};
    this.#end = {};
    if (error !== undefined) throw this.#explain(error);
    return { done: true, value: undefined };
  }
}
