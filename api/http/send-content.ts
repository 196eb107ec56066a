import { Readable } from 'node:stream';
import type { Request, ResponseObject, ResponseToolkit } from '@hapi/hapi';
import { LockerError } from '../../src/errors.ts';
import type { ReadableContent } from '../../src/files/download.ts';
import { evaluateConditions, rangeStillApplies, type Validators } from './conditional.ts';
import { attachment } from './content-disposition.ts';
import { parseRange } from './range.ts';
import type { ByteRange } from '../../src/storage/content-store.ts';

const etagOf = (versionId: string): string => `"${versionId}"`;

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
  const validators = validatorsOf(version);
  const condition = evaluateConditions(request.headers, validators);
  if (condition === 412)
    throw new LockerError('precondition_failed', { hint: 'The content is another one now.' });
  if (condition === 304) return describe(h.response().code(304), validators);

  const head = request.method === 'head';
  const selected = head ? wholeOf(version) : selectRange(request, version);
  const source = head ? Readable.from([], { objectMode: false }) : await openSource(content, selected.range);
  return answerContent(h, { ...file, version }, selected, source);
}

/** What a request wants of a content. */
export interface Selected {
  readonly range: ByteRange;
  /** True if it asked for a part, be it all of it. */
  readonly partial: boolean;
}

type Version = ReadableContent['version'];

/** Reads Range and If-Range. @throws LockerError `range_not_satisfiable`. */
export function selectRange(request: Request, version: Version): Selected {
  const header = rangeStillApplies(request.headers, validatorsOf(version))
    ? request.headers['range']
    : undefined;
  const range = parseRange(typeof header === 'string' ? header : undefined, version.size);
  if (range === 'unsatisfiable') {
    throw new LockerError('range_not_satisfiable', {
      limit: version.size,
      hint: 'The file is shorter than that.',
    });
  }
  return range === 'whole' ? wholeOf(version) : { range, partial: true };
}

/** Answers with selected bytes of a content, to be saved rather than run. */
export function answerContent(
  h: ResponseToolkit,
  { name, mediaType, version }: { name: string; mediaType: string; version: Version },
  { range: { start, end }, partial }: Selected,
  source: Readable | Buffer,
): ResponseObject {
  const response = describe(h.response(source).code(partial ? 206 : 200), validatorsOf(version))
    .bytes(end - start)
    .type(mediaType)
    .header('content-disposition', attachment(name))
    .header('content-security-policy', "sandbox; default-src 'none'")
    .header('repr-digest', `sha-256=:${Buffer.from(version.sha256, 'hex').toString('base64')}:`);
  // As it was uploaded: a charset that nobody named would be a guess.
  response.charset('');
  return partial ? response.header('content-range', `bytes ${start}-${end - 1}/${version.size}`) : response;
}

// Range is defined for GET only; a HEAD is answered as if it had none.
const wholeOf = ({ size }: Version): Selected => ({ range: { start: 0, end: size }, partial: false });

/** What the conditions of a request are held against. */
export const validatorsOf = ({ id, createdAt }: Pick<Version, 'id' | 'createdAt'>): Validators => ({
  etag: etagOf(id),
  lastModified: createdAt,
});
/** Up to this length an answer is collected first: cheaper than a stream, and damage anywhere in it is answered properly. */
const collectedBytes = 256 * 1024;

async function openSource(content: ReadableContent, range: ByteRange): Promise<Readable | Buffer> {
  const pieces = await content.read(range);
  if (range.end - range.start > collectedBytes) return Readable.from(pieces, { objectMode: false });
  const collected: Buffer[] = [];
  for await (const piece of pieces) collected.push(piece);
  const [only = Buffer.alloc(0)] = collected;
  return collected.length > 1 ? Buffer.concat(collected) : only;
}

const describe = (response: ResponseObject, { etag, lastModified }: Validators): ResponseObject =>
  response
    .header('etag', etag)
    .header('last-modified', lastModified.toUTCString())
    .header('accept-ranges', 'bytes')
    .header('cache-control', 'private, no-cache');
