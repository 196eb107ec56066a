import joi from 'joi';
import { defaultInviteSeconds, invite, join } from '../../src/accounts/invites.ts';
import { startSession } from '../../src/accounts/sessions.ts';
import { guestOf } from '../http/guest.ts';
import { tokenResponse } from '../jwt.ts';
import { operation } from '../operation.ts';
import { render } from '../render.ts';
import { codeText, handleText } from '../schemas/params.ts';
import { codeSchema, welcomeSchema } from '../schemas/sign-in.ts';

export const inviteOperations = [
  operation<unknown, unknown, { role: 'admin' | 'member'; expires_in: number }>({
    method: 'POST',
    path: '/v1/invites',
    id: 'createInvite',
    tag: 'Sign-in',
    summary: 'Invite someone',
    description: 'Gives a one-time code with which one person makes an account here. Shown once.',
    auth: 'admin',
    body: {
      kind: 'json',
      optional: true,
      schema: joi
        .object({
          role: joi.string().valid('member', 'admin').default('member'),
          expires_in: joi
            .number()
            .integer()
            .min(60)
            .max(2_592_000)
            .default(defaultInviteSeconds)
            .unit('seconds'),
        })
        .empty(null)
        .default({ role: 'member', expires_in: defaultInviteSeconds }),
    },
    answers: { 201: { description: 'The code', schema: codeSchema } },
    errors: ['forbidden'],
    handler: async ({ locker, actor, body, h }) =>
      h
        .response(render(await invite(locker, actor, { role: body.role, ttlSeconds: body.expires_in })))
        .code(201),
  }),
  operation<unknown, unknown, { code: string; handle: string }>({
    method: 'POST',
    path: '/v1/join',
    id: 'join',
    tag: 'Sign-in',
    summary: 'Accept an invite',
    auth: 'public',
    body: { kind: 'json', schema: joi.object({ code: codeText.required(), handle: handleText.required() }) },
    answers: { 201: { description: 'Your account', schema: welcomeSchema } },
    errors: ['invalid_code', 'invalid_handle', 'account_exists'],
    handler: async ({ locker, body, request, h }) => {
      const account = await join(locker, guestOf(request), body);
      const signIn = await startSession(locker, guestOf(request), account);
      return h.response({ ...tokenResponse(locker, signIn), handle: account.handle }).code(201);
    },
  }),
];
