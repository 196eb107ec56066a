import type { Request, ResponseObject, Server } from '@hapi/hapi';
import { LockerError } from '../../src/errors.ts';
import type { Rendered } from '../render.ts';
import { type Checksum, checksumAlgorithms } from '../../src/uploads/checksum.ts';
import type { UploadView } from '../../src/uploads/view.ts';
import { contentType } from './receive-body.ts';

/** Where the tus 1.0 protocol is spoken (tus.io/protocols/resumable-upload). */
export const uploadsPath = '/v1/uploads';
export const tusVersion = '1.0.0';
export const tusExtensions =
  'creation,creation-with-upload,creation-defer-length,expiration,termination,checksum';
export const partType = 'application/offset+octet-stream';

/** What a request may ask to be taken as, for clients that cannot send it; GET answers HEAD's headers. */
const overrides: Readonly<Record<string, 'patch' | 'delete' | 'get'>> = {
  patch: 'patch',
  delete: 'delete',
  head: 'get',
};

/** Sets what the protocol wants on every answer, errors too, and honours X-HTTP-Method-Override, whatever the method is. */
export function speakTus(server: Server): void {
  server.ext('onRequest', (request, h) => {
    const wanted = header(request, 'x-http-method-override')?.toLowerCase();
    const method = overrides[wanted ?? ''];
    if (method !== undefined && request.path.startsWith(`${uploadsPath}/`)) request.setMethod(method);
    return h.continue;
  });
  server.ext('onPreResponse', (request, h) => {
    const { response, path } = request;
    if (response instanceof Error || (path !== uploadsPath && !path.startsWith(`${uploadsPath}/`)))
      return h.continue;
    response.header('tus-resumable', tusVersion);
    if (response.statusCode === 412) response.header('tus-version', tusVersion);
    return h.continue;
  });
}

/** @throws LockerError `unsupported_version` unless the client speaks this version. */
export function requireTusVersion(request: Request): void {
  if (header(request, 'tus-resumable') === tusVersion) return;
  throw new LockerError('unsupported_version', {
    subject: 'Tus-Resumable',
    hint: `Send Tus-Resumable: ${tusVersion}.`,
  });
}

/** @throws LockerError `unsupported_media`. */
export function requirePartType(request: Request): void {
  const type = contentType(request)?.split(';')[0]?.trim().toLowerCase();
  if (type === partType) return;
  throw new LockerError('unsupported_media', {
    subject: 'Content-Type',
    hint: `Send the bytes with Content-Type: ${partType}.`,
  });
}

/** True if bytes come with the request. */
export const hasBody = (request: Request): boolean =>
  header(request, 'transfer-encoding') !== undefined || (byteCount(request, 'content-length') ?? 0) > 0;

/** A header that holds a number of bytes; undefined if absent. @throws LockerError `bad_request`. */
export function byteCount(request: Request, name: string): number | undefined {
  const text = header(request, name);
  if (text === undefined) return undefined;
  if (!/^\d{1,15}$/.test(text)) throw wrong(name, 'It is a number of bytes: digits only.');
  return Number(text);
}

/** Length of a new upload; null if it will be declared later. @throws LockerError `bad_request`. */
export function announcedLength(request: Request): number | null {
  const length = byteCount(request, 'upload-length');
  const deferred = header(request, 'upload-defer-length');
  if (deferred !== undefined && deferred !== '1') throw wrong('upload-defer-length', 'It can only be 1.');
  if ((length === undefined) === (deferred === undefined))
    throw wrong('upload-length', 'Send either Upload-Length or Upload-Defer-Length: 1.');
  return length ?? null;
}

/** The checksum of a part, if it has one. @throws LockerError `bad_request`, also for an algorithm that is not known here. */
export function announcedChecksum(request: Request): Checksum | undefined {
  const text = header(request, 'upload-checksum');
  if (text === undefined) return undefined;
  const [name, encoded, ...rest] = text.split(' ');
  const algorithm = checksumAlgorithms.find((known) => known === name);
  if (algorithm === undefined)
    throw wrong('upload-checksum', `The algorithm can be ${checksumAlgorithms.join(', ')}.`);
  const digest = rest.length === 0 && encoded !== undefined ? fromBase64(encoded) : undefined;
  if (digest === undefined || digest.length === 0)
    throw wrong('upload-checksum', 'It is an algorithm, a space, and the digest in base64.');
  return { algorithm, digest };
}

/** Upload-Metadata as it came, and read: keys and their decoded values. @throws LockerError `bad_request`. */
export function readMetadata(request: Request): { note: string; values: ReadonlyMap<string, string> } {
  const note = header(request, 'upload-metadata') ?? '';
  const values = new Map<string, string>();
  for (const pair of note.trim() === '' ? [] : note.split(',')) {
    const [key = '', encoded = '', ...rest] = pair.trim().split(' ');
    const value = fromBase64(encoded);
    if (rest.length > 0 || !/^[\x21-\x2b\x2d-\x7e]+$/.test(key) || values.has(key) || value === undefined)
      throw wrong('upload-metadata', 'It is key, space, base64, with commas between; no key comes twice.');
    values.set(key, decodeText(value));
  }
  return { note, values };
}

/** Sets the headers that tell how an upload stands. */
export function describeInHeaders(
  response: ResponseObject,
  upload: UploadView | Rendered<UploadView>,
): ResponseObject {
  response.header('upload-offset', String(upload.offsetBytes));
  response.header('upload-expires', new Date(upload.expiresAt).toUTCString());
  return upload.file === null ? response : response.header('coffer-file-id', upload.file);
}

const wrong = (name: string, hint: string) => new LockerError('bad_request', { subject: name, hint });

function header(request: Request, name: string): string | undefined {
  const value: unknown = request.headers[name];
  return typeof value === 'string' ? value : undefined;
}

/** Strict: what decodes and encodes to something else is refused. */
function fromBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : undefined;
}

function decodeText(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw wrong('upload-metadata', 'Its values are text in UTF-8.');
  }
}
