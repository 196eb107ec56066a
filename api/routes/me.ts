import joi from 'joi';
import { describeMe } from '../../src/accounts/describe-me.ts';
import { setAllowRequests } from '../../src/sharing/access-requests.ts';
import { operation } from '../operation.ts';
import { render } from '../render.ts';
import { accountSchema } from '../schemas/accounts.ts';

export const meOperations = [
  operation({
    method: 'GET',
    path: '/v1/me',
    id: 'me',
    tag: 'Account',
    summary: 'Who am I, and how full is my locker',
    auth: 'signed-in',
    answers: { 200: { description: 'Your account', schema: accountSchema } },
    handler: async ({ locker, actor }) => render(await describeMe(locker, actor)),
  }),
  operation<unknown, unknown, { allowRequests: boolean }>({
    method: 'PATCH',
    path: '/v1/me',
    id: 'changeMe',
    tag: 'Account',
    summary: 'Change your settings',
    auth: 'share',
    body: {
      kind: 'json',
      schema: joi.object({
        allowRequests: joi
          .boolean()
          .required()
          .description('Whether others may ask for access to a file whose id they know'),
      }),
    },
    answers: { 204: { description: 'It is changed' } },
    errors: ['forbidden'],
    handler: async ({ locker, actor, body, h }) => {
      await setAllowRequests(locker, actor, body.allowRequests);
      return h.response().code(204);
    },
  }),
];
