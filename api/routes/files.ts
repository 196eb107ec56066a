import joi from 'joi';
import { foldHandle } from '../../src/accounts/handle.ts';
import { deleteFile } from '../../src/files/delete.ts';
import { describeFile } from '../../src/files/describe-file.ts';
import { maxDescriptionLength, nameOrDefault } from '../../src/files/description.ts';
import { editFile } from '../../src/files/edit.ts';
import { listFiles, type SortKey, sortKeys } from '../../src/files/list.ts';
import { readMediaType } from '../../src/files/media-type.ts';
import { restoreFile, trashFile } from '../../src/files/trash.ts';
import { type Upload, uploadFile } from '../../src/files/upload.ts';
import type { Whose } from '../../src/sharing/visible.ts';
import { LockerError } from '../../src/errors.ts';
import { announcedSha256, contentType, isForm, rawContent } from '../http/receive-body.ts';
import { receiveForm } from '../http/receive-form.ts';
import { operation } from '../operation.ts';
import { render } from '../render.ts';
import { filePageSchema, fileSchema } from '../schemas/files.ts';
import { folderText, handleText, nameText, params, tagList } from '../schemas/params.ts';

const descriptionText = joi.string().allow('').max(maxDescriptionLength);

/** What may be said of an upload, in the query or in a form. */
const uploadFields = {
  name: nameText.description('Name of the file; in a form, the name of the file part if absent'),
  folder: folderText.description('Folder such as /work/2026; / if absent'),
  tags: tagList,
  description: descriptionText.description('A text that is searched too'),
  owner: handleText.description(
    'Handle of another account, to put the file into a folder that is shared with you to edit',
  ),
};
type UploadFields = { [Field in keyof typeof uploadFields]?: string };

const formSchema = joi.object(uploadFields).unknown(false);

const splitTags = (text: string | undefined) => text?.split(',');

const uploadFrom = (fields: UploadFields, name: string): Omit<Upload, 'mediaType' | 'content'> => ({
  name,
  folder: fields.folder,
  tags: splitTags(fields.tags),
  description: fields.description,
  owner: fields.owner === undefined ? undefined : foldHandle(fields.owner),
});

/** `me`, `others`, `all` or a handle. */
export const whoseOf = (owner: string): Whose =>
  owner === 'me' || owner === 'others' || owner === 'all' ? owner : { handle: foldHandle(owner) };
export const ownerText = handleText
  .default('me')
  .description('me, others (shared with me), all, or a handle');

interface ListQuery {
  q?: string;
  folder?: string;
  recursive: boolean;
  tag?: string;
  owner: string;
  trash: boolean;
  sort: string;
  cursor?: string;
  limit: number;
}

