import joi from 'joi';
import { foldHandle } from '../../src/accounts/handle.ts';
import { LockerError } from '../../src/errors.ts';
import { nameOrDefault } from '../../src/files/description.ts';
import { readMediaType } from '../../src/files/media-type.ts';
import { appendToUpload } from '../../src/uploads/append.ts';
import { checksumAlgorithms } from '../../src/uploads/checksum.ts';
import { createUpload, type NewUpload } from '../../src/uploads/create.ts';
import { describeUpload } from '../../src/uploads/describe.ts';
import { terminateUpload } from '../../src/uploads/terminate.ts';
import { bodyStream, readable } from '../http/receive-body.ts';
import {
  announcedChecksum,
  announcedLength,
  byteCount,
  describeInHeaders,
  hasBody,
  partType,
  readMetadata,
  requirePartType,
  requireTusVersion,
  tusExtensions,
  tusVersion,
  uploadsPath,
} from '../http/tus.ts';
import type { Request } from '@hapi/hapi';
import { operation } from '../operation.ts';
import { render } from '../render.ts';
import { params } from '../schemas/params.ts';
import { uploadSchema } from '../schemas/uploads.ts';

const bytes = joi.string().pattern(/^\d{1,15}$/);
const version = {
  'Tus-Resumable': joi.string().valid(tusVersion).required().description('Version of the protocol'),
};
const checksum = {
  'Upload-Checksum': joi
    .string()
    .description(`Algorithm (${checksumAlgorithms.join(', ')}), space, digest of this part in base64`),
};

const versionHeader = { 'Tus-Resumable': 'Version of the protocol' };
const stateHeaders = {
  ...versionHeader,
  'Upload-Offset': 'Where to go on, bytes',
  'Upload-Expires': 'Until when that is possible',
  'Coffer-File-Id': 'Id of the file, once the upload is complete',
};

const receiveErrors = [
  'unsupported_version',
  'not_found',
  'forbidden',
  'file_too_large',
  'quota_exceeded',
  'upload_incomplete',
  'upload_checksum_mismatch',
  'upload_locked',
  'upload_expired',
  'content_damaged',
  'key_missing',
  'unsupported_media',
] as const;

/** The bytes of a request, and what its headers say of them. */
const partOf = (request: Request) => ({
  bytes: readable(bodyStream(request)),
  partBytes: byteCount(request, 'content-length'),
  checksum: announcedChecksum(request),
});

/** What the metadata of clients say of the file, in the words of several of them. */
function newUploadOf(request: Request): Omit<NewUpload, 'sizeBytes' | 'part'> {
  const { note, values } = readMetadata(request);
  const owner = values.get('owner');
  return {
    name: values.get('name') ?? nameOrDefault(values.get('filename'), 'unnamed'),
    folder: values.get('folder'),
    tags: values.get('tags')?.split(','),
    description: values.get('description'),
    mediaType: readMediaType(values.get('mediaType') ?? values.get('filetype') ?? values.get('type')),
    owner: owner === undefined ? undefined : foldHandle(owner),
    note,
  };
}

