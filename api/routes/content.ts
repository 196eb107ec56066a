import joi from 'joi';
import { openFile } from '../../src/files/download.ts';
import { readMediaType } from '../../src/files/media-type.ts';
import { replaceContent } from '../../src/files/versions.ts';
import { writeIsExpected } from '../http/conditional.ts';
import { contentType, rawContent } from '../http/receive-body.ts';
import { sendContent, validatorsOf } from '../http/send-content.ts';
import { type AnswerSpec, operation } from '../operation.ts';
import { render } from '../render.ts';
import { fileSchema } from '../schemas/files.ts';
import { params } from '../schemas/params.ts';

/** Answers of every route that delivers content. */
export const contentAnswers: Readonly<Record<number, AnswerSpec>> = {
  200: {
    description: 'The content',
    mediaType: '*/*',
    headers: {
      ETag: 'Names this content; strong',
      'Accept-Ranges': 'bytes',
      'Content-Disposition': 'The name to save it under',
      'Repr-Digest': 'SHA-256 of the whole content (RFC 9530)',
    },
  },
  206: {
    description: 'The part that was asked for',
    mediaType: '*/*',
    headers: { 'Content-Range': 'Which part' },
  },
  304: { description: 'You have it already' },
};

export const contentOperations = [
  operation<{ id: string }>({
    method: 'GET',
    path: '/v1/files/{id}/content',
    id: 'download',
    tag: 'Content',
    summary: 'Download a file',
    description:
      'Understands HEAD, one Range, and all conditions of RFC 9110. Every segment is verified before a byte of it is sent; damage ends the connection.',
    auth: 'files:read',
    params: params.fileId,
    answers: contentAnswers,
    errors: [
      'not_found',
      'restricted',
      'precondition_failed',
      'range_not_satisfiable',
      'content_damaged',
      'key_missing',
    ],
    handler: async ({ locker, actor, params: { id }, request, h }) =>
      sendContent(request, h, await openFile(locker, actor, id)),
  }),
  operation<{ id: string }>({
    method: 'PUT',
    path: '/v1/files/{id}/content',
    id: 'replaceContent',
    tag: 'Content',
    summary: 'Upload a new version',
    description:
      'The versions before stay. With `If-Match: "<etag>"` only if nobody else uploaded one meanwhile; other conditions of RFC 9110 count too.',
    auth: 'files:write',
    params: params.fileId,
    query: joi.object({}),
    body: { kind: 'raw', description: 'The content' },
    answers: { 200: { description: 'The file as it is now', schema: fileSchema } },
    errors: [
      'not_found',
      'forbidden',
      'restricted',
      'conflict',
      'precondition_failed',
      'too_many',
      'file_too_large',
      'quota_exceeded',
      'upload_incomplete',
      'checksum_mismatch',
      'unsupported_media',
      'busy',
    ],
    handler: async ({ locker, actor, params: { id }, request }) =>
      render(
        await replaceContent(locker, actor, id, {
          content: rawContent(request),
          mediaType: readMediaType(contentType(request)),
          isExpected: (version) => writeIsExpected(request.headers, validatorsOf(version)),
        }),
      ),
  }),
];
