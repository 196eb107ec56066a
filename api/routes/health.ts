import { backupAge } from '../../src/backup/snapshot-ledger.ts';
import { LockerError } from '../../src/errors.ts';
import { isReachable } from '../../src/database/reachable.ts';
import { kept } from '../../src/kept.ts';
import type { Locker } from '../../src/locker.ts';
import { operation } from '../operation.ts';
import { render } from '../render.ts';
import { healthSchema, readySchema } from '../schemas/health.ts';

interface Looks {
  readonly isReachable: () => Promise<boolean>;
  readonly backupAge: () => ReturnType<typeof backupAge>;
}

const looks = new WeakMap<Locker, Looks>();

/** What anybody may ask at any pace, and would else ask the database. */
function looksOf(locker: Locker): Looks {
  let found = looks.get(locker);
  if (found === undefined) {
    found = {
      isReachable: kept(500, () => isReachable(locker.collections)),
      backupAge: kept(15_000, () => backupAge(locker)),
    };
    looks.set(locker, found);
  }
  return found;
}

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
      const look = looksOf(locker);
      if (!(await look.isReachable()))
        throw new LockerError('database_unavailable', { hint: 'The database does not answer.' });
      const { lastSnapshotAt, lastVerifiedSnapshotAt } = await look.backupAge();
      return { status: 'ok', backups: render({ lastSnapshotAt, lastVerifiedSnapshotAt }) };
    },
  }),
];
