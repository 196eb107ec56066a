import type { IncomingMessage } from 'node:http';
import busboy, { type BusboyHeaders } from '@fastify/busboy';

/** A file of a multipart call. */
export interface UploadedFile {
  readonly name: string;
  readonly bytes: Buffer;
}

interface ReadCall {
  readonly payload: Record<string, unknown>;
  readonly files: ReadonlyMap<string, UploadedFile>;
}

/** Reads a call in any of the forms that the Bot API takes: query, form, JSON, multipart. */
export async function readCall(request: IncomingMessage, url: URL): Promise<ReadCall> {
  const payload: Record<string, unknown> = Object.fromEntries(url.searchParams);
  const type = request.headers['content-type'] ?? '';
  if (type.startsWith('multipart/form-data')) return readMultipart(request, payload);
  const pieces: Buffer[] = [];
  for await (const piece of request as AsyncIterable<Buffer>) pieces.push(piece);
  const text = Buffer.concat(pieces).toString();
  if (type.startsWith('application/json')) Object.assign(payload, text === '' ? {} : JSON.parse(text));
  else if (text !== '') Object.assign(payload, structured(Object.fromEntries(new URLSearchParams(text))));
  return { payload, files: new Map() };
}

function readMultipart(request: IncomingMessage, payload: Record<string, unknown>): Promise<ReadCall> {
  const files = new Map<string, UploadedFile>();
  return new Promise((resolve, reject) => {
    const parser = new busboy.Busboy({
      headers: request.headers as BusboyHeaders,
      isPartAFile: (_field, _type, name) => name !== undefined,
    });
    const fields: Record<string, string> = {};
    parser.on('field', (name, value) => {
      fields[name] = value;
    });
    parser.on('file', (field, stream, filename) => {
      const pieces: Buffer[] = [];
      stream.on('data', (piece: Buffer) => pieces.push(piece));
      // The real server decodes what is percent-encoded in an unquoted name.
      stream.on('end', () =>
        files.set(field, { name: decodeURIComponent(filename), bytes: Buffer.concat(pieces) }),
      );
    });
    parser.on('finish', () => resolve({ payload: Object.assign(payload, structured(fields)), files }));
    parser.on('error', reject);
    request.on('aborted', () => reject(new Error('the client went away')));
    request.pipe(parser);
  });
}

/** In forms, what is structured comes as JSON. */
const structured = (fields: Record<string, string>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      /^[[{]/.test(value) ? (JSON.parse(value) as unknown) : value,
    ]),
  );
