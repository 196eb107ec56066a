import joi from 'joi';
import { issueConnectCode, listIdentities, removeIdentity } from '../../src/accounts/identities.ts';
import { operation } from '../operation.ts';
import { render } from '../render.ts';
import { codeSchema, identityListSchema } from '../schemas/sign-in.ts';

export const identityOperations = [
  operation({
    method: 'GET',
    path: '/v1/me/identities',
    id: 'listIdentities',
    tag: 'Account',
    summary: 'List the chats that are linked to your account',
    auth: 'signed-in',
    answers: { 200: { description: 'The identities', schema: identityListSchema } },
    errors: ['forbidden'],
    handler: async ({ locker, actor }) => ({ identities: render(await listIdentities(locker, actor)) }),
  }),
  operation({
    method: 'POST',
    path: '/v1/me/identities',
    id: 'connect',
    tag: 'Account',
    summary: 'Link a chat or another client to your account',
    description:
      'Gives a one-time code, good for ten minutes: send it to the bot, or exchange it as `authorization_code` at `POST /v1/token`.',
    auth: 'signed-in',
    answers: { 201: { description: 'The code', schema: codeSchema } },
    errors: ['forbidden'],
    handler: async ({ locker, actor, h }) =>
      h.response(render(await issueConnectCode(locker, actor))).code(201),
  }),
  operation<{ id: string }>({
    method: 'DELETE',
    path: '/v1/me/identities/{id}',
    id: 'removeIdentity',
    tag: 'Account',
    summary: 'Unlink a chat from your account',
    auth: 'signed-in',
    params: joi.object({
      id: joi.string().max(128).required().description('Id of the identity, such as telegram:12345'),
    }),
    answers: { 204: { description: 'It is a stranger from now on' } },
    errors: ['forbidden', 'insufficient_scope', 'not_found'],
    handler: async ({ locker, actor, params, h }) => {
      await removeIdentity(locker, actor, params.id);
      return h.response().code(204);
    },
  }),
];
