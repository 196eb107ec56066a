import joi from 'joi';
import { claim } from '../../src/accounts/claim.ts';
import { startSession } from '../../src/accounts/sessions.ts';
import { tokenResponse } from '../jwt.ts';
import { operation } from '../operation.ts';
import { guestOf } from '../http/guest.ts';
import { codeText, handleText } from '../schemas/params.ts';
import { welcomeSchema } from '../schemas/sign-in.ts';

export const setupOperations = [
  operation<unknown, unknown, { code: string; handle: string }>({
    method: 'POST',
    path: '/v1/setup',
    id: 'setup',
    tag: 'Sign-in',
    summary: 'Claim a fresh installation',
    description:
      'With the one-time setup code that is printed at the first start. Makes the account of the owner.',
    auth: 'public',
    body: { kind: 'json', schema: joi.object({ code: codeText.required(), handle: handleText.required() }) },
    answers: { 201: { description: 'You own this locker', schema: welcomeSchema } },
    errors: ['invalid_code', 'invalid_handle', 'already_claimed'],
    handler: async ({ locker, body, request, h }) => {
      const owner = await claim(locker, guestOf(request), body);
      const signIn = await startSession(locker, guestOf(request), owner);
      return h.response({ ...tokenResponse(locker, signIn), handle: owner.handle }).code(201);
    },
  }),
];
