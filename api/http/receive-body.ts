import { addAbortSignal, type Readable } from 'node:stream';
import type { Request } from '@hapi/hapi';
import { LockerError } from '../../src/errors.ts';
import { BodyPieces } from './body-pieces.ts';
import { whenIdle } from './upload-idle.ts';
import type { IncomingContent } from '../../src/files/receive-content.ts';

/** The request's body as a stream that ends with an error if the client goes away or stalls, or the answer is sent before. */
export function bodyStream(request: Request): Readable {
  const encoding: unknown = request.headers['content-encoding'];
  if (typeof encoding === 'string' && encoding.toLowerCase() !== 'identity') {
    throw new LockerError('unsupported_media', {
      subject: 'Content-Encoding',
      hint: 'Send the bytes as they are, without Content-Encoding.',
    });
  }
  const { req, res } = request.raw;
  // hapi can answer early and leave the stream hanging without an event; only this one always comes.
  const abort = new AbortController();
  res.once('close', () => {
    if (!req.complete) abort.abort();
  });
  whenIdle(req, res, request.server.app.uploadIdleMs, () => abort.abort());
  return addAbortSignal(abort.signal, req);
}

/**
 * Content of a raw body, with what its headers announce.
 *
 * @throws LockerError `bad_request` for a part of a content, which would else be taken for all of it (RFC 9110 section 14.5);
 *   `unsupported_media` for a form.
 */
export function rawContent(request: Request): IncomingContent {
  if (request.headers['content-range'] !== undefined) {
    throw new LockerError('bad_request', {
      subject: 'Content-Range',
      hint: 'Send the whole content, or resume an upload at /v1/uploads.',
    });
  }
  if (isForm(request)) {
    throw new LockerError('unsupported_media', {
      subject: 'Content-Type',
      hint: 'Send the bytes themselves as the body, not a form (curl -T instead of -F).',
    });
  }
  const length = Number(request.headers['content-length'] ?? Number.NaN);
  return {
    bytes: readable(bodyStream(request)),
    sizeBytes: Number.isSafeInteger(length) ? length : undefined,
    sha256: announcedSha256(request),
  };
}

/** The bytes of a stream. Turns a client that went away into an error of ours. */
export const readable = (stream: Readable): BodyPieces =>
  new BodyPieces(stream, (error) =>
    error instanceof LockerError
      ? error
      : new LockerError(
          'upload_incomplete',
          { hint: 'The connection ended before the upload was complete.' },
          { cause: error },
        ),
  );

/** SHA-256 in hexadecimal from Repr-Digest or Content-Digest (RFC 9530), which are the same for content without encoding. */
export function announcedSha256(request: Request): string | undefined {
  const header: unknown = request.headers['repr-digest'] ?? request.headers['content-digest'];
  if (typeof header !== 'string') return undefined;
  const match = /(?:^|,)\s*sha-256=:([A-Za-z0-9+/]{43}=):/.exec(header);
  return match?.[1] === undefined ? undefined : Buffer.from(match[1], 'base64').toString('hex');
}

/** True if the body is a form, with the content as one of its parts. */
export const isForm = (request: Request): boolean =>
  /^multipart\/form-data\b/i.test(contentType(request) ?? '');

/** The Content-Type header, if there is one. */
export function contentType(request: Request): string | undefined {
  const header: unknown = request.headers['content-type'];
  return typeof header === 'string' ? header : undefined;
}
