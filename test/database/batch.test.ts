import { expect, inject, it } from 'vitest';
import { InsertBatch } from '../../src/database/batch.ts';
import { connect, isDatabaseAway, isDuplicate } from '../../src/database/connect.ts';
import { openCuttingProxy } from '../audit/cutting-proxy.ts';

interface Thing {
  readonly _id: string;
}

const outcomes = async (inserts: readonly Promise<void>[]) =>
  (await Promise.allSettled(inserts)).map((result) =>
    result.status === 'fulfilled'
      ? 'stored'
      : isDuplicate(result.reason)
        ? 'duplicate'
        : isDatabaseAway(result.reason)
          ? 'away'
          : result.reason,
  );

it('a batch whose connection breaks acknowledges none of its inserts', async () => {
  await using proxy = await openCuttingProxy(inject('mongodUri'), `batch-${Date.now()}`);
  const database = await connect(proxy.uri);
  const batch = new InsertBatch<Thing>(database.db.collection<Thing>('things'), { w: 1, j: true });
  for (const count of [1, 2, 3]) {
    const ids = Array.from({ length: count }, (_, index) => `cut-off-${count}-${index}`);
    proxy.cutAnswersTo('cut-off', 1);
    expect(await outcomes(ids.map((_id) => batch.insert({ _id })))).toEqual(ids.map(() => 'away'));
  }
  expect(proxy.cuts()).toBe(3);
  await database.close();
});

it('of a batch of which some are refused, the others are stored', async () => {
  const { host } = new URL(inject('mongodUri'));
  const database = await connect(`mongodb://${host}/batch-some-${Date.now()}`);
  const things = database.db.collection<Thing>('things');
  const batch = new InsertBatch<Thing>(things);
  await batch.insert({ _id: 'b' });
  expect(await outcomes(['a', 'b', 'c', 'c'].map((_id) => batch.insert({ _id })))).toEqual([
    'stored',
    'duplicate',
    'stored',
    'duplicate',
  ]);
  expect(await things.countDocuments()).toBe(3);
  await database.close();
});
