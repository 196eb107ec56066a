import { ObjectId } from 'mongodb';
import { expect, it } from 'vitest';
import { usage } from '../support/files.ts';
import { openTestLocker } from '../support/locker.ts';

it('settles once what is settled by several in the same turn', async () => {
  await using t = await openTestLocker();
  const alice = await t.person('alice');
  const ids = [new ObjectId(), new ObjectId()];
  for (const id of ids) await t.locker.ledger.claim(alice.account, { id, bytes: 1000, files: 1 });
  const settle = (id: ObjectId) =>
    t.locker.ledger.settle(alice.account, { id, bytes: 1000, files: 1, sizeBytes: 400 });
  // The first goes alone; the others wait for it and go together.
  await Promise.all(ids.flatMap((id) => [settle(id), settle(id), settle(id)]));
  expect(await usage(t.locker, alice)).toEqual({ usedBytes: 800, pendingBytes: 0, pending: 0 });
});
