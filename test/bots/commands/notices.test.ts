import { describe, expect, it } from 'vitest';
import { restrictFile } from '../../../src/admin/restrict-file.ts';
import type { Actor } from '../../../src/accounts/actor.ts';
import { startSession } from '../../../src/accounts/sessions.ts';
import type { Notice } from '../../../src/notify/notifier.ts';
import { accountOf, saveFile } from '../../support/files.ts';
import { openTestLocker, type TestLocker } from '../../support/locker.ts';
import { contentOf, talk } from './talk.ts';

/** Collects what an account is told. */
function listen(t: TestLocker, who: Actor): Notice[] {
  const told: Notice[] = [];
  t.locker.notifiers.add({
    deliver: async (account, notice) => {
      if (account === who.account) told.push(notice);
      return true;
    },
  });
  return told;
}

async function next(told: readonly Notice[], kind: Notice['kind']): Promise<Notice> {
  await expect.poll(() => told.some((notice) => notice.kind === kind)).toBe(true);
  const found = told.find((notice) => notice.kind === kind);
  if (found === undefined) throw new Error(kind);
  return found;
}

describe('a notice', () => {
  it('of a sign-in ends it by button', async () => {
    await using t = await openTestLocker();
    const alice = await t.person('alice');
    const told = listen(t, alice);
    const guest = { door: 'api', client: 'Unknown phone', address: '203.0.113.9' } as const;
    await startSession(t.locker, guest, await accountOf(t.locker, alice));
    const heard = await talk(t, alice).hears(await next(told, 'sign-in'));
    expect(heard.text).toMatch(/Unknown phone signed in to your account by the API from 203\.0\.113\.9/);
    expect((await heard.press('End')).text).toContain('signed out at once');
    expect((await talk(t, alice).says('/sessions')).text).toBe('No app is signed in.');
  });

  it('of a chat that was linked unlinks it by button', async () => {
    await using t = await openTestLocker();
    const alice = await t.person('alice');
    const told = listen(t, alice);
    const code = /connect (\S+)/.exec((await talk(t, alice).says('/connect')).text)?.[1] ?? '';
    const other = talk(t, {});
    await other.says(`/connect ${code}`);
    const heard = await talk(t, alice).hears(await next(told, 'identity-linked'));
    expect(heard.text).toContain('Telegram was linked to your account');
    await heard.press('Unlink');
    expect((await other.says('/usage')).text).toContain('private file locker');
  });

  it('of a folder leads to what is in it', async () => {
    await using t = await openTestLocker();
    const [alice, bob] = [await t.person('alice'), await t.person('bob')];
    const told = listen(t, bob);
    await saveFile(t.locker, alice, 'report.pdf', { folder: '/work' });
    await talk(t, alice).says('/share /work @bob');
    const heard = await talk(t, bob).hears(await next(told, 'shared'));
    expect(heard.text).toContain('@alice shared a folder with you');
    expect((await heard.press('Open')).text).toContain('report.pdf');
  });

  it('of a restriction names the file and the reason, and its card keeps only what is allowed', async () => {
    await using t = await openTestLocker();
    const owner = await t.person('owner', 'owner');
    const alice = await t.person('alice');
    const told = listen(t, alice);
    const { id } = await saveFile(t.locker, alice, 'report.pdf');
    await restrictFile(t.locker, owner, id, { reason: 'A complaint came in.' });
    const heard = await talk(t, alice).hears(await next(told, 'file-restricted'));
    expect(heard.text).toContain('An administrator restricted report.pdf: A complaint came in.');
    expect((await talk(t, alice).says(`/show ${id}`)).labels).toEqual(['Delete']);
    expect((await talk(t, alice).says('/get report')).text).toContain('A complaint came in.');
  });

  it('of a used refresh token says what happened, and where to look', async () => {
    await using t = await openTestLocker();
    const alice = talk(t, await t.person('alice'));
    const heard = await alice.hears({ kind: 'session-revoked', session: 's', at: t.locker.now() });
    expect(heard.text).toContain('used from two places');
    expect((await heard.press('Where am I signed in?')).text).toBe('No app is signed in.');
  });
});

describe('access', () => {
  it.each([
    ['For a day', /view and fetch it for a day/],
    ['Always', /until you stop sharing/],
    ['Once', /may fetch it once/],
  ])('is asked for by id and given by button: %s', async (label, expected) => {
    await using t = await openTestLocker();
    const [alice, bob] = [await t.person('alice'), await t.person('bob')];
    const [toldAlice, toldBob] = [listen(t, alice), listen(t, bob)];
    const { id } = await saveFile(t.locker, alice, 'report.pdf');
    expect((await talk(t, alice).says('/settings requests on')).text).toContain('can ask you for access');
    await (await talk(t, bob).says(id)).press('Ask for access');
    const asked = await talk(t, alice).hears(await next(toldAlice, 'access-requested'));
    expect(asked.text).toContain('@bob asks for access to report.pdf');
    expect((await asked.press(label)).text).toMatch(expected);
    const answered = await talk(t, bob).hears(await next(toldBob, 'access-answered'));
    expect(answered.text).toContain('@alice lets you have this');
    expect((await answered.press('Get')).delivery.file.id).toBe(id);
  });

  it('is denied without a word to whoever asked', async () => {
    await using t = await openTestLocker();
    const [alice, bob] = [await t.person('alice'), await t.person('bob')];
    const [toldAlice, toldBob] = [listen(t, alice), listen(t, bob)];
    const { id } = await saveFile(t.locker, alice, 'report.pdf');
    await talk(t, alice).says('/settings requests on');
    await talk(t, bob).says(`/request ${id}`);
    const asked = await talk(t, alice).hears(await next(toldAlice, 'access-requested'));
    expect((await asked.press('Deny')).text).toContain('not told');
    expect((await talk(t, bob).says(`/get ${id}`)).text).toContain('There is no file');
    expect(toldBob).toEqual([]);
  });

  it('tells the owner when a person shared with opens the file for the first time', async () => {
    await using t = await openTestLocker();
    const [alice, bob] = [await t.person('alice'), await t.person('bob')];
    const told = listen(t, alice);
    await saveFile(t.locker, alice, 'report.pdf');
    await talk(t, alice).says('/share report @bob');
    const { delivery } = await talk(t, bob).says('/get report');
    await contentOf(delivery);
    const heard = await talk(t, alice).hears(await next(told, 'first-opened'));
    expect(heard.text).toContain('@bob opened report.pdf for the first time');
  });
});
