import { isDeepStrictEqual } from 'node:util';
import { isClaimed } from '../accounts/installation.ts';
import { fromBinary } from '../database/binary.ts';
import type { Locker } from '../locker.ts';
import type { Tail } from './audit-log.ts';
import type { AuditHeadDoc } from './documents.ts';
import { type AuditDoc, firstMac } from './record.ts';

/** Of every record, in order. */
const fields = [
  '_id',
  'account',
  'action',
  'at',
  'credential',
  'door',
  'file',
  'id',
  'mac',
  'outcome',
  'owner',
  'subject',
] satisfies (keyof AuditDoc)[];

export interface AuditReport {
  /** Records that are as they were written, from the first one. */
  readonly records: number;
  /** Number of the first record that is not as it was written, or missing; undefined if the trail is whole. */
  readonly brokenAt?: number;
  readonly problem?: string;
}

/**
 * Walks the whole audit trail and finds a record that was changed, removed, inserted or moved, and a tail that was cut.
 *
 * Whoever can write to the database and kept an old copy of all of the trail can bring that back; only what was noted elsewhere
 * (`node . audit head`) shows it.
 *
 * @param noted a record that was noted elsewhere: the trail must hold exactly it.
 */
export async function verifyAudit(locker: Locker, noted?: Tail): Promise<AuditReport> {
  const { audit: records, auditHead } = locker.collections;
  // Read before the walk: what is appended meanwhile is longer than it says, never shorter.
  const head = await auditHead.findOne({ _id: 'head' });
  let tail: Tail = { seq: 0, mac: firstMac };
  const broken = (problem: string): AuditReport => ({
    records: tail.seq,
    brokenAt: tail.seq + 1,
    problem,
  });
  let headFound = false;
  const checkTail = (): string | undefined => {
    if (head?.seq === tail.seq) {
      headFound = isSame(head.mac, locker.audit.headMacOf(tail));
      if (!headFound) return 'the note of its length is not as it was written';
    }
    if (noted?.seq === tail.seq && Buffer.compare(noted.mac, tail.mac) !== 0)
      return `record ${tail.seq} is not the one that was noted`;
    return undefined;
  };
  const wrongStart = checkTail();
  if (wrongStart !== undefined) return broken(wrongStart);
  for await (const document of records.find().sort({ _id: 1 })) {
    const seq = tail.seq + 1;
    if (document._id !== seq)
      return broken(
        document._id > seq
          ? `record ${seq} is missing`
          : `record ${String(document._id)} does not belong there`,
      );
    const mac = macOf(locker, tail, document);
    if (mac === undefined || !isSame(document.mac, mac))
      return broken(`record ${seq} is not as it was written`);
    tail = { seq, mac };
    const problem = checkTail();
    if (problem !== undefined) return { records: seq - 1, brokenAt: seq, problem };
  }
  const problem = await checkEnd(locker, tail, headFound ? undefined : head, noted);
  return problem === undefined ? { records: tail.seq } : broken(problem);
}

async function checkEnd(
  locker: Locker,
  tail: Tail,
  missedHead: AuditHeadDoc | null | undefined,
  noted: Tail | undefined,
): Promise<string | undefined> {
  const ends = tail.seq === 0 ? 'the trail is empty' : `the trail ends at ${tail.seq}`;
  if (noted !== undefined && noted.seq > tail.seq) return `${ends}, but record ${noted.seq} was noted`;
  if (missedHead === null) {
    // Claiming leaves a record: an owned locker without any lost them.
    const expected = tail.seq > 0 || (await isClaimed(locker.collections));
    return expected ? `${ends}, and the note of its length is missing` : undefined;
  }
  return missedHead === undefined ? undefined : `${ends}, but it was ${String(missedHead.seq)} records long`;
}

/** Undefined for what no MAC can be made of, and for a record with more or fewer fields than it was written with. */
function macOf(locker: Locker, tail: Tail, document: AuditDoc): Uint8Array | undefined {
  if (!isDeepStrictEqual(Object.keys(document).toSorted(), fields)) return undefined;
  try {
    const { _id, mac: _mac, ...entry } = document;
    return locker.audit.macOf(tail.mac, _id, entry);
  } catch {
    // A field has another type than it was written with.
    return undefined;
  }
}

function isSame(stored: unknown, mac: Uint8Array): boolean {
  try {
    return Buffer.compare(fromBinary(stored as AuditDoc['mac']), mac) === 0;
  } catch {
    // Not even binary.
    return false;
  }
}
