import joi from 'joi';
import { createFileRequest } from '../../src/links/create-request.ts';
import { maxLabelLength, maxNoteLength, maxUses } from '../../src/links/new-link.ts';
import { publicUrl } from '../http/public-url.ts';
import { receiveUpload, showUploadPage } from '../http/receive-through-page.ts';
import { operation } from '../operation.ts';
import { render } from '../render.ts';
import { newLinkSchema, receiptSchema } from '../schemas/links.ts';
import { folderText, nameText, params } from '../schemas/params.ts';
import { instant } from '../schemas/parts.ts';

interface RequestBody {
  folder: string;
  title: string;
  note?: string;
  maxFiles: number | null;
  maxBytes: number | null;
  maxFileBytes: number | null;
  expiresAt: string | null;
}

const limit = (max: number) => joi.number().integer().min(1).max(max).allow(null).default(null);

/** Asking others for files. The requests are listed and revoked with all other links. */
export const requestOperations = [
  operation<unknown, unknown, RequestBody>({
    method: 'POST',
    path: '/v1/requests',
    id: 'createRequest',
    tag: 'Links',
    summary: 'Ask for files',
    description:
      'Makes a link by which anyone who has it sends files into a folder of yours, with no account, at the cost of your quota. They see nothing of the folder.',
    auth: 'share',
    body: {
      kind: 'json',
      schema: joi.object({
        folder: folderText.required(),
        title: joi.string().max(maxLabelLength).required().description('What they read'),
        note: joi.string().allow('').max(maxNoteLength).description('What else they read'),
        maxFiles: limit(maxUses),
        maxBytes: limit(Number.MAX_SAFE_INTEGER).description('Bytes of all files together'),
        maxFileBytes: limit(Number.MAX_SAFE_INTEGER).description('Bytes of each file'),
        expiresAt: instant().allow(null).default(null).description('When it ends; null for never'),
      }),
    },
    answers: { 201: { description: 'The request, with its address', schema: newLinkSchema } },
    errors: ['invalid_folder', 'too_many'],
    handler: async ({ locker, actor, body, request, h }) => {
      const { link, token } = await createFileRequest(locker, actor, {
        ...body,
        expiresAt: body.expiresAt === null ? null : new Date(body.expiresAt),
      });
      return h.response({ ...render(link), url: `${publicUrl(request)}/r/${token}` }).code(201);
    },
  }),
  operation<{ token: string }>({
    method: 'GET',
    path: '/r/{token}',
    id: 'showRequest',
    tag: 'Links',
    summary: 'Look at a file request',
    description: 'A page with a form for people. All requests that are no good look the same.',
    auth: 'public',
    params: params.linkToken,
    answers: { 200: { description: 'The page', mediaType: 'text/html' } },
    errors: ['not_found', 'content_damaged'],
    errorPages: true,
    handler: ({ locker, params: { token }, request, h }) =>
      showUploadPage(locker, request, h, 'request', token),
  }),
  operation<{ token: string }, { name?: string }>({
    method: 'POST',
    path: '/r/{token}',
    id: 'answerRequest',
    tag: 'Links',
    summary: 'Send files that were asked for',
    description:
      'A form with one or more files, or one file as the raw body with its name in the query. Each file that arrived whole is safe, also if a later one fails.',
    auth: 'public',
    params: params.linkToken,
    query: joi.object({ name: nameText.description('Name of a file that is sent as the raw body') }),
    body: {
      kind: 'raw-or-multipart',
      description: 'The content',
      fields: joi.object({ file: joi.any().required() }),
    },
    answers: {
      200: { description: 'A page that says what arrived', mediaType: 'text/html' },
      201: { description: 'What arrived, for clients that ask for JSON', schema: receiptSchema },
    },
    errors: [
      'not_found',
      'file_too_large',
      'quota_exceeded',
      'upload_incomplete',
      'checksum_mismatch',
      'content_damaged',
      'busy',
    ],
    errorPages: true,
    handler: ({ locker, params: { token }, query: { name }, request, h }) =>
      receiveUpload(locker, request, h, 'request', { token, name }),
  }),
];
