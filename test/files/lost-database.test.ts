import { expect, it } from 'vitest';
import { defaultSegmentBytes } from '../../src/crypto/segments.ts';
import { sweep } from '../../src/maintenance/sweep.ts';
import { someBytes } from '../support/bytes.ts';
import { saveFile, stored, usage } from '../support/files.ts';
import { openTestLocker } from '../support/locker.ts';

it('acknowledges no upload during which the database was away: what it had taken may be gone', async () => {
  await using t = await openTestLocker();
  const alice = await t.person('alice');
  const bytes = someBytes(2 * defaultSegmentBytes);
  const source = async function* () {
    yield bytes.subarray(0, defaultSegmentBytes);
    // As the driver says it when the server is lost; it is there again at once.
    t.database.client.emit('connectionPoolCleared', {} as never);
    yield bytes.subarray(defaultSegmentBytes);
  };
  const upload = saveFile(t.locker, alice, 'x.bin', { content: { bytes: source() } });
  await expect(upload).rejects.toMatchObject({ code: 'database_unavailable' });
  expect(await usage(t.locker, alice)).toEqual({ usedBytes: 0, pendingBytes: 0, pending: 0 });
  expect(await stored(t.locker)).toMatchObject({ chunks: 0 });
  // The next one is nobody's loss.
  await saveFile(t.locker, alice, 'x.bin', { bytes });
});

it('commits nothing to a database that was lost after the last look: it may be another one', async () => {
  await using t = await openTestLocker();
  const alice = await t.person('alice');
  const bytes = someBytes(100);
  const { newFiles } = t.locker.batches;
  const insert = newFiles.insert.bind(newFiles);
  newFiles.insert = async (...sent) => {
    const inserted = insert(...sent);
    // The entry waits for the end of the turn.
    t.database.client.emit('connectionPoolCleared', {} as never);
    return inserted;
  };
  for (const together of [1, 2]) {
    const uploads = Array.from({ length: together }, (_, n) =>
      saveFile(t.locker, alice, `${n}.bin`, { bytes }),
    );
    for (const upload of await Promise.allSettled(uploads))
      expect(upload).toMatchObject({ status: 'rejected', reason: { code: 'database_unavailable' } });
  }
  expect(await t.locker.collections.files.countDocuments()).toBe(0);
  newFiles.insert = insert;
  await sweep(t.locker, 0);
  expect(await usage(t.locker, alice)).toEqual({ usedBytes: 0, pendingBytes: 0, pending: 0 });
  expect(await stored(t.locker)).toMatchObject({ chunks: 0, contentFiles: 0 });
  await saveFile(t.locker, alice, 'x.bin', { bytes });
});
