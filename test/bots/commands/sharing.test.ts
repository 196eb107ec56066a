import { describe, expect, it } from 'vitest';
import { linkIdentity } from '../../../src/accounts/identity.ts';
import { listGrants } from '../../../src/sharing/grants.ts';
import { listLinks } from '../../../src/links/list-links.ts';
import type { Notice } from '../../../src/notify/notifier.ts';
import { saveFile } from '../../support/files.ts';
import { openTestLocker } from '../../support/locker.ts';
import { talk } from './talk.ts';

const hour = 3600 * 1000;

/** As Slack has them: one belongs to bob, one to nobody here. */
const mention = (word: string) => /^<@(U\d)>$/.exec(word)?.[1]?.replace(/^/, 'slack:T1:');

async function ground() {
  const t = await openTestLocker();
  const alice = await t.person('alice');
  const bob = await t.person('bob');
  const file = await saveFile(t.locker, alice, 'report.pdf', { folder: '/work' });
  return { t, alice, bob, file };
}

describe('/share', () => {
  it.each([
    ['report @bob', 'viewer', null],
    ['@bob report', 'viewer', null],
    ['report with @bob', 'viewer', null],
    ['report with bob', 'viewer', null],
    ['report @Bob, editor', 'editor', null],
    ['@bob report as editor for 2 hours', 'editor', 2],
    ['report @bob 24h', 'viewer', 24],
    ['editor until 3 days @bob report', 'editor', 72],
    ['"report" @bob can edit', 'editor', null],
    ['report @bob to view for a week', 'viewer', 168],
  ])('%s', async (words, role, hours) => {
    const { t, alice, file } = await ground();
    await using _ = t;
    const said = await talk(t, alice).says(`/share ${words}`);
    expect(said.text).toContain('@bob may');
    const [grant] = await listGrants(t.locker, alice, { kind: 'file', fileId: file.id });
    expect(grant).toMatchObject({ grantee: 'bob', role });
    const expiresAt = grant?.expiresAt ?? null;
    const left = expiresAt === null ? null : expiresAt.getTime() - t.locker.now().getTime();
    expect(left === null ? null : Math.round(left / hour)).toBe(hours);
  });

  it('shares a folder by its path, and lists and ends that', async () => {
    const { t, alice, bob } = await ground();
    await using _ = t;
    const said = await talk(t, alice).says('/share /work/ @bob editor');
    expect(said.text).toContain('@bob may view, fetch and edit /work');
    expect((await talk(t, bob).says('/list @alice')).text).toContain('report.pdf');
    const empty = await talk(t, bob).says('/list');
    expect(empty.text).toContain('Your locker is empty');
    expect((await empty.press('Shared with you')).text).toContain('report.pdf');
    const overview = await talk(t, alice).says('/unshare');
    expect(overview.text).toContain('/work with @bob');
    await overview.press('Stop sharing');
    expect((await talk(t, bob).says('/list shared')).text).toContain('Nobody shares');
  });

  it('asks whom, and takes a bare handle and a time for an answer', async () => {
    const { t, alice, file } = await ground();
    await using _ = t;
    const me = talk(t, alice);
    expect((await me.says('/share report')).text).toContain('Whom should I share report.pdf with?');
    expect((await me.says('bob for 2 days')).text).toContain('@bob may view and fetch report.pdf until');
    expect(await listGrants(t.locker, alice, { kind: 'file', fileId: file.id })).toHaveLength(1);
  });

  it('knows whom a mention of the chat stands for', async () => {
    const { t, alice, bob } = await ground();
    await using _ = t;
    const account = await t.locker.collections.accounts.findOne({ _id: bob.account });
    if (account === null) throw new Error('bob is there');
    await linkIdentity(t.locker, t.locker.accountKeys.open(account), { id: 'slack:T1:U2' }, null);
    expect((await talk(t, alice).says('/share report <@U2>', { mention })).text).toContain('@bob may');
    expect((await talk(t, alice).says('/share report <@U3>', { mention })).text).toContain(
      'has no account here',
    );
  });

  it.each([
    ['report @nobody', /Nobody here has this handle/],
    ['report @alice', /yours already/],
    [
      'report @bob until fryday',
      /I do not understand the time "fryday"[\s\S]*For example: \/share report @alice/,
    ],
    ['report @bob until yesterday', /passed already/],
    ['report @bob @alice', /one person at a time/],
    ['nothing @bob', /found no file that matches nothing/],
  ])('%s is answered with the way out', async (words, expected) => {
    const { t, alice } = await ground();
    await using _ = t;
    expect((await talk(t, alice).says(`/share ${words}`)).text).toMatch(expected);
  });

  it('tells the other person with the card of the file, and nothing once it is taken back', async () => {
    const { t, alice, bob } = await ground();
    await using _ = t;
    const told: Notice[] = [];
    t.locker.notifiers.add({
      deliver: async (account, notice) => {
        if (account === bob.account) told.push(notice);
        return true;
      },
    });
    const said = await talk(t, alice).says('/share report @bob');
    await expect.poll(() => told.length).toBe(1);
    const [notice] = told;
    if (notice === undefined) throw new Error('a notice');
    const heard = await talk(t, bob).hears(notice);
    expect(heard.text).toContain('@alice shared this with you');
    expect(heard.card.file.name).toBe('report.pdf');
    expect(heard.labels).not.toContain('Share');
    expect((await heard.press('Get')).delivery.file.name).toBe('report.pdf');
    await said.press('Stop sharing');
    expect((await talk(t, bob).hears(notice)).replies).toEqual([]);
  });
});

