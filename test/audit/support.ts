import { loadKey } from '../../src/database/binary.ts';
import { AuditLog } from '../../src/audit/audit-log.ts';
import type { AuditEntry } from '../../src/audit/record.ts';
import type { Collections } from '../../src/database/collections.ts';
import type { Locker } from '../../src/locker.ts';

/** Another instance of the app, as far as the audit trail goes. */
export async function anotherLog(
  locker: Locker,
  collections: Pick<Collections, 'audit' | 'auditHead'> = locker.collections,
): Promise<AuditLog> {
  const installation = await locker.collections.installation.findOne({ _id: 'installation' });
  if (installation === null) throw new Error('not installed');
  return new AuditLog(
    collections.audit,
    collections.auditHead,
    locker.keyring.unwrap(loadKey(installation.auditKey)),
  );
}

/** An entry about nothing in particular. */
export const entry = (subject: string, fields: Partial<AuditEntry> = {}): AuditEntry => ({
  at: new Date('2026-01-02T03:04:05.678Z'),
  account: 'a',
  door: 'api',
  credential: null,
  action: 'test.entry',
  file: null,
  owner: null,
  subject,
  outcome: 'ok',
  ...fields,
});