export const fileOperations = [
  operation<unknown, UploadFields>({
    method: 'POST',
    path: '/v1/files',
    id: 'uploadFile',
    tag: 'Files',
    summary: 'Save a file',
    description:
      'The raw body with its name in the query, or a form whose last part is the file. Streamed and sealed as it comes. When this answers 201, the file is ' +
      'safe. A `Repr-Digest: sha-256=:…:` header is verified, if sent.',
    auth: 'files:write',
    query: joi.object(uploadFields),
    body: {
      kind: 'raw-or-multipart',
      description: 'The content',
      fields: joi.object({ ...uploadFields, file: joi.any().required() }),
    },
    answers: {
      201: { description: 'The file', schema: fileSchema, headers: { Location: 'Where the file is' } },
    },
    errors: [
      'invalid_name',
      'invalid_folder',
      'invalid_tag',
      'not_found',
      'forbidden',
      'file_too_large',
      'quota_exceeded',
      'upload_incomplete',
      'checksum_mismatch',
      'unsupported_media',
    ],
    handler: async ({ locker, actor, query, request, h }) => {
      const file = isForm(request) ? await uploadForm() : await uploadRaw();
      return h.response(render(file)).code(201).header('location', `/v1/files/${file.id}`);

      function uploadRaw() {
        if (query.name === undefined)
          throw new LockerError('bad_request', {
            subject: 'name',
            hint: 'Say what the file is called: POST /v1/files?name=report.pdf',
          });
        return uploadFile(locker, actor, {
          ...uploadFrom(query, query.name),
          mediaType: readMediaType(contentType(request)),
          content: rawContent(request),
        });
      }
      async function uploadForm() {
        const form = await receiveForm(request);
        const { value, error } = formSchema.validate({ ...query, ...form.fields }) as {
          value: UploadFields;
          error?: Error;
        };
        if (error !== undefined)
          throw new LockerError('bad_request', { hint: 'A form field is not known, or too long.' });
        return uploadFile(locker, actor, {
          ...uploadFrom(value, value.name ?? nameOrDefault(form.filename, 'unnamed')),
          mediaType: readMediaType(form.mediaType),
          content: { bytes: form.bytes, sha256: announcedSha256(request) },
        });
      }
    },
  }),
  operation<unknown, ListQuery>({
    method: 'GET',
    path: '/v1/files',
    id: 'listFiles',
    tag: 'Files',
    summary: 'List and search files',
    auth: 'files:read',
    query: joi.object({
      q: joi
        .string()
        .max(512)
        .description(
          'Words, beginnings or parts of words, with or without accents; all must occur in name, tags or description',
        ),
      folder: folderText.description('Only what is in this folder'),
      recursive: joi.boolean().default(false).description('Also what is in the folders below'),
      tag: joi.string().max(256).description('Only what carries this tag'),
      owner: ownerText,
      trash: joi.boolean().default(false).description('The trash instead of the rest'),
      sort: joi
        .string()
        .valid(...sortKeys.flatMap((key) => [key, `-${key}`]))
        .default('-updated')
        .description('A minus sorts downwards'),
      cursor: joi.string().max(2048).description('`next` of the page before'),
      limit: joi.number().integer().min(1).max(200).default(50),
    }),
    answers: { 200: { description: 'A page of files', schema: filePageSchema } },
    errors: ['not_found', 'invalid_folder', 'invalid_tag', 'too_many'],
    handler: async ({ locker, actor, query }) =>
      render(
        await listFiles(locker, actor, {
          query: query.q,
          folder: query.folder,
          recursive: query.recursive,
          tag: query.tag,
          whose: whoseOf(query.owner),
          trash: query.trash,
          sort: query.sort.replace('-', '') as SortKey,
          descending: query.sort.startsWith('-'),
          limit: query.limit,
          cursor: query.cursor,
        }),
      ),
  }),
  operation<{ id: string }>({
    method: 'GET',
    path: '/v1/files/{id}',
    id: 'describeFile',
    tag: 'Files',
    summary: 'Describe a file',
    auth: 'files:read',
    params: params.fileId,
    answers: { 200: { description: 'The file', schema: fileSchema } },
    errors: ['not_found'],
    handler: async ({ locker, actor, params: { id } }) => render(await describeFile(locker, actor, id)),
  }),
  operation<
    { id: string },
    unknown,
    { name?: string; folder?: string; tags?: string[]; description?: string }
  >({
    method: 'PATCH',
    path: '/v1/files/{id}',
    id: 'editFile',
    tag: 'Files',
    summary: 'Rename, move, tag or describe a file',
    auth: 'files:write',
    params: params.fileId,
    body: {
      kind: 'json',
      schema: joi
        .object({
          name: nameText.allow(''),
          folder: folderText,
          tags: joi.array().items(joi.string().allow('').max(256)).max(64),
          description: descriptionText,
        })
        .min(1),
    },
    answers: { 200: { description: 'The file as it is now', schema: fileSchema } },
    errors: ['not_found', 'forbidden', 'restricted', 'invalid_name', 'invalid_folder', 'invalid_tag', 'busy'],
    handler: async ({ locker, actor, params: { id }, body }) =>
      render(await editFile(locker, actor, id, body)),
  }),
  operation<{ id: string }, { permanent: boolean }>({
    method: 'DELETE',
    path: '/v1/files/{id}',
    id: 'deleteFile',
    tag: 'Files',
    summary: 'Move a file to the trash, or delete it for good',
    description:
      'For good means that its keys are destroyed: no one can read the content any more, whatever is left of it on a disk.',
    auth: 'files:write',
    params: params.fileId,
    query: joi.object({ permanent: joi.boolean().default(false) }),
    answers: {
      200: { description: 'The file, in the trash', schema: fileSchema },
      204: { description: 'The file is gone for good' },
    },
    errors: ['not_found', 'forbidden', 'busy'],
    handler: async ({ locker, actor, params: { id }, query, h }) => {
      if (!query.permanent) return render(await trashFile(locker, actor, id));
      await deleteFile(locker, actor, id);
      return h.response().code(204);
    },
  }),
  operation<{ id: string }>({
    method: 'POST',
    path: '/v1/files/{id}/restore',
    id: 'restoreFile',
    tag: 'Files',
    summary: 'Take a file out of the trash',
    auth: 'files:write',
    params: params.fileId,
    answers: { 200: { description: 'The file', schema: fileSchema } },
    errors: ['not_found', 'forbidden', 'restricted', 'busy'],
    handler: async ({ locker, actor, params: { id } }) => render(await restoreFile(locker, actor, id)),
  }),
];
