import { Readable } from 'node:stream';
import type { Request, ResponseObject, ResponseToolkit } from '@hapi/hapi';
import { LockerError } from '../../src/errors.ts';
import type { ReadableContent } from '../../src/files/download.ts';
import { evaluateConditions, rangeStillApplies, type Validators } from './conditional.ts';
import { attachment } from './content-disposition.ts';
import { parseRange } from './range.ts';
import type { ByteRange } from '../../src/storage/content-store.ts';

export const etagOf = (versionId: string): string => `"${versionId}"`;

/**
 * Answers GET and HEAD of a content: conditions, one range, and headers that make a browser save it rather than run it.
 * hapi's own range handling would read and throw away what lies before.
 */
export async function sendContent(
  request: Request,
  h: ResponseToolkit,
  content: ReadableContent,
): Promise<ResponseObject> {
  const { file, version } = content;
  const validators: Validators = { etag: etagOf(version.id), lastModified: version.createdAt };
  const condition = evaluateConditions(request.headers, validators);
  if (condition === 412)
    throw new LockerError('precondition_failed', { hint: 'The content is another one now.' });
  if (condition === 304) return describe(h.response().code(304), validators);

  const head = request.method === 'head';
  // Range is defined for GET only.
  const header =
    head || !rangeStillApplies(request.headers, validators) ? undefined : request.headers['range'];
  const range = parseRange(typeof header === 'string' ? header : undefined, version.size);
  if (range === 'unsatisfiable') {
    throw new LockerError('range_not_satisfiable', {
      limit: version.size,
      hint: 'The file is shorter than that.',
    });
  }
  const { start, end } = range === 'whole' ? { start: 0, end: version.size } : range;
  const source = head ? Readable.from([]) : await openSource(content, { start, end });
  const response = describe(h.response(source).code(range === 'whole' ? 200 : 206), validators)
    .bytes(end - start)
    .type(file.mediaType)
    .header('content-disposition', attachment(file.name))
    .header('content-security-policy', "sandbox; default-src 'none'")
    .header('repr-digest', `sha-256=:${Buffer.from(version.sha256, 'hex').toString('base64')}:`);
  return range === 'whole'
    ? response
    : response.header('content-range', `bytes ${start}-${end - 1}/${version.size}`);
}

/** Up to this length an answer is collected first: cheaper than a stream, and damage anywhere in it is answered properly. */
const collectedBytes = 256 * 1024;

async function openSource(content: ReadableContent, range: ByteRange): Promise<Readable | Buffer> {
  const pieces = await content.read(range);
  if (range.end - range.start > collectedBytes) return Readable.from(pieces, { objectMode: false });
  const collected: Buffer[] = [];
  for await (const piece of pieces) collected.push(piece);
  return Buffer.concat(collected);
}

const describe = (response: ResponseObject, { etag, lastModified }: Validators): ResponseObject =>
  response
    .header('etag', etag)
    .header('last-modified', lastModified.toUTCString())
    .header('accept-ranges', 'bytes')
    .header('cache-control', 'private, no-cache');
