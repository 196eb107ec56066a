import joi from 'joi';
import { createDownloadLink } from '../../src/links/create-download-link.ts';
import { describeLink, listFileLinks, listLinks } from '../../src/links/list-links.ts';
import { maxLabelLength, maxUses } from '../../src/links/new-link.ts';
import { maxPasswordLength } from '../../src/links/password.ts';
import { revokeLink } from '../../src/links/revoke-link.ts';
import { publicUrl } from '../http/public-url.ts';
import { operation } from '../operation.ts';
import { render } from '../render.ts';
import { linkDetailsSchema, linkListSchema, newLinkSchema } from '../schemas/links.ts';
import { params } from '../schemas/params.ts';
import { instant } from '../schemas/parts.ts';

interface LinkBody {
  label?: string;
  expiresAt: string | null;
  password: string | null;
  maxDownloads: number | null;
}

/** The links of a person. What strangers do with them is in `public-links.ts`. */
export const linkOperations = [
  operation<{ id: string }, unknown, LinkBody>({
    method: 'POST',
    path: '/v1/files/{id}/links',
    id: 'createLink',
    tag: 'Links',
    summary: 'Make a link to a file',
    description:
      'Whoever has the link fetches the file, with no account. Its address is shown this once. Looking at its page takes no download; a delivery that is cut off gives its download back.',
    auth: 'share',
    params: params.fileId,
    body: {
      kind: 'json',
      optional: true,
      schema: joi
        .object({
          label: joi.string().allow('').max(maxLabelLength).description('What you call it; only you see it'),
          expiresAt: instant().allow(null).default(null).description('When it ends; null for never'),
          password: joi.string().max(maxPasswordLength).allow(null).default(null),
          maxDownloads: joi.number().integer().min(1).max(maxUses).allow(null).default(null),
        })
        .empty(null)
        .default({ expiresAt: null, password: null, maxDownloads: null }),
    },
    answers: { 201: { description: 'The link, with its address', schema: newLinkSchema } },
    errors: ['not_found', 'forbidden', 'conflict', 'restricted', 'too_many', 'busy'],
    handler: async ({ locker, actor, params: { id }, body, request, h }) => {
      const { link, token } = await createDownloadLink(locker, actor, id, {
        ...body,
        expiresAt: body.expiresAt === null ? null : new Date(body.expiresAt),
      });
      return h.response({ ...render(link), url: `${publicUrl(request)}/s/${token}` }).code(201);
    },
  }),
  operation<{ id: string }>({
    method: 'GET',
    path: '/v1/files/{id}/links',
    id: 'listFileLinks',
    tag: 'Links',
    summary: 'List the open links of a file',
    auth: 'share',
    params: params.fileId,
    answers: { 200: { description: 'The links, newest first', schema: linkListSchema } },
    errors: ['not_found', 'forbidden'],
    handler: async ({ locker, actor, params: { id } }) => ({
      links: render(await listFileLinks(locker, actor, id)),
    }),
  }),
  operation({
    method: 'GET',
    path: '/v1/links',
    id: 'listLinks',
    tag: 'Links',
    summary: 'List everything that is open',
    description: 'Links to files, file requests and upload links.',
    auth: 'share',
    answers: { 200: { description: 'The links, newest first', schema: linkListSchema } },
    handler: async ({ locker, actor }) => ({ links: render(await listLinks(locker, actor)) }),
  }),
  operation<{ id: string }>({
    method: 'GET',
    path: '/v1/links/{id}',
    id: 'describeLink',
    tag: 'Links',
    summary: 'Look at a link, and who used it',
    auth: 'share',
    params: params.linkId,
    answers: { 200: { description: 'The link, with the last of what happened', schema: linkDetailsSchema } },
    errors: ['not_found', 'content_damaged'],
    handler: async ({ locker, actor, params: { id } }) => render(await describeLink(locker, actor, id)),
  }),
  operation<{ id: string }>({
    method: 'DELETE',
    path: '/v1/links/{id}',
    id: 'revokeLink',
    tag: 'Links',
    summary: 'Revoke a link',
    description: 'At once: also what is on its way is cut off.',
    auth: 'share',
    params: params.linkId,
    answers: { 204: { description: 'It is no good any more' } },
    errors: ['not_found'],
    handler: async ({ locker, actor, params: { id }, h }) => {
      await revokeLink(locker, actor, id);
      return h.response().code(204);
    },
  }),
];
