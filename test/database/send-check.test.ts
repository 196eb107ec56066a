import type { Collection, InsertOneOptions } from 'mongodb';
import { expect, inject, it } from 'vitest';
import { InsertBatch } from '../../src/database/batch.ts';
import { connect } from '../../src/database/connect.ts';
import { sendOnlyIf } from '../../src/database/send-check.ts';

interface Thing {
  readonly _id: string;
  readonly bytes?: Uint8Array;
}

const openThings = async () => {
  const { host } = new URL(inject('mongodUri'));
  const database = await connect(`mongodb://${host}/send-check-${Date.now()}`);
  const things = database.db.collection<Thing>('things');
  return { things, [Symbol.asyncDispose]: () => database.close() };
};

const refuse = () => {
  throw new RangeError('not now');
};

const writes: Record<string, (things: Collection<Thing>, options: InsertOneOptions) => Promise<unknown>> = {
  insertOne: (things, options) => things.insertOne({ _id: 'a' }, options),
  'insertOne of long bytes': (things, options) =>
    things.insertOne({ _id: 'a', bytes: Buffer.alloc(200_000) }, options),
  insertMany: (things, options) => things.insertMany([{ _id: 'a' }, { _id: 'b' }], options),
  updateOne: (things, options) =>
    things.updateOne({ _id: 'a' }, { $set: { bytes: Buffer.of(1) } }, { ...options, upsert: true }),
  'updateOne, journaled': (things, options) =>
    things.updateOne(
      { _id: 'a' },
      { $set: { bytes: Buffer.of(1) } },
      { ...options, upsert: true, writeConcern: { w: 1, j: true } },
    ),
};

it.each(Object.keys(writes))('%s is not sent if its check refuses, and is if it passes', async (name) => {
  await using opened = await openThings();
  const { things } = opened;
  await expect(writes[name]?.(things, sendOnlyIf(refuse))).rejects.toThrow('not now');
  expect(await things.countDocuments()).toBe(0);
  let asked = 0;
  await writes[name]?.(
    things,
    sendOnlyIf(() => void asked++),
  );
  expect(asked).toBe(1);
  expect(await things.countDocuments()).toBeGreaterThan(0);
});

it('what goes together goes only if nobody refuses', async () => {
  await using opened = await openThings();
  const { things } = opened;
  const batch = new InsertBatch<Thing>(things);
  const together = [
    batch.insert({ _id: 'a' }),
    batch.insert({ _id: 'b' }, refuse),
    batch.insert({ _id: 'c' }),
  ];
  for (const result of await Promise.allSettled(together))
    expect(result).toEqual({ status: 'rejected', reason: new RangeError('not now') });
  expect(await things.countDocuments()).toBe(0);
  await batch.insert({ _id: 'a' }, () => {});
  expect(await things.countDocuments()).toBe(1);
});