export const uploadOperations = [
  operation({
    method: 'OPTIONS',
    path: uploadsPath,
    id: 'uploadOptions',
    tag: 'Resumable uploads',
    summary: 'What this server can do of tus 1.0',
    auth: 'public',
    answers: {
      204: {
        description: 'In the headers',
        headers: {
          ...versionHeader,
          'Tus-Version': 'Versions that are spoken here',
          'Tus-Extension': 'Extensions that are spoken here',
          'Tus-Max-Size': 'Largest upload, bytes',
          'Tus-Checksum-Algorithm': 'Algorithms of Upload-Checksum',
        },
      },
    },
    handler: async ({ locker, h }) =>
      h
        .response()
        .code(204)
        .header('tus-version', tusVersion)
        .header('tus-extension', tusExtensions)
        .header('tus-max-size', String(locker.limits.maxFileBytes))
        .header('tus-checksum-algorithm', checksumAlgorithms.join(',')),
  }),
  operation({
    method: 'POST',
    path: uploadsPath,
    id: 'createUpload',
    tag: 'Resumable uploads',
    summary: 'Start an upload that can be resumed',
    description:
      'tus 1.0: any tus client works, with an Authorization header on every request. The first part may come with it. The last part makes the file, whose id is in Coffer-File-Id.',
    auth: 'files:write',
    headers: joi.object({
      ...version,
      'Upload-Length': bytes.description('Length of the whole, bytes; or Upload-Defer-Length'),
      'Upload-Defer-Length': joi.string().valid('1').description('The length will be declared with a part'),
      'Upload-Metadata': joi
        .string()
        .description(
          'Keys and their values in base64: name or filename, folder, tags (separated by commas), description, mediaType or filetype, owner. Others are kept and given back.',
        ),
      ...checksum,
    }),
    body: { kind: 'raw', description: 'The first part', mediaType: partType, optional: true },
    answers: {
      201: {
        description: 'The upload',
        schema: uploadSchema,
        headers: { ...stateHeaders, Location: 'Where to send the parts; good only with your own token' },
      },
    },
    errors: [...receiveErrors, 'invalid_name', 'invalid_folder', 'invalid_tag', 'too_many'],
    handler: async ({ locker, actor, request, h }) => {
      requireTusVersion(request);
      const sizeBytes = announcedLength(request);
      const input = newUploadOf(request);
      if (hasBody(request)) requirePartType(request);
      const part = hasBody(request) ? partOf(request) : undefined;
      const upload = await createUpload(locker, actor, { ...input, sizeBytes, part });
      const response = h.response(render(upload)).code(201).header('location', `${uploadsPath}/${upload.id}`);
      return describeInHeaders(response, upload);
    },
  }),
  operation<{ id: string }>({
    method: 'GET',
    path: `${uploadsPath}/{id}`,
    id: 'describeUpload',
    tag: 'Resumable uploads',
    summary: 'Ask how far an upload is',
    auth: 'files:write',
    head: true,
    params: params.uploadId,
    answers: {
      200: {
        description: 'The upload',
        schema: uploadSchema,
        headers: {
          ...stateHeaders,
          'Upload-Length': 'Length of the whole, bytes, if it is known',
          'Upload-Defer-Length': '1 if it is not',
          'Upload-Metadata': 'As it was sent',
        },
      },
    },
    errors: ['unsupported_version', 'not_found', 'upload_expired', 'content_damaged', 'key_missing'],
    handler: async ({ locker, actor, params: { id }, request, h }) => {
      // GET is not part of tus: it is for people who look.
      if (request.method === 'head') requireTusVersion(request);
      const upload = await describeUpload(locker, actor, id);
      const response = describeInHeaders(h.response(render(upload)), upload);
      if (upload.note !== '') response.header('upload-metadata', upload.note);
      return upload.sizeBytes === null
        ? response.header('upload-defer-length', '1')
        : response.header('upload-length', String(upload.sizeBytes));
    },
  }),
  operation<{ id: string }>({
    method: 'PATCH',
    path: `${uploadsPath}/{id}`,
    id: 'appendToUpload',
    tag: 'Resumable uploads',
    summary: 'Send the next part',
    description:
      'What came before an interruption is kept, unless the part has a checksum. A client that can only POST sends X-HTTP-Method-Override: PATCH.',
    auth: 'files:write',
    params: params.uploadId,
    headers: joi.object({
      ...version,
      'Upload-Offset': bytes.required().description('Where the part goes: the present offset'),
      'Upload-Length': bytes.description('Length of the whole, bytes, if it was deferred'),
      ...checksum,
    }),
    body: { kind: 'raw', description: 'The part', mediaType: partType },
    answers: { 204: { description: 'The part is safe', headers: stateHeaders } },
    errors: [...receiveErrors, 'conflict'],
    handler: async ({ locker, actor, params: { id }, request, h }) => {
      requireTusVersion(request);
      requirePartType(request);
      const offset = byteCount(request, 'upload-offset');
      if (offset === undefined)
        throw new LockerError('bad_request', {
          subject: 'upload-offset',
          hint: 'Say where the part goes: Upload-Offset.',
        });
      const sizeBytes = byteCount(request, 'upload-length');
      const upload = await appendToUpload(locker, actor, id, { ...partOf(request), offset, sizeBytes });
      return describeInHeaders(h.response().code(204), upload);
    },
  }),
  operation<{ id: string }>({
    method: 'DELETE',
    path: `${uploadsPath}/{id}`,
    id: 'terminateUpload',
    tag: 'Resumable uploads',
    summary: 'Give an upload up',
    description: 'What it took of the quota is free again. The file of a complete one stays.',
    auth: 'files:write',
    params: params.uploadId,
    headers: joi.object(version),
    answers: { 204: { description: 'The upload is gone', headers: versionHeader } },
    errors: ['unsupported_version', 'not_found', 'upload_expired', 'upload_locked'],
    handler: async ({ locker, actor, params: { id }, request, h }) => {
      requireTusVersion(request);
      await terminateUpload(locker, actor, id);
      return h.response().code(204);
    },
  }),
];
