import joi from 'joi';
import { endOtherSessions, endSession, listSessions } from '../../src/accounts/own-sessions.ts';
import { operation } from '../operation.ts';
import { render } from '../render.ts';
import { endedSchema, sessionListSchema } from '../schemas/sign-in.ts';

export const sessionOperations = [
  operation({
    method: 'GET',
    path: '/v1/me/sessions',
    id: 'listSessions',
    tag: 'Account',
    summary: 'List where you are signed in',
    auth: 'signed-in',
    answers: { 200: { description: 'The sessions, lately used first', schema: sessionListSchema } },
    errors: ['forbidden'],
    handler: async ({ locker, actor }) => ({ sessions: render(await listSessions(locker, actor)) }),
  }),
  operation<{ id: string }>({
    method: 'DELETE',
    path: '/v1/me/sessions/{id}',
    id: 'endSession',
    tag: 'Account',
    summary: 'End one of your sessions at once',
    auth: 'signed-in',
    params: joi.object({ id: joi.string().max(64).required().description('Id of the session') }),
    answers: { 204: { description: 'Its tokens are good for nothing now' } },
    errors: ['forbidden', 'insufficient_scope', 'not_found'],
    handler: async ({ locker, actor, params, h }) => {
      await endSession(locker, actor, params.id);
      return h.response().code(204);
    },
  }),
  operation({
    method: 'DELETE',
    path: '/v1/me/sessions',
    id: 'endOtherSessions',
    tag: 'Account',
    summary: 'End all of your sessions but this one',
    auth: 'signed-in',
    answers: { 200: { description: 'How many were ended', schema: endedSchema } },
    errors: ['forbidden', 'insufficient_scope'],
    handler: async ({ locker, actor }) => ({ ended: await endOtherSessions(locker, actor) }),
  }),
];
