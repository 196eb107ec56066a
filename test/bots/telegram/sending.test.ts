import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { FakeMessage } from '../../support/bot-api/bot-api.ts';
import { findIdentity } from '../../../src/accounts/identity.ts';
import { listLinks } from '../../../src/links/list-links.ts';
import { saveFile } from '../../support/files.ts';
import { openTestBot } from './support.ts';

const isCardOf = (name: string) => (message: FakeMessage) =>
  message.text.includes(name) && message.buttons.length > 0;

const nasty = [
  'semi;colon.txt',
  'per%20cent.txt',
  '100%.txt',
  'quo"te.txt',
  "apo'strophe.txt",
  '<b>bold<b>.txt',
  '&amp;<i>.txt',
  '*star* _under_ `tick`.md',
  '[link](http:x).md',
  '~strike~ ||spoiler||.md',
  'new $(touch x).sh',
  '`reboot`.sh',
  '-rf.txt',
  'a b  c.txt',
  'ünï çödé.txt',
  '日本語.txt',
  'עברית.txt',
  'emoji 👩‍👩‍👧‍👦.png',
  '.hidden',
  'filename*=UTF-8x.txt',
  "'; DROP TABLE files;--.sql",
  '{"json": true}.json',
  'C++ & C#.txt',
  'x'.repeat(200) + '.txt',
  '@alice.txt',
  '#tag.txt',
  'tab-free = ok.txt',
  '😀'.repeat(40) + '.txt',
];

const away = { status: 502, description: 'Bad Gateway' };

