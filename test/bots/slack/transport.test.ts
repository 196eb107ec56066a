import { describe, expect, it } from 'vitest';
import { encoded, newId } from '../../support/slack-api/app-link.ts';
import type { Json, SlackMessage } from '../../support/slack-api/message.ts';
import { openSlowLocker, type SlowLocker } from './slow-locker.ts';
import { openTestSlack, type TestSlack } from './support.ts';

const isCardOf = (name: string) => (message: SlackMessage) =>
  message.shown.includes(name) && message.labels.includes('Get');
const file = (name: string) => ({ name, bytes: Buffer.from(name) });

/** Opens as many connections as will be used: that takes several answers for each. */
async function warmUp({ locker, slow }: SlowLocker): Promise<void> {
  slow(50);
  await Promise.all(Array.from({ length: 24 }, () => locker.collections.inbox.findOne({})));
}

/** An event that would be answered. */
const event = ({ slack }: TestSlack, change: Json = {}) =>
  encoded('events_api', {
    type: 'event_callback',
    team_id: slack.team,
    event_id: newId('Ev'),
    event: {
      type: 'message',
      channel: 'DU1',
      channel_type: 'im',
      user: 'U1',
      ts: '1.2',
      text: 'usage',
      ...change,
    },
  });

describe('a request to the app', () => {
  it('is taken with a good signature, and refused with any other', async () => {
    await using b = await openTestSlack();
    const alice = await b.owner();
    const { app } = b.slack;
    const before = alice.sees.length;
    const bad: [string, Parameters<typeof app.post>[0]][] = [
      ['of another secret', { ...event(b), secret: 'another-secret-of-the-same-length' }],
      ['stale', { ...event(b), skew: -400 }],
      ['of the future', { ...event(b), skew: 400 }],
      ['of no time', { ...event(b), headers: { 'x-slack-request-timestamp': 'soon' } }],
      ['of another version', { ...event(b), headers: { 'x-slack-signature': `v1=${'0'.repeat(64)}` } }],
      ['empty', { ...event(b), headers: { 'x-slack-signature': '' } }],
    ];
    for (const [title, request] of bad)
      expect([title, (await app.post(request)).status]).toEqual([title, 401]);
    const unsigned = event(b);
    expect((await app.repost(unsigned.body, { 'content-type': unsigned.type })).status).toBe(401);
    await b.idle();
    expect(alice.sees.length).toBe(before);
    const good = event(b);
    const { status, signed } = await app.post(good);
    expect(status).toBe(200);
    await alice.until(() => alice.sees.length === before + 1, 'the answer');
    expect((await app.repost(good.body, signed)).status).toBe(401);
    const tampered = good.body.replace('"usage"', '"list!"');
    expect((await app.repost(tampered, signed)).status).toBe(401);
    const resent = { ...signed, 'x-slack-retry-num': '1', 'x-slack-retry-reason': 'http_timeout' };
    expect((await app.repost(good.body, resent)).status).toBe(200);
    await b.idle();
    expect(alice.sees.length).toBe(before + 1);
  });

  it('is a replay also if it calls itself a retry, unless it is an event', async () => {
    await using b = await openTestSlack();
    const alice = await b.owner();
    await alice.asks('', isCardOf('zebra.txt'), [file('zebra.txt')]);
    const { app } = b.slack;
    const person = { team: { id: b.slack.team }, user: { id: 'U1', team_id: b.slack.team } };
    const asked = encoded('interactive', {
      ...person,
      type: 'block_suggestion',
      action_id: 'file',
      value: '',
    });
    const { status, body, signed } = await app.post(asked);
    expect(status).toBe(200);
    expect(body).toContain('zebra.txt');
    const again = await app.repost(asked.body, { ...signed, 'x-slack-retry-num': '1' });
    expect(again.status).toBe(401);
    expect(again.body).not.toContain('zebra');
  });

  it('is refused if it is too long, or cannot be read, and nothing is logged of it', async () => {
    await using b = await openTestSlack();
    const { app } = b.slack;
    const { status } = await app.post({ body: 'x'.repeat(3_000_000), type: 'application/json' });
    expect([400, 413]).toContain(status);
    expect((await app.post({ body: '{"zebra":', type: 'application/json' })).status).toBe(400);
    expect(b.t.logLines.join('')).not.toContain('zebra');
  });

  it('is handled once, however often and at however many places it arrives', async () => {
    await using b = await openTestSlack();
    const alice = await b.owner();
    const before = alice.sees.length;
    await alice.says('', [file('once.txt')], { deliveries: 6 });
    await alice.hears(isCardOf('once.txt'));
    await b.idle();
    expect(alice.sees.length).toBe(before + 1);
    expect(await b.files(alice)).toEqual(['once.txt']);
  });

  it('of an event that the app itself caused changes nothing', async () => {
    await using b = await openTestSlack();
    const alice = await b.owner();
    const before = b.slack.messages.length;
    for (const change of [
      { user: b.slack.botUser, bot_id: b.slack.botId },
      { user: b.slack.botUser, text: 'list' },
      { subtype: 'message_changed', user: undefined },
      { subtype: 'message_deleted', user: undefined },
      { user: 'USLACKBOT' },
      { channel: 'C1', channel_type: 'channel' },
    ])
      expect((await b.slack.app.post(event(b, change))).status).toBe(200);
    await b.idle();
    expect(b.slack.messages.length).toBe(before);
    expect(alice.errors).toEqual([]);
  });
});

