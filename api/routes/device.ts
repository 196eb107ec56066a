import joi from 'joi';
import { approveDevice, denyDevice, describeDevice } from '../../src/accounts/approve-device.ts';
import { requestDevice } from '../../src/accounts/device-grant.ts';
import { guestOf } from '../http/guest.ts';
import { publicUrl } from '../http/public-url.ts';
import { operation } from '../operation.ts';
import { devicePage } from '../pages/device-page.ts';
import { sendPage } from '../pages/page.ts';
import { render } from '../render.ts';
import { deviceSchema, waitingDeviceSchema } from '../schemas/sign-in.ts';

const userCode = joi.string().max(32).required().description('What the device shows: XXXX-XXXX');
const userCodeBody = { kind: 'json', schema: joi.object({ user_code: userCode }) } as const;

export const deviceOperations = [
  operation<unknown, unknown, { client_id?: string; scope?: string } | null>({
    method: 'POST',
    path: '/v1/device',
    id: 'requestDevice',
    tag: 'Sign-in',
    summary: 'Begin the sign-in of a device',
    description:
      'OAuth 2.0 device grant (RFC 8628): show the user code, and poll `POST /v1/token` with the device code until someone who is signed in approved it.',
    auth: 'public',
    body: {
      kind: 'json-or-form',
      optional: true,
      schema: joi
        .object({
          client_id: joi.string().trim().max(200).description('How the device names itself'),
          scope: joi
            .string()
            .allow('')
            .max(256)
            .description('Scopes, separated by spaces; everything but admin if absent'),
        })
        .empty(null)
        .default({}),
    },
    answers: { 200: { description: 'What to show, and what to poll with', schema: deviceSchema } },
    handler: async ({ locker, body, request }) => {
      const device = await requestDevice(locker, guestOf(request), {
        client: body?.client_id,
        scope: body?.scope,
      });
      const page = `${publicUrl(request)}/device`;
      return {
        device_code: device.deviceCode,
        user_code: device.userCode,
        verification_uri: page,
        verification_uri_complete: `${page}?user_code=${device.userCode}`,
        expires_in: device.expiresInSeconds,
        interval: device.intervalSeconds,
      };
    },
  }),
  operation<{ user_code: string }>({
    method: 'GET',
    path: '/v1/device/{user_code}',
    id: 'describeDevice',
    tag: 'Sign-in',
    summary: 'Look at a device before approving its sign-in',
    auth: 'signed-in',
    params: joi.object({ user_code: userCode }),
    answers: { 200: { description: 'What waits, and what it would get', schema: waitingDeviceSchema } },
    errors: ['forbidden', 'invalid_code'],
    handler: async ({ locker, actor, params }) =>
      render(await describeDevice(locker, actor, params.user_code)),
  }),
  operation<unknown, unknown, { user_code: string }>({
    method: 'POST',
    path: '/v1/device/approve',
    id: 'approveDevice',
    tag: 'Sign-in',
    summary: 'Approve the sign-in of a device to your account',
    description: 'It gets what it asked for, as far as you have it yourself.',
    auth: 'signed-in',
    body: userCodeBody,
    answers: { 200: { description: 'What signs in, and what it may do', schema: waitingDeviceSchema } },
    errors: ['forbidden', 'invalid_code', 'insufficient_scope'],
    handler: async ({ locker, actor, body }) => render(await approveDevice(locker, actor, body.user_code)),
  }),
  operation<unknown, unknown, { user_code: string }>({
    method: 'POST',
    path: '/v1/device/deny',
    id: 'denyDevice',
    tag: 'Sign-in',
    summary: 'Refuse the sign-in of a device',
    auth: 'signed-in',
    body: userCodeBody,
    answers: { 204: { description: 'It is told so' } },
    errors: ['forbidden', 'invalid_code'],
    handler: async ({ locker, actor, body, h }) => {
      await denyDevice(locker, actor, body.user_code);
      return h.response().code(204);
    },
  }),
  operation<unknown, { user_code?: string }>({
    method: 'GET',
    path: '/device',
    id: 'devicePage',
    tag: 'Sign-in',
    summary: 'A page that says how to approve a device',
    auth: 'public',
    query: joi.object({ user_code: joi.string().allow('').max(32) }),
    answers: { 200: { description: 'The page', mediaType: 'text/html' } },
    handler: async ({ query, h }) => sendPage(h, 200, devicePage(query.user_code)),
  }),
];