describe('what the Telegram bot sends', () => {
  it('brings files back under names that no header, shell or markup minds', async () => {
    await using b = await openTestBot();
    const alice = await b.owner();
    for (const [index, name] of nasty.entries()) {
      const bytes = Buffer.from(`content ${index}`);
      const sent = alice.sends({ bytes, name });
      const card = await alice.hears(
        ({ message_id, buttons }) => message_id > sent && buttons.length > 0,
        name,
      );
      expect(card.text).toContain(name);
      alice.presses(card, 'Get');
      const { file } = await alice.hears(
        (message) => message.message_id > card.message_id && message.file !== undefined,
        name,
      );
      expect(file?.name).toBe(name);
      expect(file?.bytes.equals(bytes)).toBe(true);
    }
  }, 60_000);

  it('opens what is pressed in a list, by its number', async () => {
    await using b = await openTestBot();
    const alice = await b.owner();
    for (const name of ['one.txt', 'two.txt', 'three.txt']) alice.sends({ bytes: Buffer.from(name), name });
    await alice.hears(isCardOf('three.txt'));
    const list = await alice.asks('/list');
    const [, name = ''] = /^2\. (\S+)$/m.exec(list.text) ?? [];
    alice.presses(list, '2');
    const card = await alice.hears(
      ({ message_id, text, buttons }) =>
        message_id > list.message_id &&
        text.includes(name) &&
        buttons.flat().some((button) => button.text === 'Get'),
    );
    expect(card.text).toContain(name);
  });

  it('pages in place', async () => {
    await using b = await openTestBot();
    const alice = await b.owner();
    for (let i = 0; i < 25; i++) alice.sends({ bytes: Buffer.from(String(i)), name: `file ${i}.txt` });
    await alice.hears(isCardOf('file 24.txt'));
    const first = await alice.asks('/list');
    const { text } = first;
    alice.presses(first, 'Next');
    await alice.hears(
      (message) => message.message_id === first.message_id && message.text !== text,
      'the next page',
    );
    alice.presses(first, 'Previous');
    await alice.hears(
      (message) => message.message_id === first.message_id && message.text === text,
      'the page before',
    );
    expect(alice.sees.at(-1)?.message_id).toBe(first.message_id);
  });

  it('refuses what one person has and another presses, without a word', async () => {
    await using b = await openTestBot();
    const alice = await b.owner('alice');
    const bob = await b.member('bob');
    alice.sends({ bytes: Buffer.from('private'), name: 'private.txt' });
    const card = await alice.hears(isCardOf('private.txt'));
    const data = card.buttons.flat()[0]?.data ?? '';
    const own = await bob.asks('/usage');
    bob.pressesData(own, data, 'foreign');
    bob.pressesData(card, data, 'foreign too');
    bob.pressesData(own, 'AAAAAAAAAAAAAAAA.0', 'unknown');
    bob.pressesData(own, '{"$gt":""}', 'made up');
    bob.pressesData(own, 'AAAAAAAAAAAAAAAA.0', 'old one');
    const { message_id } = await bob.asks('/usage');
    expect(bob.sees.filter((message) => message.file !== undefined)).toEqual([]);
    expect(
      bob.sees.filter((message) => message.message_id > own.message_id && message.message_id < message_id),
    ).toEqual([]);
    expect(b.api.pressAnswers.length).toBeGreaterThanOrEqual(4);
  });

  it('deletes what it sent after the time that was asked for, also after a restart', async () => {
    await using b = await openTestBot();
    const alice = await b.owner();
    alice.sends({ bytes: Buffer.from('soon gone'), name: 'gone.txt' });
    await alice.hears(isCardOf('gone.txt'));
    const asked = alice.says('/get gone for 10 minutes');
    await alice.hears(({ message_id, file }) => message_id > asked && file !== undefined);
    await b.restart();
    expect(alice.sees.some(({ file }) => file !== undefined)).toBe(true);
    b.t.advance(10 * 60 * 1000 + 1000);
    await expect
      .poll(() => alice.sees.some(({ file }) => file !== undefined), { timeout: 20_000 })
      .toBe(false);
  });

  it('removes the message that carried a plaintext, if asked', async () => {
    await using b = await openTestBot();
    const alice = await b.owner();
    const sent = alice.sends({ bytes: Buffer.from('x'), name: 'here.txt' });
    const card = await alice.hears(isCardOf('here.txt'));
    alice.presses(card, 'Remove from chat');
    await expect.poll(() => b.api.messages.has(`${alice.id}:${sent}`), { timeout: 20_000 }).toBe(false);
    await expect
      .poll(
        () =>
          alice.sees
            .find(({ message_id }) => message_id === card.message_id)
            ?.buttons.flat()
            .map(({ text }) => text),
        { timeout: 20_000 },
      )
      .not.toContain('Remove from chat');
  });

  it.each([
    ['too many requests', { status: 429, description: 'Too Many Requests: retry after 1', retryAfter: 1 }],
    ['a server error', { status: 502, description: 'Bad Gateway' }],
    ['a connection that breaks before', 'drop-before'],
    ['a connection that breaks after', 'drop-after'],
  ] as const)('gets through %s', async (_what, fault) => {
    await using b = await openTestBot();
    const alice = await b.owner();
    b.api.fail('sendMessage', fault);
    const bytes = randomBytes(1000);
    alice.sends({ bytes, name: 'through.txt' });
    await alice.hears(isCardOf('through.txt'));
    b.api.fail('sendDocument', fault);
    const asked = alice.says('/get through');
    const { file } = await alice.hears((message) => message.message_id > asked && message.file !== undefined);
    expect(file?.bytes.equals(bytes)).toBe(true);
    // The file is there once, whatever was sent twice.
    expect(await b.t.locker.collections.files.countDocuments()).toBe(1);
  });

  it('does once what was asked, although its answer has to wait', async () => {
    await using b = await openTestBot();
    const alice = await b.owner();
    alice.sends({ bytes: Buffer.from('x'), name: 'report.txt' });
    await alice.hears(isCardOf('report.txt'));
    b.api.fail('sendMessage', away);
    expect((await alice.asks('/rename report to march')).text).toContain('march.txt');
    b.api.fail('sendMessage', away);
    expect((await alice.asks('/link march')).text).toContain('/s/');
    const owner = await findIdentity(b.t.locker, alice.identity);
    if (owner === undefined) throw new Error('the owner has an account');
    expect(await listLinks(b.t.locker, owner)).toHaveLength(1);
  });

  it('knows a question and a card that had to wait, and changes the message that was pressed', async () => {
    await using b = await openTestBot();
    const alice = await b.owner();
    b.api.fail('sendMessage', away);
    alice.sends({ bytes: Buffer.from('x'), name: 'report.txt' });
    const card = await alice.hears(isCardOf('report.txt'));
    b.api.fail('sendMessage', away);
    alice.presses(card, 'Rename');
    const isQuestion = ({ message_id, text }: FakeMessage) =>
      message_id > card.message_id && text.includes('?');
    await alice.hears(isQuestion, 'the question');
    await b.idle();
    await alice.asks('april', ({ text }) => text.includes('april.txt'));
    const sent = alice.sends({ bytes: Buffer.from('y'), name: 'report.txt', replyTo: card.message_id });
    await alice.hears(({ message_id, text }) => message_id > sent && text.includes('version 2'));
    const trashed = await alice.asks('/trash april');
    b.api.fail('editMessageText', away);
    alice.presses(trashed, 'Undo');
    await alice.hears(({ message_id, edits }) => message_id === trashed.message_id && edits > 0);
    expect((await alice.asks('/list')).text).toContain('april.txt');
  });

  it('goes on with a file although Telegram does not take the word that it is being saved', async () => {
    await using b = await openTestBot();
    const alice = await b.owner();
    b.api.fail('sendMessage', { status: 429, description: 'Too Many Requests', retryAfter: 600 });
    alice.sends({ bytes: randomBytes(6_000_000), name: 'big.bin' });
    await alice.hears(isCardOf('big.bin'));
    expect(b.api.calls.filter(({ method }) => method === 'getFile')).toHaveLength(1);
  });

  it('fetches nothing more for someone who blocks the bot while a file is being saved', async () => {
    await using b = await openTestBot();
    const alice = await b.owner();
    const sends = () => b.api.calls.filter(({ method }) => method === 'sendMessage').length;
    const before = sends();
    b.api.fail('sendMessage', { status: 403, description: 'Forbidden: bot was blocked by the user' });
    alice.sends({ bytes: randomBytes(6_000_000), name: 'big.bin' });
    await expect.poll(sends, { timeout: 20_000 }).toBe(before + 1);
    await b.idle();
    expect(await b.t.locker.collections.files.countDocuments()).toBe(0);
  });

  it('makes no noise about someone who blocked the bot', async () => {
    await using b = await openTestBot();
    const alice = await b.owner('alice');
    const bob = await b.member('bob');
    b.api.blocked.add(bob.id);
    alice.sends({ bytes: Buffer.from('x'), name: 'shared.txt' });
    await alice.hears(isCardOf('shared.txt'));
    await alice.asks('/share shared @bob');
    await b.idle();
    expect(b.t.logLines.filter((line) => /"level":"(?:warn|error)"/.test(line))).toEqual([]);
  });

  it('recovers from another poller, and says so', async () => {
    await using b = await openTestBot();
    const alice = await b.owner();
    b.api.fail('getUpdates', {
      status: 409,
      description:
        'Conflict: terminated by other getUpdates request; make sure that only one bot instance is running',
    });
    await alice.asks('/usage');
    await alice.asks('/usage');
    await expect
      .poll(() => b.t.logLines.join('\n'), { timeout: 20_000 })
      .toContain('another program asks Telegram');
  });

  it('puts no token, address of a file, name or text into the log, whatever fails', async () => {
    await using b = await openTestBot();
    const alice = await b.owner();
    b.api.fail('sendMessage', { status: 400, description: 'Bad Request: something' }, 'drop-before');
    b.api.fail('getFile', 'drop-before');
    b.api.cutDownloads = 1;
    for (const name of ['canary-name-1.txt', 'canary-name-2.txt', 'canary-name-3.txt'])
      alice.sends({ bytes: randomBytes(50_000), name, caption: 'canary-caption' });
    await alice.hears(isCardOf('canary-name-3.txt'));
    await alice.asks('/find canary-words');
    const log = b.t.logLines.join('\n');
    expect(log).not.toContain(b.api.token);
    expect(log).not.toContain('TEST-token');
    expect(log).not.toContain('canary');
    expect(log).not.toContain('documents/file_');
  });

  it('finds one’s own files in other chats, for oneself and uncached', async () => {
    await using b = await openTestBot();
    const alice = await b.owner('alice');
    const bob = await b.member('bob');
    alice.sends({ bytes: Buffer.from('x'), name: 'tax 2026.pdf' });
    await alice.hears(isCardOf('tax 2026.pdf'));
    const ask = async (person: typeof alice, words: string) => {
      const id = person.asksInline(words);
      await expect.poll(() => b.api.inlineAnswers.has(id), { timeout: 20_000 }).toBe(true);
      return b.api.inlineAnswers.get(id);
    };
    const mine = await ask(alice, 'tax');
    expect(JSON.stringify(mine?.['results'])).toContain('tax 2026.pdf');
    expect([mine?.['is_personal'], mine?.['cache_time']]).toEqual([true, 0]);
    expect(JSON.stringify(mine)).not.toContain('/s/');
    expect((await ask(bob, 'tax'))?.['results']).toEqual([]);
    expect((await ask(b.api.user('Mallory'), 'tax'))?.['results']).toEqual([]);
  });
});

describe('a file that the Bot API server does not carry', () => {
  it.each([
    ['says so', { status: 413, description: 'Request Entity Too Large' }],
    ['hangs up', 'drop-before'],
  ] as const)('comes as a link for one download when the server %s', async (_how, fault) => {
    await using b = await openTestBot({ isCloud: false });
    const alice = await b.owner();
    const actor = await findIdentity(b.t.locker, alice.identity);
    if (actor === undefined) throw new Error('the owner has an account');
    await saveFile(b.t.locker, actor, 'film.mp4', { bytes: Buffer.alloc(50_000_001) });
    b.api.fail('sendDocument', fault);
    expect((await alice.asks('/get film', ({ text }) => text.includes('/s/'))).text).toContain('film.mp4');
    expect(alice.sees.filter(({ file }) => file !== undefined)).toEqual([]);
  });
});
