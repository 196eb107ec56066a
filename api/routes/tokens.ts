import joi from 'joi';
import { createApiToken, listApiTokens, revokeApiToken } from '../../src/accounts/api-tokens.ts';
import type { ApiTokenDoc, Scope } from '../../src/accounts/documents.ts';
import { signApiToken } from '../jwt.ts';
import { operation } from '../operation.ts';
import { render } from '../render.ts';
import { apiTokenListSchema, newApiTokenSchema, scope } from '../schemas/sign-in.ts';

const defaultSeconds = 90 * 24 * 3600;

const view = ({ _id, name, scopes, createdAt, expiresAt }: ApiTokenDoc) =>
  render({ id: _id, name, scopes, createdAt, expiresAt });

export const apiTokenOperations = [
  operation<unknown, unknown, { name: string; scopes: Scope[]; expires_in: number }>({
    method: 'POST',
    path: '/v1/tokens',
    id: 'createApiToken',
    tag: 'API tokens',
    summary: 'Make a named API token for a program',
    description: 'Scoped, expiring and revocable. The token is shown once.',
    auth: 'signed-in',
    body: {
      kind: 'json',
      schema: joi.object({
        name: joi.string().trim().max(100).required(),
        scopes: joi.array().items(scope).min(1).unique().required(),
        expires_in: joi.number().integer().min(60).max(31_536_000).default(defaultSeconds).unit('seconds'),
      }),
    },
    answers: { 201: { description: 'The token', schema: newApiTokenSchema } },
    errors: ['forbidden', 'insufficient_scope', 'too_many'],
    handler: async ({ locker, actor, body, h }) => {
      const token = await createApiToken(locker, actor, {
        name: body.name,
        scopes: body.scopes,
        ttlSeconds: body.expires_in,
      });
      return h
        .response({ ...view(token), access_token: signApiToken(locker, token), token_type: 'Bearer' })
        .code(201);
    },
  }),
  operation({
    method: 'GET',
    path: '/v1/tokens',
    id: 'listApiTokens',
    tag: 'API tokens',
    summary: 'List your API tokens',
    auth: 'signed-in',
    answers: { 200: { description: 'The tokens that are good, newest first', schema: apiTokenListSchema } },
    errors: ['forbidden'],
    handler: async ({ locker, actor }) => ({ tokens: (await listApiTokens(locker, actor)).map(view) }),
  }),
  operation<{ id: string }>({
    method: 'DELETE',
    path: '/v1/tokens/{id}',
    id: 'revokeApiToken',
    tag: 'API tokens',
    summary: 'Revoke an API token at once',
    auth: 'signed-in',
    params: joi.object({ id: joi.string().max(64).required().description('Id of the token') }),
    answers: { 204: { description: 'It is good for nothing now' } },
    errors: ['forbidden', 'insufficient_scope', 'not_found'],
    handler: async ({ locker, actor, params, h }) => {
      await revokeApiToken(locker, actor, params.id);
      return h.response().code(204);
    },
  }),
];
