import joi from 'joi';
import { refreshSession, revokeByRefreshToken, startSession } from '../../src/accounts/sessions.ts';
import { signInWithCode } from '../../src/accounts/sign-in-code.ts';
import { clientName } from '../http/client-name.ts';
import { tokenResponse } from '../jwt.ts';
import { operation } from '../operation.ts';
import { codeText, tokenSchema } from '../schemas.ts';

const refreshToken = joi.string().max(256);

export const tokenOperations = [
  operation<
    unknown,
    unknown,
    | { grant_type: 'refresh_token'; refresh_token: string }
    | { grant_type: 'authorization_code'; code: string }
  >({
    method: 'POST',
    path: '/v1/token',
    id: 'token',
    tag: 'Sign-in',
    summary: 'Exchange a refresh token, or a sign-in code of the operator, for tokens',
    description:
      'Access tokens last 15 minutes. A refresh token is good once, and each answer carries the next; one that is used twice ends its session. ' +
      'Someone who lost every token gets a sign-in code from the operator (`node . sign-in HANDLE`).',
    auth: 'public',
    body: {
      kind: 'json-or-form',
      schema: joi.object({
        grant_type: joi.string().valid('refresh_token', 'authorization_code').required(),
        refresh_token: refreshToken.when('grant_type', {
          is: 'refresh_token',
          then: joi.required(),
          otherwise: joi.forbidden(),
        }),
        code: codeText.when('grant_type', {
          is: 'authorization_code',
          then: joi.required(),
          otherwise: joi.forbidden(),
        }),
      }),
    },
    answers: { 200: { description: 'New tokens', schema: tokenSchema } },
    errors: ['sign_in_expired', 'token_reused', 'invalid_code', 'account_suspended'],
    handler: async ({ locker, body, request }) => {
      const signIn =
        body.grant_type === 'refresh_token'
          ? await refreshSession(locker, body.refresh_token)
          : await startSession(locker, await signInWithCode(locker, body.code), clientName(request));
      return tokenResponse(locker, signIn);
    },
  }),
  operation<unknown, unknown, { token: string }>({
    method: 'POST',
    path: '/v1/token/revoke',
    id: 'revokeToken',
    tag: 'Sign-in',
    summary: 'Sign out: end the session of a refresh token',
    description: 'Answers the same for a token that it does not know (RFC 7009).',
    auth: 'public',
    body: {
      kind: 'json-or-form',
      schema: joi.object({ token: refreshToken.required(), token_type_hint: joi.string().max(64) }),
    },
    answers: { 204: { description: 'The session has ended' } },
    handler: async ({ locker, body, h }) => {
      await revokeByRefreshToken(locker, body.token);
      return h.response().code(204);
    },
  }),
];
