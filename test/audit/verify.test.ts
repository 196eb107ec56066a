import { Binary, ObjectId } from 'mongodb';
import { describe, expect, it } from 'vitest';
import { createAccount } from '../../src/accounts/create-account.ts';
import { AuditLog } from '../../src/audit/audit-log.ts';
import { verifyAudit } from '../../src/audit/verify.ts';
import { openTestLocker, type TestLocker } from '../support/locker.ts';
import { entry } from './support.ts';

/** A locker whose trail has twelve records. */
async function withTrail(): Promise<TestLocker> {
  const t = await openTestLocker();
  for (let i = 1; i <= 12; i++)
    await t.locker.audit.append(
      entry(String(i), { file: 'k3f9qz', owner: 'b', credential: i === 8 ? null : 'c' }),
    );
  await t.locker.audit.flush();
  return t;
}

/** The collection without its types: whoever attacks has none. */
const raw = (t: TestLocker, name: 'audit' | 'auditHead') =>
  t.database.db.collection<{ _id: number | string }>(name);
const set = (_id: number, change: object) => (t: TestLocker) =>
  raw(t, 'audit').updateOne({ _id }, { $set: change });

const attacks: [name: string, attack: (t: TestLocker) => Promise<unknown>, problem: RegExp][] = [
  ...[
    { at: new Date('2026-01-02T03:04:05.679Z') },
    { account: 'z' },
    { account: null },
    { door: 'telegram' },
    { credential: 'd' },
    { action: 'file.list' },
    { file: 'aaaaaa' },
    { owner: 'c' },
    { subject: null },
    { outcome: 'not_found' },
    { id: new ObjectId() },
    { mac: new Binary(new Uint8Array(32)) },
    { mac: 'text' },
    { at: 'yesterday' },
    { id: 7 },
  ].map((change): (typeof attacks)[number] => [
    `a changed ${Object.keys(change).join()} (${typeof Object.values(change)[0]})`,
    set(5, change),
    /^record 5 is not as it was written$/,
  ]),
  ['an added field', set(5, { extra: null }), /^record 5 is not as it was written$/],
  [
    'a removed field that was empty',
    (t) => raw(t, 'audit').updateOne({ _id: 8 }, { $unset: { credential: 1 } }),
    /^record 8 is not as it was written$/,
  ],
  ['a removed first record', (t) => raw(t, 'audit').deleteOne({ _id: 1 }), /^record 1 is missing$/],
  ['a removed record', (t) => raw(t, 'audit').deleteOne({ _id: 6 }), /^record 6 is missing$/],
  ['a cut tail', (t) => raw(t, 'audit').deleteMany({ _id: { $gt: 9 } }), /ends at 9, but it was 12/],
  ['a trail that was emptied', (t) => raw(t, 'audit').deleteMany({}), /is empty, but it was 12/],
  [
    'a removed record with the later ones moved up',
    async (t) => {
      const docs = await raw(t, 'audit').find().sort({ _id: 1 }).toArray();
      await raw(t, 'audit').deleteMany({ _id: { $gt: 5 } });
      await raw(t, 'audit').insertMany(docs.slice(6).map((doc, i) => ({ ...doc, _id: 6 + i })));
    },
    /^record 6 is not as it was written$/,
  ],
  [
    'two records that changed places',
    async (t) => {
      const docs = await raw(t, 'audit')
        .find({ _id: { $in: [4, 5] } })
        .sort({ _id: 1 })
        .toArray();
      await raw(t, 'audit').deleteMany({ _id: { $in: [4, 5] } });
      await raw(t, 'audit').insertMany(docs.toReversed().map((doc, i) => ({ ...doc, _id: 4 + i })));
    },
    /^record 4 is not as it was written$/,
  ],
  [
    'a record repeated at the end',
    async (t) => {
      const doc = await raw(t, 'audit').findOne({ _id: 12 });
      await raw(t, 'audit').insertOne({ ...doc, _id: 13 });
    },
    /^record 13 is not as it was written$/,
  ],
  ...[0, -1, 4.5, '5'].map((_id): (typeof attacks)[number] => [
    `a record inserted as ${JSON.stringify(_id)}`,
    async (t) => {
      const doc = await raw(t, 'audit').findOne({ _id: 4 });
      await raw(t, 'audit').insertOne({ ...doc, _id });
    },
    /does not belong there/,
  ]),
  [
    'a record chained with another key',
    async (t) => {
      const { audit, auditHead } = t.locker.collections;
      // Its note is not written here: it would be of another key, too.
      const noted = { updateOne: () => new Promise<never>(() => {}) } as unknown as typeof auditHead;
      await new AuditLog(audit, noted, new Uint8Array(32)).append(entry('forged'));
    },
    /^record 13 is not as it was written$/,
  ],
  [
    'a lowered head with a cut tail',
    async (t) => {
      await raw(t, 'audit').deleteMany({ _id: { $gt: 9 } });
      await raw(t, 'auditHead').updateOne({ _id: 'head' }, { $set: { seq: 9 } });
    },
    /the note of its length is not as it was written/,
  ],
  [
    'a lowered head',
    (t) => raw(t, 'auditHead').updateOne({ _id: 'head' }, { $set: { seq: 3 } }),
    /the note of its length is not as it was written/,
  ],
  [
    'a head between two records',
    (t) => raw(t, 'auditHead').updateOne({ _id: 'head' }, { $set: { seq: 2.5 } }),
    /it was 2\.5 records long/,
  ],
  [
    'a raised head',
    (t) => raw(t, 'auditHead').updateOne({ _id: 'head' }, { $set: { seq: 99 } }),
    /it was 99 records long/,
  ],
  [
    'a head of another type',
    (t) => raw(t, 'auditHead').updateOne({ _id: 'head' }, { $set: { seq: 'x' } }),
    /it was x records long/,
  ],
  ['a removed head', (t) => raw(t, 'auditHead').deleteMany({}), /the note of its length is missing/],
  [
    'a head that says nothing was ever written, with an emptied trail',
    async (t) => {
      await raw(t, 'audit').deleteMany({});
      await raw(t, 'auditHead').updateOne({ _id: 'head' }, { $set: { seq: 0 } });
    },
    /the note of its length is not as it was written/,
  ],
  [
    'trail and head removed from a locker that has an owner',
    async (t) => {
      await createAccount(t.locker, 'alice', 'owner');
      await raw(t, 'audit').deleteMany({});
      await raw(t, 'auditHead').deleteMany({});
    },
    /is empty, and the note of its length is missing/,
  ],
];