describe('people who are not of the workspace', () => {
  it('are told apart: guests, people of Slack Connect and strangers, and learn nothing', async () => {
    await using b = await openTestSlack();
    const alice = await b.owner();
    await alice.asks('', isCardOf('zebra.txt'), [file('zebra.txt')]);
    const guest = b.slack.user('U20', 'guest', { is_ultra_restricted: true });
    const foreign = b.slack.user('U21', 'foreign', { team: 'T9OTHER' });
    const stranger = b.slack.user('U22', 'stranger');
    const said = new Set<string>();
    for (const one of [guest, foreign, stranger]) {
      const first = await one.asks('list');
      said.add(first.shown);
      const whispered = await one.commands('/coffer get zebra');
      expect(whispered.shown).toBe(first.shown);
      const [get] = alice.sees.flatMap(({ controls }) => controls);
      if (get === undefined) throw new Error('no button');
      await one.pressesControl(first, get);
      await one.says('', [file('theirs.txt')]);
      await b.idle();
      expect(one.sees.map(({ shown }) => shown).join(' ')).not.toMatch(/zebra|olivia|11 GB/);
      expect(one.sees.flatMap(({ labels, files }) => [...labels, ...files])).toEqual([]);
    }
    expect(said.size).toBe(3);
    expect(await b.t.locker.collections.files.countDocuments()).toBe(1);
    expect(await b.t.locker.collections.accounts.countDocuments()).toBe(1);
  });

  it('cannot come in with a code, nor with the id of someone here', async () => {
    await using b = await openTestSlack();
    const alice = await b.owner();
    const { shown } = await alice.commands('/coffer invite');
    const [invite = ''] = /[0-9a-z]{5}(?:-[0-9a-z]{5}){3}/.exec(shown) ?? [];
    const foreign = b.slack.user('U21', 'foreign', { team: 'T9OTHER' });
    await foreign.commands(`/coffer join ${invite} foreign`);
    expect(await b.t.locker.collections.accounts.countDocuments()).toBe(1);
    const before = alice.sees.length;
    await b.slack.app.post(event(b, { user_team: 'T9OTHER', team: 'T9OTHER' }));
    await b.idle();
    expect(
      alice.sees
        .slice(before)
        .map((message) => message.shown)
        .join(''),
    ).not.toContain('used');
  });
});

