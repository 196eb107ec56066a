import { PassThrough, Readable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { BodyPieces } from '../../api/http/body-pieces.ts';
import { collect, someBytes } from '../support/bytes.ts';

const explained = (error: unknown) => new Error('explained', { cause: error });
const read = (stream: Readable) => new BodyPieces(stream, explained);

describe('the pieces of a body', () => {
  it('come in order, and end', async () => {
    const bytes = someBytes(3_000_000);
    const stream = Readable.from(
      (function* () {
        for (let start = 0; start < bytes.length; start += 70_000)
          yield bytes.subarray(start, start + 70_000);
      })(),
      { objectMode: false },
    );
    const pieces = read(stream);
    expect((await collect(pieces)).equals(bytes)).toBe(true);
    expect(await pieces.next()).toEqual({ done: true, value: undefined });
  });

  it('of an empty body are none', async () => {
    expect((await collect(read(Readable.from([], { objectMode: false })))).length).toBe(0);
  });

  it('hold the sender up when nobody takes them, and let it go on', async () => {
    const bytes = someBytes(250 * 16 * 1024);
    let taken = 0;
    const stream = new Readable({
      highWaterMark: 16 * 1024,
      read() {
        taken = Math.min(taken + 16 * 1024, bytes.length);
        this.push(bytes.subarray(taken - 16 * 1024, taken));
        if (taken === bytes.length) this.push(null);
      },
    });
    const pieces = read(stream);
    const first = await pieces.next();
    for (let i = 0; i < 200; i++) await turn();
    expect(stream.isPaused()).toBe(true);
    expect(taken).toBeLessThan(400_000);
    const rest = await collect(pieces);
    expect(taken).toBe(bytes.length);
    expect((first.value?.length ?? 0) + rest.length).toBe(bytes.length);
  });

  it('end with an error when the sender goes away, after what came', async () => {
    const stream = new PassThrough();
    const pieces = read(stream);
    stream.write('abc');
    expect((await pieces.next()).value?.toString()).toBe('abc');
    const next = pieces.next();
    stream.destroy();
    await expect(next).rejects.toMatchObject({
      message: 'explained',
      cause: { code: 'ERR_STREAM_PREMATURE_CLOSE' },
    });
    expect(await pieces.next()).toEqual({ done: true, value: undefined });
  });

  it('end with an error when the sender was away before anybody asked', async () => {
    const stream = new PassThrough();
    stream.once('error', () => {});
    stream.destroy(new Error('gone'));
    await turn();
    await expect(read(stream).next()).rejects.toMatchObject({ cause: { message: 'gone' } });
  });

  it('leave the stream whole when their reader stops', async () => {
    const stream = new PassThrough();
    stream.write('abc');
    for await (const _ of read(stream)) break;
    expect(stream.destroyed).toBe(false);
    expect(stream.isPaused()).toBe(true);
  });

  it('settle a question that is open when their reader stops', async () => {
    const pieces = read(new PassThrough());
    const next = pieces.next();
    await pieces.return();
    expect(await next).toEqual({ done: true, value: undefined });
  });
});
