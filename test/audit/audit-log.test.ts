import { describe, expect, inject, it } from 'vitest';
import { verifyAudit } from '../../src/audit/verify.ts';
import { openCollections } from '../../src/database/collections.ts';
import { connect } from '../../src/database/connect.ts';
import { openTestLocker, type TestLocker } from '../support/locker.ts';
import { openCuttingProxy } from './cutting-proxy.ts';
import { anotherLog, entry } from './support.ts';

const subjects = async ({ locker }: TestLocker) =>
  (await locker.collections.audit.find().sort({ _id: 1 }).toArray()).map(({ subject }) => subject);

describe('audit log', () => {
  it('keeps one gapless chain when three instances append at once, each in its own order', async () => {
    await using t = await openTestLocker();
    const logs = await Promise.all([1, 2, 3].map(() => anotherLog(t.locker)));
    await Promise.all(
      logs.map(async (log, l) => {
        for (let round = 0; round < 10; round++)
          await Promise.all(
            Array.from({ length: 20 }, (_, i) => log.append(entry(`${l}:${round * 20 + i}`))),
          );
        await log.flush();
      }),
    );
    expect(await verifyAudit(t.locker)).toEqual({ records: 600 });
    const stored = await subjects(t);
    for (const l of [0, 1, 2])
      expect(stored.filter((subject) => subject?.startsWith(`${l}:`))).toEqual(
        Array.from({ length: 200 }, (_, i) => `${l}:${i}`),
      );
    expect((await t.locker.collections.auditHead.findOne({ _id: 'head' }))?.seq).toBe(600);
  });

  it('stores a batch once when the connection breaks after it arrived and before the answer came', async () => {
    await using t = await openTestLocker();
    await using proxy = await openCuttingProxy(inject('mongodUri'), t.database.db.databaseName);
    const database = await connect(proxy.uri);
    try {
      const log = await anotherLog(t.locker, openCollections(database.db));
      await log.append(entry('before'));
      await log.flush();
      for (const cuts of [1, 2]) {
        proxy.cutAnswersTo('test.cut', cuts);
        const fields = { action: 'test.cut' };
        await Promise.all([1, 2, 3].map((i) => log.append(entry(`${cuts}:${i}`, fields))));
      }
      await log.flush();
    } finally {
      await database.close();
    }
    expect(proxy.cuts()).toBe(3);
    expect(await subjects(t)).toEqual(['before', '1:1', '1:2', '1:3', '2:1', '2:2', '2:3']);
    expect(await verifyAudit(t.locker)).toEqual({ records: 7 });
  });

  it('tells whoever waits when a record cannot be stored, and goes on with the next', async () => {
    await using t = await openTestLocker();
    await using proxy = await openCuttingProxy(inject('mongodUri'), t.database.db.databaseName);
    const database = await connect(proxy.uri);
    try {
      const log = await anotherLog(t.locker, openCollections(database.db));
      proxy.cutAnswersTo('test.cut', Infinity);
      await expect(log.append(entry('x', { action: 'test.cut' }))).rejects.toThrow('closed');
      proxy.cutAnswersTo('', 0);
      await log.append(entry('after'));
      await log.flush();
    } finally {
      await database.close();
    }
    // It had arrived all the same, once.
    expect(await subjects(t)).toEqual(['x', 'after']);
    expect(await verifyAudit(t.locker)).toEqual({ records: 2 });
  });

  it('verifies after a text that the database cannot keep as it is, or an endless one', async () => {
    await using t = await openTestLocker();
    for (const subject of ['\uD800', 'a\uDC00b', '\u0000', '😀'.repeat(500), ''])
      await t.locker.audit.append(entry(subject));
    expect(await verifyAudit(t.locker)).toEqual({ records: 5 });
  });

  it('has stored everything that was appended when it was flushed', async () => {
    await using t = await openTestLocker();
    const appended = Array.from({ length: 1200 }, (_, i) => t.locker.audit.append(entry(String(i))));
    await t.locker.audit.flush();
    expect(await t.locker.collections.audit.countDocuments()).toBe(1200);
    expect((await t.locker.collections.auditHead.findOne({ _id: 'head' }))?.seq).toBe(1200);
    await Promise.all(appended);
  });
});