describe('a database that takes long for every answer', () => {
  it('delays no acknowledgement, and loses nothing', async () => {
    await using t = await openSlowLocker();
    await using b = await openTestSlack('http', t);
    const alice = await b.owner();
    const card = await alice.asks('', isCardOf('a.txt'), [file('a.txt')]);
    await alice.command('/coffer upload');
    await alice.until(() => alice.form, 'the form');
    b.slack.app.deliveries.length = 0;
    const after = b.slack.now;
    await warmUp(t);
    // Whoever waits for the database is too late, and a busy machine is not.
    t.slow(9000);
    b.slack.app.patienceMs = 8000;
    await Promise.all([
      alice.says('', [file('b.txt')]),
      alice.command('/coffer usage'),
      alice.presses(card, 'Link'),
      alice.submits({ Files: [file('c.txt')] }),
    ]);
    t.slow(0);
    const { deliveries } = b.slack.app;
    expect(deliveries.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    await alice.hears(isCardOf('b.txt'));
    await alice.hears(isCardOf('c.txt'));
    await alice.hears(({ shown }) => shown.includes('used'), 'usage', after);
    await alice.until(
      () => card.edits > 0 || alice.sees.some(({ labels }) => labels.includes('One download')),
      'the link',
    );
    expect(alice.errors).toEqual([]);
  });

  it('opens a form in time', async () => {
    await using t = await openSlowLocker();
    await using b = await openTestSlack('http', t);
    const alice = await b.owner();
    b.slack.app.deliveries.length = 0;
    await warmUp(t);
    t.slow(9000);
    b.slack.app.patienceMs = 8000;
    // Before its trigger dies.
    await alice.command('/coffer upload');
    t.slow(0);
    expect(alice.form).toBeDefined();
    expect(alice.errors).toEqual([]);
  });
});

describe('Socket Mode', () => {
  it('carries the same: commands, files, buttons, forms, the home', async () => {
    await using b = await openTestSlack('socket');
    const alice = await b.owner();
    const card = await alice.asks('', isCardOf('a.txt'), [file('a.txt')]);
    const after = b.slack.now;
    await alice.presses(card, 'Get');
    const { files } = await alice.hears((message) => message.files.length > 0, 'the file', after);
    expect(files[0]?.bytes?.toString()).toBe('a.txt');
    await alice.command('/coffer upload');
    await alice.until(() => alice.form, 'the form');
    expect(Object.keys(await alice.submits({}))).toEqual(['Files']);
    expect(await alice.submits({ Files: [file('b.txt')] })).toEqual({});
    await alice.hears(isCardOf('b.txt'));
    await alice.command('/coffer share');
    await alice.until(() => alice.form, 'the form');
    expect(await alice.suggestions('File', 'b.t')).toHaveLength(1);
    await alice.opensHome();
    await alice.until(() => alice.home?.text.includes('b.txt'), 'the home');
    expect(alice.errors).toEqual([]);
    expect(b.slack.refused).toEqual([]);
  });

  it('connects anew after a refresh and after a broken network, and handles once what comes again', async () => {
    await using b = await openTestSlack('socket');
    const alice = await b.owner();
    const { socketMode } = b.slack;
    for (const end of [() => socketMode.refresh(), () => socketMode.breakOff()]) {
      const old = [...socketMode.connections];
      end();
      await alice.until(
        () => [...socketMode.connections].some((connection) => !old.includes(connection)),
        'another connection',
      );
      await alice.asks('usage');
    }
    const before = alice.sees.length;
    socketMode.lostAcks = 1;
    await alice.says('', [file('again.txt')]);
    await alice.hears(isCardOf('again.txt'));
    await b.idle();
    expect(b.slack.app.deliveries.at(-1)).toMatchObject({ attempt: 1, status: 200 });
    expect(alice.sees.length).toBe(before + 1);
    expect(await b.files(alice)).toEqual(['again.txt']);
  });

  it('survives a time without Slack', async () => {
    await using b = await openTestSlack('socket');
    const alice = await b.owner();
    b.slack.fail('apps.connections.open', { status: 503 }, 'drop', { error: 'internal_error' });
    b.slack.socketMode.breakOff();
    await alice.until(() => b.slack.socketMode.connections.size === 0, 'the end');
    await alice.until(() => b.slack.socketMode.connections.size > 0, 'another connection');
    await alice.asks('usage');
    expect(b.t.logLines.join('')).not.toContain(b.slack.appToken);
  });
});
