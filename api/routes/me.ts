import { describeMe } from '../../src/accounts/describe-me.ts';
import { operation } from '../operation.ts';
import { render } from '../render.ts';
import { accountSchema } from '../schemas.ts';

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
];
