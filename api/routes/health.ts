import { LockerError } from '../../src/errors.ts';
import { isReachable } from '../../src/database/reachable.ts';
import { operation } from '../operation.ts';
import { healthSchema } from '../schemas.ts';

export const healthOperations = [
  operation({
    method: 'GET',
    path: '/health/live',
    id: 'live',
    tag: 'Operations',
    summary: 'Is the process up',
    auth: 'public',
    answers: { 200: { description: 'It is', schema: healthSchema } },
    handler: async () => ({ status: 'ok' }),
  }),
  operation({
    method: 'GET',
    path: '/health/ready',
    id: 'ready',
    tag: 'Operations',
    summary: 'Can it serve: is the database there',
    auth: 'public',
    answers: { 200: { description: 'It can', schema: healthSchema } },
    errors: ['database_unavailable'],
    handler: async ({ locker }) => {
      if (!(await isReachable(locker.collections)))
        throw new LockerError('database_unavailable', { hint: 'The database does not answer.' });
      return { status: 'ok' };
    },
  }),
];
