import joi from 'joi';
import { answerAccessRequest, listAccessRequests, requestAccess } from '../../src/sharing/access-requests.ts';
import type { AccessAnswer } from '../../src/sharing/give-access.ts';
import { operation } from '../operation.ts';
import { render } from '../render.ts';
import { accessRequestListSchema } from '../schemas/sharing.ts';

export const accessRequestOperations = [
  operation<unknown, unknown, { file: string }>({
    method: 'POST',
    path: '/v1/access-requests',
    id: 'requestAccess',
    tag: 'Sharing',
    summary: 'Ask the owner of a file for access',
    description:
      'The answer is the same whether or not there is such a file, and whether or not its owner takes requests. A file is asked for once a day.',
    auth: 'files:read',
    body: { kind: 'json', schema: joi.object({ file: joi.string().lowercase().max(32).required() }) },
    answers: { 202: { description: 'If there is someone to ask, they are asked' } },
    errors: ['forbidden'],
    handler: async ({ locker, actor, body, h }) => {
      await requestAccess(locker, actor, body.file);
      return h.response().code(202);
    },
  }),
  operation({
    method: 'GET',
    path: '/v1/access-requests',
    id: 'listAccessRequests',
    tag: 'Sharing',
    summary: 'List who asks for access to your files',
    auth: 'share',
    answers: { 200: { description: 'The requests, newest first', schema: accessRequestListSchema } },
    handler: async ({ locker, actor }) => ({ requests: render(await listAccessRequests(locker, actor)) }),
  }),
  operation<{ id: string }, unknown, { answer: AccessAnswer | 'deny' }>({
    method: 'POST',
    path: '/v1/access-requests/{id}/answer',
    id: 'answerAccessRequest',
    tag: 'Sharing',
    summary: 'Let someone see a file who asked for it, or not',
    description:
      '`once`: they may open it one time within a day; `day`: for a day; `always`: until you revoke it. Whoever is denied is not told.',
    auth: 'share',
    params: joi.object({ id: joi.string().max(64).required() }),
    body: {
      kind: 'json',
      schema: joi.object({ answer: joi.string().valid('once', 'day', 'always', 'deny').required() }),
    },
    answers: { 204: { description: 'It is answered' } },
    errors: ['not_found', 'restricted'],
    handler: async ({ locker, actor, params, body, h }) => {
      await answerAccessRequest(locker, actor, params.id, body.answer);
      return h.response().code(204);
    },
  }),
];
