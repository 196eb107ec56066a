import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { SlackMessage } from '../../support/slack-api/message.ts';
import { openTestSlack } from './support.ts';

const isCardOf = (name: string) => (message: SlackMessage) =>
  message.shown.includes(name) && message.labels.includes('Get');
const hasFile = ({ files }: SlackMessage) => files.length > 0;
const file = (name: string) => ({ name, bytes: Buffer.from(name) });

describe('the form that uploads', () => {
  it.each([
    ['the command', (alice: { command(line: string): Promise<void> }) => alice.command('/coffer upload')],
    ['the shortcut', (alice: { shortcut(id: string): Promise<void> }) => alice.shortcut('coffer-upload')],
  ])('opens with %s, and saves a file with its name, folder and tags', async (_title, open) => {
    await using b = await openTestSlack();
    const alice = await b.owner();
    await open(alice);
    await alice.until(() => alice.form, 'the form');
    const after = b.slack.now;
    const wrong = await alice.submits({
      Files: [{ name: 'scan0001.pdf', bytes: Buffer.from('scan') }],
      Name: 'Contract',
      Folder: 'work/2026',
      Tags: 'legal, #signed',
    });
    expect(wrong).toEqual({});
    const { shown } = await alice.hears(isCardOf('Contract.pdf'), 'the card', after);
    for (const part of ['/work/2026', '#legal', '#signed']) expect(shown).toContain(part);
    expect(b.slack.refused).toEqual([]);
  });

  it('says at the field what is wrong, and stays open', async () => {
    await using b = await openTestSlack();
    const alice = await b.owner();
    await alice.command('/coffer upload');
    await alice.until(() => alice.form, 'the form');
    expect(Object.keys(await alice.submits({}))).toEqual(['Files']);
    const two = [file('a.txt'), file('b.txt')];
    expect(Object.keys(await alice.submits({ Files: two, Name: 'one name' }))).toEqual(['Name']);
    const large = [{ name: 'film.mov', size: 30_000_000 }];
    expect(Object.keys(await alice.submits({ Files: large }))).toEqual(['Files']);
    expect(alice.form).toBeDefined();
    await b.idle();
    expect(await b.files(alice)).toEqual([]);
  });

  it('gives a link for one upload of any size, and goes on when it has arrived', async () => {
    await using b = await openTestSlack();
    const alice = await b.owner();
    await alice.command('/coffer upload');
    await alice.until(() => alice.form, 'the form');
    expect(await alice.submits({ 'Something larger?': true, Name: 'film.mov' })).toEqual({});
    const { shown } = await alice.hears((message) => message.shown.includes('/u/'));
    const [link = ''] = /http:\S+\/u\/[A-Za-z0-9_-]+/.exec(shown) ?? [];
    const content = randomBytes(11_000_000);
    const sent = await fetch(`${link}?name=ignored.mov`, {
      method: 'POST',
      headers: { 'content-type': 'application/octet-stream' },
      body: content,
    });
    expect(sent.status).toBe(201);
    await alice.hears(isCardOf('film.mov'), 'the card of what has arrived');
    expect(await b.files(alice)).toEqual(['film.mov']);
  });

  it('lets what comes by a link keep its own name, if none was wished for', async () => {
    await using b = await openTestSlack();
    const alice = await b.owner();
    await alice.command('/coffer upload');
    await alice.until(() => alice.form, 'the form');
    await alice.submits({ Files: [file('beside.txt')], 'Something larger?': true, Folder: '/films' });
    await alice.hears(isCardOf('beside.txt'));
    const fromForm = await alice.hears((message) => message.shown.includes('/u/'));
    const fromWords = await alice.asks('upload', ({ shown }) => shown.includes('/u/'));
    for (const [message, name] of [
      [fromForm, 'one.mov'],
      [fromWords, 'two.mov'],
    ] as const) {
      const [link = ''] = /http:\S+\/u\/[A-Za-z0-9_-]+/.exec(message.shown) ?? [];
      const { status } = await fetch(`${link}?name=${name}`, { method: 'POST', body: Buffer.from('film') });
      expect(status).toBe(201);
      await alice.hears(isCardOf(name));
    }
    expect(await b.files(alice)).toEqual(['beside.txt', 'one.mov', 'two.mov']);
  });

  it('does not open for strangers and guests, who hear why', async () => {
    await using b = await openTestSlack();
    await b.owner();
    const mallory = b.slack.user('U66', 'mallory');
    const guest = b.slack.user('U67', 'guest', { is_restricted: true });
    for (const one of [mallory, guest]) {
      const { shown } = await one.commands('/coffer upload');
      expect(shown.length).toBeGreaterThan(20);
      expect(one.form).toBeUndefined();
    }
  });

  it('is not opened by Slack, and the person hears so', async () => {
    await using b = await openTestSlack();
    const alice = await b.owner();
    b.slack.fail('views.open', { error: 'expired_trigger_id' });
    const { shown } = await alice.commands('/coffer upload');
    expect(shown).toContain('form');
    expect(alice.form).toBeUndefined();
  });
});

