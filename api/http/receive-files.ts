import type { Readable } from 'node:stream';
import busboy, { type BusboyHeaders } from '@fastify/busboy';
import type { Request } from '@hapi/hapi';
import { LockerError } from '../../src/errors.ts';
import { bodyStream, readable } from './receive-body.ts';

/** One file of a form. Its bytes are to be read before the next one is asked for. */
export interface FilePart {
  readonly filename: string;
  readonly mediaType: string | undefined;
  readonly bytes: AsyncIterable<Buffer>;
}

const limits = { fields: 16, fieldSize: 1024, fieldNameSize: 64, files: 200, parts: 216, headerPairs: 32 };

/**
 * Reads the files of `multipart/form-data` one after the other, as a stream. Fields are passed over, and so is what a
 * browser sends when no file was chosen. A file that is cut off ends with an error, never as if it were whole.
 *
 * @throws LockerError `bad_request` for a form that is not in order, `upload_incomplete` if the client goes away.
 */
export async function* receiveFiles(request: Request): AsyncGenerator<FilePart, void, undefined> {
  const source = bodyStream(request);
  const parser = openParser(request);
  const parts: { filename: string; mediaType: string; stream: Readable }[] = [];
  const open = new Set<Readable>();
  let failure: LockerError | undefined;
  let done = false;
  let wake: (() => void) | undefined;
  const fail = (error: LockerError) => {
    failure ??= error;
    source.unpipe(parser);
    for (const stream of open) stream.destroy(failure);
    wake?.();
  };
  parser.on(
    'file',
    (
      _field: string,
      stream: Readable,
      filename: string | undefined,
      _encoding: string,
      mediaType: string,
    ) => {
      open.add(stream);
      stream.once('close', () => open.delete(stream));
      // A part that is cut off says so with an event only; without this it would look like a whole one.
      stream.on('error', (error) => fail(broken('The form ended in the middle of a file.', error)));
      if (filename === undefined || filename === '') stream.resume();
      else parts.push({ filename, mediaType, stream });
      wake?.();
    },
  );
  for (const event of ['fieldsLimit', 'filesLimit', 'partsLimit'] as const)
    parser.on(event, () => fail(broken('The form has too many parts.')));
  parser.on('error', (error: unknown) => fail(broken('The form could not be read.', error)));
  parser.on('finish', () => {
    done = true;
    wake?.();
  });
  source.on('error', (error) =>
    fail(
      new LockerError(
        'upload_incomplete',
        { hint: 'The connection ended before the upload was complete.' },
        { cause: error },
      ),
    ),
  );
  source.pipe(parser);
  try {
    for (;;) {
      const part = parts.shift();
      if (part !== undefined) {
        const { filename, mediaType, stream } = part;
        yield { filename, mediaType, bytes: readable(stream) };
      } else if (failure !== undefined) throw failure;
      else if (done) return;
      else await new Promise<void>((resolve) => (wake = resolve));
    }
  } finally {
    source.unpipe(parser);
    for (const stream of open) stream.destroy();
  }
}

/** Bytes of a refused form that are read and thrown away, so that its browser gets to read the answer. */
const maxDrainBytes = 64 * 1024 * 1024;
const maxDrainMs = 10_000;

/** Reads the rest of a body that nobody wants, within bounds. */
export function drainBody(request: Request): Promise<void> {
  const { req, res } = request.raw;
  return new Promise((resolve) => {
    if (req.complete || req.destroyed) return resolve();
    let bytes = 0;
    const end = () => {
      clearTimeout(timer);
      req.off('data', count);
      req.pause();
      resolve();
    };
    const count = (piece: Buffer) => {
      bytes += piece.length;
      if (bytes > maxDrainBytes) end();
    };
    const timer = setTimeout(end, maxDrainMs);
    req.on('data', count);
    // Whoever read it before may have paused it.
    req.resume();
    for (const event of ['end', 'error', 'close'] as const) req.once(event, end);
    res.once('close', end);
  });
}

function openParser(request: Request) {
  try {
    return new busboy.Busboy({ headers: request.headers as BusboyHeaders, limits });
  } catch (error) {
    throw broken('The multipart boundary is missing.', error);
  }
}

const broken = (hint: string, cause?: unknown) => new LockerError('bad_request', { hint }, { cause });
