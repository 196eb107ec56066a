import { expect, it } from 'vitest';
import { issueSetupCode } from '../../../src/accounts/installation.ts';
import { openTestLocker } from '../../support/locker.ts';
import { contentOf, talk } from './talk.ts';

it('tells the whole story: claim, save, list, find, share, get as the other person, link, revoke, delete, restore', async () => {
  await using t = await openTestLocker();
  const alice = talk(t, { label: 'Alice Example (@alice_ex)' });
  const bob = talk(t, { label: 'Bob' });
  const report = Buffer.from('the report');

  expect((await alice.says('hello')).text).toContain('private file locker');
  const setupCode = await issueSetupCode(t.locker.collections, undefined);
  expect((await alice.says(`/claim ${setupCode}`)).text).toContain('for example alice_ex');
  expect((await alice.says('alice')).text).toContain('Welcome, @alice');

  const saved = await alice.sends(
    { name: 'report.pdf', bytes: report },
    '/work/2026\nThe yearly report #tax',
  );
  expect(saved.text).toContain('Saved');
  expect(saved.card.file).toMatchObject({
    name: 'report.pdf',
    folder: '/work/2026',
    tags: ['tax'],
    description: 'The yearly report #tax',
  });
  expect(saved.labels).toEqual(
    expect.arrayContaining(['Get', 'Share', 'Link', 'Rename', 'Move', 'Delete', 'Remove from chat']),
  );

  expect((await alice.says('/list')).text).toMatch(
    /Your files\n1\. report\.pdf \| 10 bytes · \/work\/2026 · #tax/,
  );
  expect((await alice.says('/find yearly')).text).toContain('report.pdf');

  const invited = await alice.says('/invite');
  const code = /join (\S+)/.exec(invited.text)?.[1] ?? '';
  expect((await bob.says(`/join ${code} bob`)).text).toContain('Welcome, @bob');
  expect((await bob.says('/list')).text).toContain('empty');
  expect((await bob.says('report')).text).toContain('found no file');

  expect((await alice.says('/share report @bob until friday')).text).toMatch(
    /@bob may view and fetch report\.pdf until .+ at 23:59 UTC/,
  );
  expect((await bob.says('/list shared')).text).toContain('from @alice');
  expect(await contentOf((await bob.says('1')).delivery)).toEqual(report);
  expect((await bob.says('/trash report')).text).toContain('Only its owner');

  const linked = await alice.says('/link report 3 downloads 24h');
  expect(linked.text).toMatch(/https:\/\/coffer\.test\/s\/\S+/);
  expect(linked.text).toContain('good for 3 downloads');
  expect((await alice.says('/links')).text).toContain('Link to report.pdf | until tomorrow');
  expect((await linked.press('Revoke')).text).toContain('revoked');
  expect((await alice.says('/links')).text).toContain('no open links');

  const trashed = await alice.says('/trash report');
  expect(trashed.text).toContain('in the trash');
  expect((await bob.says('/list shared')).text).toContain('Nobody shares');
  expect((await alice.says('/restore report')).text).toContain('It is back');
  expect((await bob.says('/get report')).delivery.file.name).toBe('report.pdf');

  const told = (await alice.says('/activity')).text;
  expect(told).toMatch(/Today\n/);
  expect(told).toContain('You shared report.pdf with @bob');
  expect(told).toContain('@bob fetched report.pdf');
  expect(told).toContain('@bob tried to move report.pdf to the trash, and was refused');

  await alice.says('/trash report');
  const emptied = await (await alice.says('/trash')).press('Empty the trash');
  expect(emptied.text).toContain('Delete 1 file in the trash for ever?');
  expect((await emptied.press('Delete for ever')).text).toContain('1 file deleted');
  expect((await alice.says('/list')).text).toContain('empty');
});
