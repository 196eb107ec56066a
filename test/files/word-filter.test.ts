import { describe, expect, it } from 'vitest';
import { listFiles } from '../../src/files/list.ts';
import { wordFilter } from '../../src/files/word-filter.ts';
import { accountOf, saveFile } from '../support/files.ts';
import { openTestLocker } from '../support/locker.ts';

describe('the condition of a search', () => {
  it('walks along the rarest part of what is looked for', async () => {
    await using t = await openTestLocker();
    const alice = await t.person('alice');
    for (let i = 0; i < 5; i++) await saveFile(t.locker, alice, `report ${i}.txt`);
    await saveFile(t.locker, alice, 'report zebra.txt');
    const { index } = t.locker.accountKeys.open(await accountOf(t.locker, alice));
    const filter = await wordFilter(t.locker, alice.account, index.query('report zebra'));
    expect(index.query('zebra')).toContain(filter['words']);
  });

  it('finds what has all words, newest first, and no other', async () => {
    await using t = await openTestLocker();
    const alice = await t.person('alice');
    for (const name of ['report one.txt', 'zebra.txt', 'report zebra.txt', 'zebra two report.txt'])
      await saveFile(t.locker, alice, name);
    const { files } = await listFiles(t.locker, alice, { query: 'zebra report', limit: 10 });
    expect(files.map(({ name }) => name)).toEqual(['zebra two report.txt', 'report zebra.txt']);
  });

  it('uses the index for the word and the order, without a sort in memory', async () => {
    await using t = await openTestLocker();
    const alice = await t.person('alice');
    for (let i = 0; i < 50; i++) await saveFile(t.locker, alice, `report ${i}.txt`);
    const { index } = t.locker.accountKeys.open(await accountOf(t.locker, alice));
    const filter = await wordFilter(t.locker, alice.account, index.query('report'));
    const plan = await t.locker.collections.files
      .find({ owner: alice.account, ...filter, trashedAt: null })
      .sort({ updatedAt: -1, _id: -1 })
      .explain('queryPlanner');
    const text = JSON.stringify(plan['queryPlanner'].winningPlan);
    expect(text).toContain('IXSCAN');
    expect(text).not.toContain('"SORT"');
  });
});
