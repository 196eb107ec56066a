import { plural } from '../bots/words/plural.ts';
import { verifyAudit } from '../src/audit/verify.ts';
import { openLocker } from '../src/open-locker.ts';
import type { Command } from './command.ts';

/** Verifies the audit trail, or tells where it ends. */
export const auditCommand: Command = {
  name: 'audit',
  usage: 'audit verify|head',
  summary:
    'verify the audit trail (exit code 1 if it was tampered with), or print its last number and MAC to note elsewhere',
  run: async ({ config, log, words: [word, number, mac], print }) => {
    const noted = number === undefined ? undefined : readNote(number, mac);
    if ((word !== 'verify' && word !== 'head') || (number !== undefined && noted === undefined)) {
      print('Say what: node . audit verify [NUMBER MAC], with what `node . audit head` printed once');
      return 2;
    }
    const opened = await openLocker(config, log, 'operator');
    try {
      const { locker } = opened;
      if (word === 'head') {
        const tail = await locker.audit.tail();
        print(`${tail.seq} ${Buffer.from(tail.mac).toString('hex')}`);
        return 0;
      }
      const report = await verifyAudit(locker, noted);
      print(
        report.problem === undefined
          ? `The audit trail is whole: ${plural(report.records, 'record')}.`
          : `The audit trail was tampered with: ${report.problem}. Unchanged before it: ${plural(report.records, 'record')}.`,
      );
      return report.problem === undefined ? 0 : 1;
    } finally {
      await opened.close();
    }
  },
};

/** What was noted: the number and the MAC of a record. */
function readNote(number: string, mac: string | undefined): { seq: number; mac: Uint8Array } | undefined {
  if (!/^\d{1,15}$/.test(number) || mac === undefined || !/^[0-9a-f]{64}$/i.test(mac)) return undefined;
  return { seq: Number(number), mac: Buffer.from(mac, 'hex') };
}