describe('the form that shares', () => {
  it('offers files for what is typed, and shares with whom is picked', async () => {
    await using b = await openTestSlack();
    const alice = await b.owner();
    const bob = await b.member('bob');
    for (const name of ['alpha.txt', 'beta.txt']) await alice.asks('', isCardOf(name), [file(name)]);
    await alice.command('/coffer share');
    await alice.until(() => alice.form, 'the form');
    expect(await alice.suggestions('File', '')).toHaveLength(2);
    const [option, ...more] = await alice.suggestions('File', 'alph');
    expect([option?.['text'].text, more.length]).toEqual(['alpha.txt', 0]);
    const after = b.slack.now;
    expect(await alice.submits({ File: option, With: bob.id, They: 'May also edit' })).toEqual({});
    await bob.hears(isCardOf('alpha.txt'), 'the notice', after);
    await alice.hears(({ shown }) => shown.includes('@bob'), 'the word', after);
    expect(bob.sees.some(({ shown }) => shown.includes('beta'))).toBe(false);
  });

  it('opens from the button of a card, knows the file, and ends in a time', async () => {
    await using b = await openTestSlack();
    const alice = await b.owner();
    const bob = await b.member('bob');
    const card = await alice.asks('', isCardOf('alpha.txt'), [file('alpha.txt')]);
    await alice.presses(card, 'Share');
    await alice.until(() => alice.form, 'the form');
    const past = Math.floor(Date.now() / 1000) - 60;
    expect(Object.keys(await alice.submits({ With: bob.id, Until: past }))).toEqual(['Until']);
    const after = b.slack.now;
    expect(await alice.submits({ With: bob.id, Until: past + 3660 })).toEqual({});
    await bob.hears(isCardOf('alpha.txt'), 'the notice', after);
    b.t.advance(2 * 3600_000);
    expect(await b.files(bob)).toEqual([]);
  });

  it('asks in words if Slack does not open it', async () => {
    await using b = await openTestSlack();
    const alice = await b.owner();
    const bob = await b.member('bob');
    const card = await alice.asks('', isCardOf('alpha.txt'), [file('alpha.txt')]);
    b.slack.fail('views.open', { error: 'expired_trigger_id' });
    const after = b.slack.now;
    await alice.presses(card, 'Share');
    await alice.hears(
      ({ controls }) => controls.some(({ type }) => type === 'plain_text_input'),
      'the question',
      after,
    );
    await b.idle();
    await alice.says('@bob');
    await bob.hears(isCardOf('alpha.txt'), 'the notice', after);
    expect(alice.form).toBeUndefined();
  });

  it('offers nothing to strangers, and nothing of other people', async () => {
    await using b = await openTestSlack();
    const alice = await b.owner();
    const bob = await b.member('bob');
    await alice.asks('', isCardOf('alpha.txt'), [file('alpha.txt')]);
    await bob.command('/coffer share');
    await bob.until(() => bob.form, 'the form');
    expect(await bob.suggestions('File', '')).toEqual([]);
    const ids = await b.t.locker.collections.files.distinct('_id');
    const after = b.slack.now;
    expect(await bob.submits({ File: { value: String(ids[0]) }, With: bob.id })).toEqual({});
    const { shown } = await bob.hears(() => true, 'a refusal', after);
    expect(shown).not.toContain('alpha');
  });
});