describe('/unshare', () => {
  it('shows whom it is shared with, and stops by button and by name', async () => {
    const { t, alice } = await ground();
    await using _ = t;
    await t.person('carol');
    const me = talk(t, alice);
    await me.says('/share report @bob');
    await me.says('/share report @carol editor');
    const shown = await me.says('/unshare report');
    expect(shown.text).toMatch(/@bob \| may view and fetch\n- @carol \| may view, fetch and edit/);
    expect((await shown.press('Stop sharing', 1)).text).toContain('@carol no longer has report.pdf');
    expect((await me.says('/unshare @bob report')).text).toContain('@bob no longer has');
    expect((await me.says('/unshare report')).text).toContain('shared with nobody');
    expect((await me.says('/unshare report @bob')).text).toContain('not shared with anyone of this handle');
  });
});

describe('/link', () => {
  it.each([
    ['report', null, null, false],
    ['report 3 downloads 24h', 3, 24, false],
    ['24h once report', 1, 24, false],
    ['report password hunter2 2 days', null, 48, true],
    ['report until 5 days 1 download password "two words"', 1, 120, true],
    ['report three times five days', 3, 120, false],
    ['3x report', 3, null, false],
    ['twice report', 2, null, false],
    ['report once for ever', 1, null, false],
  ])('%s', async (words, limit, hours, hasPassword) => {
    const { t, alice } = await ground();
    await using _ = t;
    const said = await talk(t, alice).says(`/link ${words}`);
    expect(said.text).toContain('https://coffer.test/s/');
    const [link] = await listLinks(t.locker, alice);
    expect(link).toMatchObject({ limit, hasPassword });
    expect(
      link?.expiresAt === null
        ? null
        : Math.round(((link?.expiresAt.getTime() ?? 0) - t.locker.now().getTime()) / hour),
    ).toBe(hours);
  });

  it('takes a day at the end for the end, and a day alone for a name', async () => {
    const { t, alice } = await ground();
    await using _ = t;
    await saveFile(t.locker, alice, 'friday.txt');
    expect((await talk(t, alice).says('/link report tomorrow')).text).toContain('until tomorrow at 23:59');
    expect((await talk(t, alice).says('/link friday')).text).toContain('can fetch friday.txt, until you');
  });

  it('says how it is written when words are left that name no file', async () => {
    const { t, alice } = await ground();
    await using _ = t;
    const me = talk(t, alice);
    for (const words of ['/link report soonish', '/share report @bob soonish'])
      expect((await me.says(words)).text).toMatch(
        /matches report soonish[^]*For example: \/(link|share) report/,
      );
    expect((await me.says('/get report for soonish')).text).toMatch(/"soonish"[^]*For example: \/get/);
    expect((await me.says('/link nothing')).text).not.toContain('For example');
  });

  it('tells apart several links to one file, in the list and on the buttons', async () => {
    const { t, alice } = await ground();
    await using _ = t;
    const me = talk(t, alice);
    await me.says('/link report once');
    await me.says('/link report 24h');
    const { replies } = await me.says('/links');
    expect(replies).toMatchObject([
      { entries: [{ text: ['1. ', 'Link to ', {}] }, { text: ['2. ', 'Link to ', {}] }] },
    ]);
  });

  it('deletes the message that held the password where it can, and warns where it cannot', async () => {
    const { t, alice } = await ground();
    await using _ = t;
    const removed = await talk(t, alice).says('/link report password hunter2');
    expect(removed.text).toContain('I delete that message');
    expect(removed.replies.at(-1)).toMatchObject({ kind: 'removal', messages: [expect.any(String)] });
    const warned = await talk(t, alice, { deletesMessages: false }).says('/link report password hunter2');
    expect(warned.text).toContain('stays in the history of this chat');
    expect(warned.replies.map(({ kind }) => kind)).not.toContain('removal');
    expect(removed.text + warned.text).not.toContain('hunter2');
  });

  it('asks for a password that is not typed with the command, as a secret', async () => {
    const { t, alice } = await ground();
    await using _ = t;
    const me = talk(t, alice);
    const asked = await me.says('/link report password');
    expect(asked.replies).toMatchObject([{ kind: 'prompt', secret: true }]);
    expect((await me.says('three little words 24h')).text).toContain('with the password');
    expect(await listLinks(t.locker, alice)).toMatchObject([{ hasPassword: true, expiresAt: null }]);
  });

  it('warns of a password that was typed before a choice by button, and deletes nothing else', async () => {
    const { t, alice } = await ground();
    await using _ = t;
    await saveFile(t.locker, alice, 'report 2.pdf');
    const chosen = await (await talk(t, alice).says('/link report password hunter2')).press('Choose');
    expect(chosen.text).toContain('stays in the history of this chat');
    expect(chosen.replies.map(({ kind }) => kind)).toEqual(['note']);
    expect((await talk(t, alice).says(`/link "report.pdf" password ${'x'.repeat(2000)}`)).text).toMatch(
      /at most \d+ characters/,
    );
  });

  it('offers how long by button, and the link by the button is revoked by the list', async () => {
    const { t, alice, file } = await ground();
    await using _ = t;
    const me = talk(t, alice);
    const options = await (await me.says(`/show ${file.id}`)).press('Link');
    expect(options.text).toContain('For how long?');
    expect((await options.press('One download')).text).toContain('good for 1 download');
    const list = await me.says('/links');
    expect(list.text).toContain('used 0 of 1');
    expect((await list.press('Revoke')).text).toContain('no open links');
  });

  it('takes words for the name of a file where no other word names one', async () => {
    const { t, alice } = await ground();
    await using _ = t;
    await saveFile(t.locker, alice, 'password list.txt');
    await saveFile(t.locker, alice, 'edit plan.txt');
    expect((await talk(t, alice).says('/link password list')).text).toMatch(
      /fetch password list\.txt, until you revoke/,
    );
    expect((await talk(t, alice).says('/share edit plan @bob')).text).toContain(
      '@bob may view and fetch edit plan.txt',
    );
  });

  it('makes none for a file of someone else', async () => {
    const { t, alice, bob } = await ground();
    await using _ = t;
    await talk(t, alice).says('/share report @bob editor');
    expect((await talk(t, bob).says('/link report')).text).toContain('Only its owner');
    expect(await listLinks(t.locker, alice)).toEqual([]);
  });
});
