import { verifyAudit } from '../src/audit/verify.ts';
import { LockerError } from '../src/errors.ts';
import { notifyOwner } from '../src/notify/notify-admins.ts';
import { hourMs, type Job, minuteMs } from './job.ts';

/** Verifies the audit trail and sends its head to the owner: whoever rewrites history later cannot change what they have. */
export const auditHeadJob: Job = {
  name: 'audit-head',
  summary: 'verify the audit trail and tell the owner its head',
  schedule: '0 7 * * *',
  timeoutMs: 3 * hourMs,
  jitterMs: 5 * minuteMs,
  run: async (locker) => {
    const tail = await locker.audit.tail();
    const report = await verifyAudit(locker);
    if (report.problem !== undefined)
      throw new LockerError('content_damaged', {
        hint: 'The audit trail was changed. See node . audit verify.',
      });
    const mac = Buffer.from(tail.mac).toString('hex');
    await notifyOwner(locker, { kind: 'audit-head', record: tail.seq, mac, at: locker.now() });
    return { records: report.records };
  },
};
