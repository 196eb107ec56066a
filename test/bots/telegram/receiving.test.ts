import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createServer } from '../../../api/server.ts';
import { listFiles } from '../../../src/files/list.ts';
import { findIdentity } from '../../../src/accounts/identity.ts';
import type { FakeMessage } from '../../support/bot-api/bot-api.ts';
import { openTestBot, type TestBot } from './support.ts';

const names = async ({ t }: TestBot, identity: string): Promise<string[]> => {
  const actor = await findIdentity(t.locker, identity);
  if (actor === undefined) return [];
  const { files } = await listFiles(t.locker, actor, { limit: 200, sort: 'name' });
  return files.map(({ name }) => name);
};
const isCardOf = (name: string) => (message: FakeMessage) =>
  message.text.includes(name) && message.buttons.length > 0;

describe('what comes to the Telegram bot', () => {
  it('is saved, whatever kind of file it is, and comes back as the same bytes', async () => {
    await using b = await openTestBot();
    const alice = await b.owner();
    const kinds = [
      'document',
      'photo',
      'video',
      'audio',
      'voice',
      'video_note',
      'animation',
      'sticker',
    ] as const;
    for (const kind of kinds) {
      const bytes = randomBytes(2000);
      const named = kind === 'document' || kind === 'audio';
      const sent = alice.sends({ kind, bytes, ...(named ? { name: `my ${kind}.bin` } : {}) });
      const card = await alice.hears(
        ({ message_id, buttons }) => message_id > sent && buttons.length > 0,
        kind,
      );
      expect(card.text).toContain(named ? `my ${kind}.bin` : 'Saved');
      alice.presses(card, 'Get');
      const got = await alice.hears(
        ({ message_id, file }) => message_id > card.message_id && file !== undefined,
        kind,
      );
      expect([kind, got.file?.bytes.equals(bytes)]).toEqual([kind, true]);
    }
    expect(await names(b, alice.identity)).toHaveLength(kinds.length);
  });

  it('is one answer for an album of ten, each file once, with the folder and tags of its caption', async () => {
    await using b = await openTestBot();
    const alice = await b.owner();
    const contents = Array.from({ length: 10 }, () => randomBytes(500));
    const before = alice.sees.length;
    for (const [index, bytes] of contents.entries())
      alice.sends({
        kind: 'photo',
        bytes,
        group: 'album-1',
        ...(index === 0 ? { caption: '/trips/rome #holiday' } : {}),
      });
    const answer = await alice.hears(({ text }) => text.includes('10 files'), 'the answer to the album');
    expect(alice.sees.length).toBe(before + 1);
    expect(answer.text).toContain('/trips/rome');
    expect(new Set(await names(b, alice.identity)).size).toBe(10);
  });

  it('is told to use a link if Telegram does not hand it over, and goes on when it arrived', async () => {
    await using b = await openTestBot();
    const alice = await b.owner();
    const server = await createServer(b.t.locker, { host: '127.0.0.1', port: 0, log: b.t.locker.log });
    await server.start();
    try {
      alice.sendsStored(b.api.addHuge(30_000_000), { name: 'film.mp4' });
      const { text } = await alice.hears((message) => message.text.includes('/u/'));
      expect(text).toContain('30 MB');
      expect(text).toContain('film.mp4');
      const [path = ''] = /\/u\/[A-Za-z0-9_-]+/.exec(text) ?? [];
      const sent = await fetch(`${server.info.uri}${path}?name=whatever`, {
        method: 'POST',
        body: Buffer.alloc(1000),
        headers: { 'content-type': 'application/octet-stream' },
      });
      expect(sent.status).toBe(201);
      await alice.hears(isCardOf('film.mp4'), 'the card of what arrived');
    } finally {
      await server.stop({ timeout: 1000 });
    }
  });

  it('is not stored if it is cut in the middle; the person is told, and trying again works', async () => {
    await using b = await openTestBot();
    const alice = await b.owner();
    b.api.cutDownloads = 1;
    const bytes = randomBytes(300_000);
    alice.sends({ bytes, name: 'long.bin' });
    const failed = await alice.hears(({ text }) => text.includes('not saved'));
    expect(failed.text).toContain('long.bin');
    expect(await names(b, alice.identity)).toEqual([]);
    expect(await b.t.locker.collections.chunks.countDocuments()).toBe(0);
    alice.presses(failed, 'Try again');
    await alice.hears(
      ({ message_id, text }) => message_id === failed.message_id && text.includes('Saved'),
      'the second attempt',
    );
    expect(await names(b, alice.identity)).toEqual(['long.bin']);
  });

  it('is handled in order for each person, and a slow one delays nobody', async () => {
    await using b = await openTestBot();
    const people = [await b.owner('p0'), await b.member('p1'), await b.member('p2'), await b.member('p3')];
    for (let round = 0; round < 10; round++)
      for (const [index, person] of people.entries()) {
        if (round % 5 === 0) person.sends({ bytes: randomBytes(50_000), name: `${index}-${round}.bin` });
        else person.says('/usage');
      }
    for (const [index, person] of people.entries()) {
      await person.hears(isCardOf(`${index}-5.bin`));
      // Each said eight commands after joining: the answers come between the cards, in order.
      await person.hears(
        () => person.sees.filter(({ text }) => /\bof 1\d\b.*GB|used|GB/.test(text)).length >= 8,
        'all answers',
      );
      const own = person.sees.map(({ text }) => text);
      const first = own.findIndex((text) => text.includes(`${index}-0.bin`));
      const second = own.findIndex((text) => text.includes(`${index}-5.bin`));
      expect(second - first).toBe(5);
    }
  });

  it('comes once, although Telegram brings it twice', async () => {
    await using b = await openTestBot();
    const alice = await b.owner();
    const bytes = randomBytes(100);
    const message = {
      message_id: b.api.nextMessageId(),
      from: alice.account,
      chat: { id: alice.id, type: 'private' },
      date: Math.floor(Date.now() / 1000),
      document: { ...b.api.addFile(bytes), file_name: 'twice.txt' },
    };
    // As a new update, which no list of update ids knows.
    b.api.push({ message });
    b.api.push({ message });
    await alice.asks('/usage');
    expect(await names(b, alice.identity)).toEqual(['twice.txt']);
  });

  it('from strangers teaches them nothing, and from groups gets one hint or nothing', async () => {
    await using b = await openTestBot();
    const alice = await b.owner('alice');
    alice.sends({ bytes: Buffer.from('x'), name: 'secret-name.txt' });
    await alice.hears(isCardOf('secret-name.txt'));
    const mallory = b.api.user('Mallory');
    for (const words of [
      '/list',
      '/get secret-name',
      '/usage',
      'secret-name.txt',
      '/share 1 @alice',
      '/prove 1',
      '/invite',
      '/settings',
    ]) {
      const { text } = await mallory.asks(words);
      expect(text).not.toMatch(/alice|secret-name\.txt"|KB|\d+ files?/);
    }
    mallory.sends({ bytes: Buffer.from('y'), name: 'mine.txt' });
    await mallory.hears(() => mallory.sees.length >= 9);
    expect(await b.t.locker.collections.files.countDocuments()).toBe(1);
    const said = b.api.calls.filter(({ method }) => method === 'sendMessage').length;
    alice.says('hello all', { chat: { id: -5, type: 'group' } });
    alice.says('/list', { chat: { id: -5, type: 'group' } });
    alice.says(`/list@${b.api.username}`, { chat: { id: -5, type: 'group' } });
    const hint = () =>
      b.api.calls.filter(
        ({ method, payload }) => method === 'sendMessage' && Number(payload['chat_id']) === -5,
      );
    await expect.poll(() => hint().length, { timeout: 20_000 }).toBe(1);
    await alice.asks('/usage');
    expect(hint().length).toBe(1);
    expect(b.api.calls.filter(({ method }) => method === 'sendMessage').length).toBe(said + 2);
  });

  it('survives a restart of the bot: what came meanwhile is answered, and old buttons work', async () => {
    await using b = await openTestBot();
    const alice = await b.owner();
    alice.sends({ bytes: Buffer.from('kept'), name: 'kept.txt' });
    const card = await alice.hears(isCardOf('kept.txt'));
    await b.bot.stop();
    alice.sends({ bytes: Buffer.from('later'), name: 'later.txt' });
    await b.restart();
    await alice.hears(isCardOf('later.txt'));
    alice.presses(card, 'Get');
    expect((await alice.hears(({ file }) => file !== undefined)).file?.bytes.toString()).toBe('kept');
  });
});