describe('the App Home', () => {
  it('shows usage, files, what is shared, links, activity and settings, with what can be done', async () => {
    await using b = await openTestSlack();
    const alice = await b.owner();
    const bob = await b.member('bob');
    await alice.asks('', isCardOf('mine.txt'), [file('mine.txt')]);
    await bob.asks('', isCardOf('theirs.txt'), [file('theirs.txt')]);
    await bob.commands('/coffer share theirs @olivia', ({ shown }) => shown.includes('@olivia'));
    await alice.commands('/coffer link mine', ({ shown }) => shown.includes('/s/'));
    await b.idle();
    await alice.opensHome();
    const { text, controls } = await alice.until(() => alice.home, 'the home');
    for (const part of ['Your locker', 'mine.txt', 'theirs.txt', 'Open links', 'Activity', 'Settings'])
      expect(text).toContain(part);
    expect(text.match(/Activity/g)).toHaveLength(1);
    expect(controls.map(({ label }) => label)).toEqual(expect.arrayContaining(['Get', 'Revoke']));
    await alice.presses('home', 'Save a file');
    await alice.until(() => alice.form, 'the form');
    const after = b.slack.now;
    await alice.presses('home', 'Get');
    await alice.hears(hasFile, 'the file', after);
    await alice.presses('home', 'Revoke');
    await alice.until(
      () => alice.home?.controls.every(({ label }) => label !== 'Revoke'),
      'the home without it',
    );
    expect(b.slack.refused).toEqual([]);
  });

  it('has to wait alone if Slack does not take it: what was pressed there is done, and done once', async () => {
    await using b = await openTestSlack();
    const alice = await b.owner();
    await alice.asks('', isCardOf('mine.txt'), [file('mine.txt')]);
    await alice.opensHome();
    await alice.until(() => alice.home, 'the home');
    await b.idle();
    const published = () => b.slack.calls.filter(({ method }) => method === 'views.publish').length;
    const count = published();
    b.slack.fail('views.publish', { status: 503 }, { status: 503 }, { status: 503 });
    await alice.presses('home', 'Get');
    await alice.until(() => published() === count + 3, 'the attempts');
    await b.idle();
    const lanes = await b.t.locker.collections.inbox.distinct('lane', { state: 'open' });
    expect(lanes).toEqual([expect.stringContaining(':home:')]);
    b.t.advance(25_000);
    await alice.until(() => published() > count + 3, 'the home');
    await b.idle();
    expect(alice.sees.filter(hasFile)).toHaveLength(1);
  });

  it('is published anew after a change, and not if nothing changed', async () => {
    // By Socket Mode, where no signature is stale when the clock jumps.
    await using b = await openTestSlack('socket');
    const alice = await b.owner();
    await alice.opensHome();
    await alice.until(() => alice.home, 'the home');
    await alice.asks('', isCardOf('new.txt'), [file('new.txt')]);
    await b.idle();
    // What is said to be an hour old is so for the next minutes.
    b.t.advance(3600_000);
    await alice.until(() => alice.home?.text.includes('new.txt'), 'the new file');
    await b.idle();
    const published = () => b.slack.calls.filter(({ method }) => method === 'views.publish').length;
    const count = published();
    b.t.advance(60_000);
    await alice.opensHome();
    await b.idle();
    expect(published()).toBe(count);
  });

  it('tells guests and people of other workspaces why there is nothing, also those who were members', async () => {
    await using b = await openTestSlack('socket');
    const alice = await b.owner();
    const bob = await b.member('bob');
    await bob.asks('', isCardOf('mine.txt'), [file('mine.txt')]);
    await bob.opensHome();
    await bob.until(() => bob.home?.text.includes('mine.txt'), 'the home');
    const foreign = b.slack.user('U67', 'foreign', { team: 'T9OTHER' });
    await foreign.opensHome();
    const { text } = await foreign.until(() => foreign.home, 'the home');
    expect(text).toContain('own workspace');
    b.slack.user(bob.id, 'bob', { is_restricted: true });
    // By then Slack is asked again what someone is. (Signatures of now would be stale.)
    b.t.advance(11 * 60_000);
    await bob.opensHome();
    await bob.until(() => bob.home?.text.includes('Guests'), 'the refusal');
    expect(bob.home?.controls).toEqual([]);
    expect(alice.errors).toEqual([]);
  });

  it('tells strangers how to come in, and nothing else', async () => {
    await using b = await openTestSlack();
    const alice = await b.owner();
    await alice.asks('', isCardOf('mine.txt'), [file('mine.txt')]);
    const mallory = b.slack.user('U66', 'mallory');
    await mallory.opensHome();
    const { text, controls } = await mallory.until(() => mallory.home, 'the home');
    expect(text).toContain('join');
    expect(text).not.toMatch(/olivia|mine/);
    expect(controls).toEqual([]);
  });
});
