import joi from 'joi';
import { createUploadLink, maxPurposeLength, maxUploadLinkSeconds } from '../../src/links/upload-links.ts';
import { publicUrl } from '../http/public-url.ts';
import { receiveRaw, receiveUpload, showUploadPage } from '../http/receive-through-page.ts';
import { operation } from '../operation.ts';
import { render } from '../render.ts';
import { newLinkSchema, receiptSchema } from '../schemas/links.ts';
import { folderText, nameText, params } from '../schemas/params.ts';

interface UploadLinkBody {
  purpose: string;
  folder?: string;
  tags?: string[];
  name?: string;
  maxBytes: number | null;
  expires_in: number;
}

const defaultSeconds = 24 * 3600;
const nameQuery = joi.object({ name: nameText.description('Name of a file that is sent as the raw body') });
const uploadErrors = [
  'not_found',
  'file_too_large',
  'quota_exceeded',
  'upload_incomplete',
  'checksum_mismatch',
  'content_damaged',
  'busy',
] as const;

/** One upload into one's own locker, by a link: for whoever cannot send it in a chat. */
export const uploadLinkOperations = [
  operation<unknown, unknown, UploadLinkBody>({
    method: 'POST',
    path: '/v1/upload-links',
    id: 'createUploadLink',
    tag: 'Links',
    summary: 'Make a link for one upload',
    description:
      'Whoever has it uploads one file into your locker, once. An upload that is cut off can be tried again.',
    auth: 'files:write',
    body: {
      kind: 'json',
      optional: true,
      schema: joi
        .object({
          purpose: joi.string().allow('').max(maxPurposeLength).default('').description('What it is for'),
          folder: folderText,
          tags: joi.array().items(joi.string().allow('').max(256)).max(64),
          name: nameText.description('Name that the file gets, whatever it comes as'),
          maxBytes: joi.number().integer().min(1).allow(null).default(null),
          expires_in: joi
            .number()
            .integer()
            .min(60)
            .max(maxUploadLinkSeconds)
            .default(defaultSeconds)
            .unit('seconds'),
        })
        .empty(null)
        .default({ purpose: '', maxBytes: null, expires_in: defaultSeconds }),
    },
    answers: { 201: { description: 'The link, with its address', schema: newLinkSchema } },
    errors: ['invalid_folder', 'invalid_tag', 'invalid_name', 'too_many'],
    handler: async ({ locker, actor, body: { expires_in, ...body }, request, h }) => {
      const { link, token } = await createUploadLink(locker, actor, { ...body, ttlSeconds: expires_in });
      return h.response({ ...render(link), url: `${publicUrl(request)}/u/${token}` }).code(201);
    },
  }),
  operation<{ token: string }>({
    method: 'GET',
    path: '/u/{token}',
    id: 'showUploadLink',
    tag: 'Links',
    summary: 'Look at a link for one upload',
    description: 'A page with a form for people.',
    auth: 'public',
    params: params.linkToken,
    answers: { 200: { description: 'The page', mediaType: 'text/html' } },
    errors: ['not_found', 'content_damaged'],
    errorPages: true,
    handler: ({ locker, params: { token }, request, h }) =>
      showUploadPage(locker, request, h, 'upload', token),
  }),
  operation<{ token: string }, { name?: string }>({
    method: 'POST',
    path: '/u/{token}',
    id: 'useUploadLink',
    tag: 'Links',
    summary: 'Upload through a link, from a form',
    auth: 'public',
    params: params.linkToken,
    query: nameQuery,
    body: {
      kind: 'raw-or-multipart',
      description: 'The content',
      fields: joi.object({ file: joi.any().required() }),
    },
    answers: {
      200: { description: 'A page that says what arrived', mediaType: 'text/html' },
      201: { description: 'What arrived, for clients that ask for JSON', schema: receiptSchema },
    },
    errors: uploadErrors,
    errorPages: true,
    handler: ({ locker, params: { token }, query: { name }, request, h }) =>
      receiveUpload(locker, request, h, 'upload', { token, name }),
  }),
  operation<{ token: string }, { name?: string }>({
    method: 'PUT',
    path: '/u/{token}',
    id: 'putUploadLink',
    tag: 'Links',
    summary: 'Upload through a link, as a raw body',
    auth: 'public',
    params: params.linkToken,
    query: nameQuery,
    body: { kind: 'raw', description: 'The content' },
    answers: { 201: { description: 'What arrived', schema: receiptSchema } },
    errors: uploadErrors,
    handler: ({ locker, params: { token }, query: { name }, request, h }) =>
      receiveRaw(locker, request, h, 'upload', { token, name }),
  }),
];
