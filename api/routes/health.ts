import { backupAge } from '../../src/backup/snapshot-ledger.ts';
import { LockerError } from '../../src/errors.ts';
import { isReachable } from '../../src/database/reachable.ts';
import { operation } from '../operation.ts';
import { render } from '../render.ts';
import { healthSchema, readySchema } from '../schemas/health.ts';

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
    description:
      'Also says how old the backups are: an old one does not make it unready, so that a watcher decides.',
    answers: { 200: { description: 'It can', schema: readySchema } },
    errors: ['database_unavailable'],
    handler: async ({ locker }) => {
      if (!(await isReachable(locker.collections)))
        throw new LockerError('database_unavailable', { hint: 'The database does not answer.' });
      const { lastSnapshotAt, lastVerifiedSnapshotAt } = await backupAge(locker);
      return { status: 'ok', backups: render({ lastSnapshotAt, lastVerifiedSnapshotAt }) };
    },
  }),
];
