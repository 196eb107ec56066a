import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createServer } from '../../../api/server.ts';
import { stillOf } from '../../support/bot-api/user.ts';
import { openTestBot } from './support.ts';

describe('what a message carries', () => {
  it('is the picture and the moving part of a live photo', async () => {
    await using b = await openTestBot();
    const alice = await b.owner();
    const moving = randomBytes(3000);
    const stored = b.api.addFile(moving);
    const sent = alice.sendsStored(stored, { kind: 'live_photo' });
    await alice.hears(({ message_id, text }) => message_id > sent && text.includes('2 files'));
    for (const [number, bytes] of [stillOf(stored.file_id), moving].entries()) {
      const { file } = await alice.asks(`${number + 1}`, (message) => message.file !== undefined);
      expect([number, file?.bytes.equals(bytes)]).toEqual([number, true]);
    }
  });

  it('gets a link if it is too large, though its size was not told; the card answers it, with its description', async () => {
    await using b = await openTestBot();
    const alice = await b.owner();
    const server = await createServer(b.t.locker, { host: '127.0.0.1', port: 0, log: b.t.locker.log });
    await server.start();
    try {
      const { file_id, file_unique_id } = b.api.addFile(Buffer.alloc(20_971_521));
      const original = alice.sendsStored(
        { file_id, file_unique_id },
        { name: 'film.mp4', caption: '/films\nThe lake in May #lake' },
      );
      const { text } = await alice.hears((message) => message.text.includes('/u/'));
      expect(text).toContain('at most 20 MB');
      const [path = ''] = /\/u\/[A-Za-z0-9_-]+/.exec(text) ?? [];
      await fetch(`${server.info.uri}${path}?name=x`, {
        method: 'POST',
        body: randomBytes(1000),
        headers: { 'content-type': 'application/octet-stream' },
      });
      const card = await alice.hears((message) => message.text.includes('It has arrived'));
      expect(card.text).toMatch(/film\.mp4[^]*\/films · #lake[^]*The lake in May #lake/);
      expect(card.replyTo).toBe(original);
      alice.presses(card, 'Remove from chat');
      await expect.poll(() => b.api.messages.has(`${alice.id}:${original}`), { timeout: 20_000 }).toBe(false);
    } finally {
      await server.stop({ timeout: 1000 });
    }
  });

  it('is fetched although Telegram first cannot say where it is', async () => {
    await using b = await openTestBot();
    const alice = await b.owner();
    b.api.fail('getFile', { status: 500, description: 'Internal Server Error' }, 'drop-before');
    alice.sends({ bytes: randomBytes(100), name: 'patient.bin' });
    const { text } = await alice.hears((message) => message.text.includes('patient.bin'));
    expect(text).toContain('Saved');
  });

  it('is told of in one message, although Telegram was away while it was saved', async () => {
    await using b = await openTestBot();
    const alice = await b.owner();
    const before = alice.sees.length;
    b.api.fail('editMessageText', { status: 500, description: 'Internal Server Error' });
    alice.sends({ bytes: Buffer.alloc(5_000_000, 'x'), name: 'large.bin' });
    await alice.hears(({ text }) => text.includes('Saved'));
    expect(alice.sees.slice(before).map(({ text }) => text)).toEqual([expect.stringContaining('Saved')]);
  });

  it('is asked for again when it is to be saved once more, and is no longer known', async () => {
    await using b = await openTestBot();
    const alice = await b.owner();
    b.api.cutDownloads = 1;
    alice.sends({ bytes: Buffer.alloc(1000), name: 'cut.bin' });
    const failed = await alice.hears(({ text }) => text.includes('not saved'));
    b.t.advance(3 * 24 * 3_600_000);
    alice.presses(failed, 'Try again');
    const told = await alice.hears(({ text }) => text.includes('Send the file again'));
    expect(told.message_id).toBe(failed.message_id);
  });
});