describe('verification of the audit trail', () => {
  it('finds nothing wrong with an untouched trail, nor with an empty one', async () => {
    await using t = await withTrail();
    expect(await verifyAudit(t.locker)).toEqual({ records: 12 });
    await using empty = await openTestLocker();
    expect(await verifyAudit(empty.locker)).toEqual({ records: 0 });
  });

  it(`finds each of ${attacks.length} attacks, such as a changed field, a moved record, a cut tail, a lowered head`, async () => {
    await using t = await withTrail();
    const before = {
      audit: await raw(t, 'audit').find().toArray(),
      auditHead: await raw(t, 'auditHead').find().toArray(),
    };
    for (const [name, attack, problem] of attacks) {
      await attack(t);
      const report = await verifyAudit(t.locker);
      expect.soft(report.problem, name).toMatch(problem);
      expect.soft(report.brokenAt, name).toBeGreaterThan(0);
      for (const collection of ['audit', 'auditHead'] as const) {
        await raw(t, collection).deleteMany({});
        await raw(t, collection).insertMany(before[collection]);
      }
      await t.locker.collections.accounts.deleteMany({});
    }
    expect(await verifyAudit(t.locker)).toEqual({ records: 12 });
  });

  it('finds an older state of all of the trail that was brought back, by a record that was noted elsewhere', async () => {
    await using t = await withTrail();
    await t.locker.audit.flush();
    const head = await t.locker.collections.auditHead.find().toArray();
    const noted12 = await t.locker.audit.tail();
    await t.locker.audit.append(entry('13'));
    await t.locker.audit.flush();
    const noted13 = await t.locker.audit.tail();
    expect(await verifyAudit(t.locker, noted12)).toEqual({ records: 13 });
    expect(await verifyAudit(t.locker, noted13)).toEqual({ records: 13 });

    await t.locker.collections.audit.deleteOne({ _id: 13 });
    await t.locker.collections.auditHead.replaceOne({ _id: 'head' }, { ...head[0], _id: 'head' } as never);
    expect(await verifyAudit(t.locker)).toEqual({ records: 12 });
    expect((await verifyAudit(t.locker, noted13)).problem).toMatch(/ends at 12, but record 13 was noted/);
    const other = { seq: 12, mac: noted13.mac };
    expect((await verifyAudit(t.locker, other)).problem).toMatch(/record 12 is not the one that was noted/);
  });

  it('is not misled by records that are appended while it walks', async () => {
    await using t = await withTrail();
    const appending = Array.from({ length: 300 }, (_, i) => t.locker.audit.append(entry(`later ${i}`)));
    const report = await verifyAudit(t.locker);
    expect(report.problem).toBeUndefined();
    await Promise.all(appending);
    expect((await verifyAudit(t.locker)).records).toBe(312);
  });
});
