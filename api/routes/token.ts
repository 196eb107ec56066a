import joi from 'joi';
import { refreshSession, revokeByRefreshToken, startSession } from '../../src/accounts/sessions.ts';
import { signInWithCode } from '../../src/accounts/sign-in-code.ts';
import { exchangeDeviceCode } from '../../src/accounts/device-grant.ts';
import { guestOf } from '../http/guest.ts';
import { tokenResponse } from '../jwt.ts';
import { operation } from '../operation.ts';
import { codeText } from '../schemas/params.ts';
import { tokenSchema } from '../schemas/sign-in.ts';

/** RFC 8628 section 3.4. */
const deviceGrantType = 'urn:ietf:params:oauth:grant-type:device_code';

const refreshToken = joi.string().max(4096);

export const tokenOperations = [
  operation<
    unknown,
    unknown,
    | { grant_type: 'refresh_token'; refresh_token: string }
    | { grant_type: 'authorization_code'; code: string }
    | { grant_type: typeof deviceGrantType; device_code: string }
  >({
    method: 'POST',
    path: '/v1/token',
    id: 'token',
    tag: 'Sign-in',
    summary: 'Exchange a refresh token, a device code or a one-time code for tokens',
    description:
      'Access tokens last 15 minutes. A refresh token is good once, and each answer carries the next; one that is used twice ends its session. ' +
      'A device asks with its `device_code` until its sign-in was approved (RFC 8628): `authorization_pending` says to ask again, `slow_down` to wait 5 seconds more between two polls. ' +
      'A `code` is a connect code (`POST /v1/me/identities`), or, for someone who lost every token, a sign-in code of the operator (`node . sign-in HANDLE`).',
    auth: 'public',
    body: {
      kind: 'json-or-form',
      schema: joi
        .object({
          grant_type: joi.string().valid('refresh_token', 'authorization_code', deviceGrantType).required(),
          client_id: joi.string().max(200).description('Accepted and not used'),
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
          device_code: joi.string().max(128).when('grant_type', {
            is: deviceGrantType,
            then: joi.required(),
            otherwise: joi.forbidden(),
          }),
        })
        // RFC 6749 section 3.2: what is not understood is ignored.
        .options({ stripUnknown: true }),
    },
    answers: { 200: { description: 'New tokens', schema: tokenSchema } },
    errors: [
      'sign_in_expired',
      'token_reused',
      'invalid_code',
      'account_suspended',
      'authorization_pending',
      'slow_down',
      'access_denied',
      'expired_token',
    ],
    handler: async ({ locker, body, request }) => {
      const guest = guestOf(request);
      if (body.grant_type === 'refresh_token')
        return tokenResponse(locker, await refreshSession(locker, guest, body.refresh_token));
      if (body.grant_type === deviceGrantType)
        return tokenResponse(locker, await exchangeDeviceCode(locker, guest, body.device_code));
      const { account, scopes } = await signInWithCode(locker, guest, body.code);
      return tokenResponse(locker, await startSession(locker, guest, account, scopes));
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
      schema: joi
        .object({ token: refreshToken.required(), token_type_hint: joi.string().max(64) })
        .options({ stripUnknown: true }),
    },
    answers: { 204: { description: 'The session has ended' } },
    handler: async ({ locker, body, request, h }) => {
      await revokeByRefreshToken(locker, guestOf(request), body.token);
      return h.response().code(204);
    },
  }),
];
