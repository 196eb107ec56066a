import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { SlackUser } from '../../support/slack-api/user.ts';
import { openTestSlack } from './support.ts';
import type { SlackMessage } from '../../support/slack-api/message.ts';

const isCardOf = (name: string) => (message: SlackMessage) =>
  message.shown.includes(name) && message.labels.includes('Get');
const hasFile = ({ files }: SlackMessage) => files.length > 0;

describe('the Slack app', () => {
  it('saves the files of a direct message, and brings them back as the same bytes', async () => {
    await using b = await openTestSlack();
    const alice = await b.owner();
    const bytes = randomBytes(700_000);
    const card = await alice.asks('/invoices #tax the first one', isCardOf('march.pdf'), [
      { name: 'march.pdf', bytes, mimetype: 'application/pdf' },
    ]);
    expect(card.shown).toContain('/invoices');
    expect(card.shown).toContain('#tax');
    expect(card.onlyFor).toBeUndefined();
    const after = b.slack.now;
    await alice.presses(card, 'Get');
    const { files } = await alice.hears(hasFile, 'the file', after);
    expect(files.map(({ name, size }) => [name, size])).toEqual([['march.pdf', bytes.length]]);
    expect(files[0]?.bytes?.equals(bytes)).toBe(true);
    expect(b.slack.refused).toEqual([]);
  });

  it('answers commands where they were typed, for that person only, and sends files to the direct message', async () => {
    await using b = await openTestSlack();
    const alice = await b.owner();
    const channel = b.slack.channel('C1', alice.id);
    await alice.asks('', isCardOf('plan.txt'), [{ name: 'plan.txt', bytes: Buffer.from('the plan') }]);
    const list = await alice.commands('/coffer list', ({ shown }) => shown.includes('plan.txt'), channel);
    expect([list.channel, list.onlyFor]).toEqual([channel, alice.id]);
    const after = b.slack.now;
    await alice.command('/coffer get plan', channel);
    const { channel: where } = await alice.hears(hasFile, 'the file', after);
    expect(where).toBe(alice.direct);
    await alice.hears(({ onlyFor, channel: at }) => onlyFor === alice.id && at === channel, 'a word', after);
    expect(b.slack.messages.filter((one) => one.channel === channel && one.onlyFor === undefined)).toEqual(
      [],
    );
  });

  it('turns pages in place, in the direct message and in an answer that only one person sees', async () => {
    await using b = await openTestSlack();
    const alice = await b.owner();
    await alice.says(
      '',
      Array.from({ length: 23 }, (_, n) => ({ name: `file ${n}.txt`, bytes: Buffer.from(`${n}`) })),
    );
    await b.idle();
    for (const first of [await alice.asks('list'), await alice.commands('/coffer list')]) {
      const { shown, edits } = first;
      expect(first.labels).not.toContain('Previous');
      const count = alice.sees.length;
      await alice.presses(first, 'Next');
      await alice.until(() => first.edits > edits, 'the next page');
      expect(first.shown).not.toBe(shown);
      await alice.presses(first, 'Previous');
      await alice.until(() => first.shown === shown, 'the page before');
      expect(alice.sees.length).toBe(count);
    }
    expect(b.slack.refused).toEqual([]);
  });

  it('asks for what it lacks, and takes the answer from the field and from the next message', async () => {
    await using b = await openTestSlack();
    const alice = await b.owner();
    const card = await alice.asks('', isCardOf('draft.txt'), [
      { name: 'draft.txt', bytes: Buffer.from('x') },
    ]);
    let after = b.slack.now;
    await alice.presses(card, 'Rename');
    const question = await alice.hears(({ controls }) => controls.some(isField), 'the question', after);
    await alice.types(question, 'final.txt');
    await alice.until(() => question.shown.includes('final.txt') && question.edits > 0, 'the new name');
    after = b.slack.now;
    await alice.presses(card, 'Rename');
    await alice.hears(({ controls }) => controls.some(isField), 'the question', after);
    // What is asked is noted after it is shown.
    await b.idle();
    await alice.asks('last & best.txt', ({ shown }) => shown.includes('last & best.txt'));
    await b.idle();
    expect(await b.files(alice)).toEqual(['last & best.txt']);
  });

  it.each<[string, (alice: SlackUser, card: SlackMessage) => Promise<unknown>]>([
    ['a press', (alice, card) => alice.presses(card, 'Get')],
    ['a command', (alice) => alice.command('/coffer usage')],
    ['a command without its slash', (alice) => alice.says('usage')],
    ['a file', (alice) => alice.says('', [{ name: 'other.txt', bytes: Buffer.from('x') }])],
  ])('takes no words for an answer that come after %s', async (_what, instead) => {
    await using b = await openTestSlack();
    const alice = await b.owner();
    const card = await alice.asks('', isCardOf('draft.txt'), [
      { name: 'draft.txt', bytes: Buffer.from('x') },
    ]);
    const after = b.slack.now;
    await alice.presses(card, 'Rename');
    await alice.hears(({ controls }) => controls.some(isField), 'the question', after);
    await b.idle();
    await instead(alice, card);
    await b.idle();
    await alice.asks('final');
    await b.idle();
    expect(await b.files(alice)).toContain('draft.txt');
  });

  it('saves the files of any message with its shortcut, and not the words of somebody else', async () => {
    await using b = await openTestSlack();
    const alice = await b.owner();
    const bob = b.slack.user('U77', 'bob');
    const channel = b.slack.channel('C1', alice.id, bob.id);
    const file = b.slack.host.store(bob.id, { name: 'minutes.txt', bytes: Buffer.from('said') });
    const message = b.slack.add({ channel, author: bob.id }, '/bobs-folder #bobs', [], [file]);
    const after = b.slack.now;
    await alice.savesMessage(message);
    const card = await alice.hears(isCardOf('minutes.txt'), 'the card', after);
    expect([card.channel, card.onlyFor]).toEqual([channel, alice.id]);
    expect(card.shown).not.toMatch(/bobs/);
    expect(await b.files(alice)).toEqual(['minutes.txt']);
  });

  it('makes a new version of the file in whose thread another one is sent', async () => {
    await using b = await openTestSlack();
    const alice = await b.owner();
    const card = await alice.asks('', isCardOf('notes.txt'), [
      { name: 'notes.txt', bytes: Buffer.from('1') },
    ]);
    const after = b.slack.now;
    await alice.says('', [{ name: 'other name.txt', bytes: Buffer.from('22') }], { threadTs: card.ts });
    const answer = await alice.hears(({ shown }) => shown.includes('version 2'), 'the version', after);
    expect(answer.threadTs).toBe(card.ts);
    expect(await b.files(alice)).toEqual(['notes.txt']);
  });

  it('shares with a mention, tells the other one, and takes it back', async () => {
    await using b = await openTestSlack();
    const alice = await b.owner();
    const bob = await b.member('bob');
    await alice.asks('', isCardOf('report.pdf'), [{ name: 'report.pdf', bytes: Buffer.from('42') }]);
    const after = b.slack.now;
    await alice.commands('/coffer share report @bob', ({ shown }) => shown.includes('@bob may view'));
    const card = await bob.hears(isCardOf('report.pdf'), 'the notice', after);
    expect(card.channel).toBe(bob.direct);
    await bob.presses(card, 'Get');
    const { files } = await bob.hears(hasFile);
    expect(files[0]?.bytes?.toString()).toBe('42');
    await alice.commands('/coffer unshare report @bob', ({ shown }) => shown.includes('@bob no longer'));
    const again = b.slack.now;
    await bob.presses(card, 'Get');
    const refusal = await bob.hears(({ shown }) => shown !== '', 'the refusal', again);
    expect(refusal.files).toEqual([]);
    expect(refusal.shown).not.toContain('report.pdf');
  });

  it('names someone who has no account, and notifies nobody', async () => {
    await using b = await openTestSlack();
    const alice = await b.owner();
    b.slack.user('U9', 'carol');
    await alice.asks('', isCardOf('a.txt'), [{ name: 'a.txt', bytes: Buffer.from('x') }]);
    const { shown, mentions } = await alice.commands('/coffer share a @carol');
    expect(shown).toContain('@carol');
    expect(mentions).toEqual([]);
  });

  it('refuses a press of somebody else without a word, and says that an unknown button is too old', async () => {
    await using b = await openTestSlack();
    const alice = await b.owner();
    const bob = await b.member('bob');
    const card = await alice.asks('', isCardOf('a.txt'), [{ name: 'a.txt', bytes: Buffer.from('x') }]);
    const own = await bob.asks('settings', ({ labels }) => labels.length > 0);
    const [get] = card.controls.filter(({ label }) => label === 'Get');
    if (get === undefined) throw new Error('no button');
    const count = bob.sees.length;
    await bob.pressesControl(own, get);
    await b.idle();
    expect(bob.sees.length).toBe(count);
    const after = b.slack.now;
    await bob.pressesControl(own, { ...get, value: 'AAAAAAAAAAAAAAAA.0' });
    expect((await bob.hears(() => true, 'a word', after)).shown).toContain('too old');
    await bob.pressesControl(own, { ...get, value: '{"$gt":""}' });
    await b.idle();
    expect(bob.sees.flatMap(({ files }) => files)).toEqual([]);
    expect(alice.sees.flatMap(({ files }) => files)).toEqual([]);
  });

  it('shows names as they are, and notifies nobody', async () => {
    await using b = await openTestSlack();
    const alice = await b.owner();
    const names = [
      '<!channel> <@U1>.txt',
      '&lt;b&gt; &amp;.txt',
      '`code` *bold* _it_ ~no~.txt',
      ':tada: 🎉 👩‍👩‍👧.png',
      '@here @olivia #general.txt',
      '[a](http:b).txt',
      '日本語 ünï.txt',
    ];
    for (const [index, name] of names.entries()) {
      const bytes = Buffer.from(`content ${index}`);
      const card = await alice.asks('', ({ labels }) => labels.includes('Get'), [{ name, bytes }]);
      expect(card.shown).toContain(name);
      const after = b.slack.now;
      await alice.presses(card, 'Get');
      const { files } = await alice.hears(hasFile, name, after);
      expect(files.map((file) => [file.name, file.bytes?.toString()])).toEqual([[name, `content ${index}`]]);
    }
    const { shown } = await alice.commands('/coffer list');
    for (const name of names) expect(shown).toContain(name);
    expect(alice.sees.flatMap(({ mentions }) => mentions)).toEqual([]);
    expect(b.slack.refused).toEqual([]);
  });

  it('takes the place of nothing that an override of direction would hide', async () => {
    await using b = await openTestSlack();
    const alice = await b.owner();
    const card = await alice.asks('', ({ labels }) => labels.includes('Get'), [
      { name: 'invoice\u202Efdp.exe', bytes: Buffer.from('x') },
    ]);
    expect(card.shown).not.toContain('\u202e');
  });
});

const isField = ({ type }: { readonly type: string }) => type === 'plain_text_input';
