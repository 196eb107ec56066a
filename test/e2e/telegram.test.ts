import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BotApiServer, type FakeMessage } from '../support/bot-api/bot-api.ts';
import type { TelegramUser } from '../support/bot-api/user.ts';
import { type RunningProgram, startServer } from '../support/program.ts';

/** The program with its bot, and Telegram. */
async function open() {
  const dataDir = await mkdtemp(join(tmpdir(), 'coffer-bot-'));
  const api = await BotApiServer.open();
  const env = { TELEGRAM_BOT_TOKEN: api.token, TELEGRAM_API_ROOT: api.root };
  let program: RunningProgram = await startServer(dataDir, env);
  return {
    api,
    get program() {
      return program;
    },
    start: async () => {
      program = await startServer(dataDir, env);
    },
    claim: async (handle: string): Promise<TelegramUser> => {
      const code = (await readFile(join(dataDir, 'setup-code'), 'utf8')).trim();
      const user = api.user(handle);
      await user.asks(`/claim ${code} ${handle}`, ({ text }) => text.includes(`@${handle}`));
      return user;
    },
    [Symbol.asyncDispose]: async () => {
      await program.end();
      await api[Symbol.asyncDispose]();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

const isCardOf = (name: string) => (message: FakeMessage) =>
  message.text.includes(name) && message.buttons.length > 0;
const idIn = ({ text }: FakeMessage) => /· ([0-9a-z]{6})(?:\n|$)/.exec(text)?.[1] ?? '';

describe('Coffer in Telegram, as people use it', () => {
  it('is claimed, and then a file is saved, listed, found, shared, fetched by the other, linked, revoked, deleted, restored', async () => {
    await using coffer = await open();
    const { api } = coffer;
    const alice = await coffer.claim('alice');
    const { text: invitation } = await alice.asks('/invite', ({ text }) => /(?:[0-9a-z]{5}-){3}/.test(text));
    const [code = ''] = /[0-9a-z]{5}(?:-[0-9a-z]{5}){3}/.exec(invitation) ?? [];
    const bob = api.user('Bob');
    await bob.asks(`/join ${code} bob`, ({ text }) => text.includes('@bob'));

    // Save.
    const bytes = randomBytes(700_000);
    alice.sends({
      bytes,
      name: 'report 2026.pdf',
      type: 'application/pdf',
      caption: '/work\n#tax for the bank',
    });
    const card = await alice.hears(isCardOf('report 2026.pdf'));
    expect(card.text).toContain('/work');
    expect(card.text).toContain('#tax');
    expect(card.text).toContain('for the bank');
    const id = idIn(card);
    expect(id).not.toBe('');

    // List, find.
    expect((await alice.asks('/list')).text).toContain('report 2026.pdf');
    expect((await alice.asks('/find bank')).text).toContain('report 2026.pdf');
    expect((await alice.asks('/find qqqq')).text).not.toContain('report 2026.pdf');

    // Bob sees nothing of it, also by its id.
    const never = await bob.asks('/get zzzzzz');
    const hidden = await bob.asks(`/get ${id}`);
    expect(hidden.text.replaceAll(id, 'zzzzzz')).toBe(never.text);

    // Share: Bob is told with the card, gets the bytes, and Alice hears that he opened it.
    await alice.asks('/share report @bob until next friday');
    const told = await bob.hears(isCardOf('report 2026.pdf'), 'the card of what was shared');
    bob.presses(told, 'Get');
    const got = await bob.hears(({ file }) => file !== undefined, 'the file');
    expect(got.file?.name).toBe('report 2026.pdf');
    expect(got.file?.bytes.equals(bytes)).toBe(true);
    await alice.hears(({ text }) => text.includes('@bob') && text.includes('opened'), 'that Bob opened it');

    // Link: works once; its list shows it; revoked, it is dead.
    const linked = await alice.asks('/link report 3 downloads 24h', ({ text }) => text.includes('/s/'));
    const url = /https?:\/\/\S+\/s\/[A-Za-z0-9_-]+/.exec(linked.text)?.[0] ?? '';
    const fetched = await fetch(url, { method: 'POST' });
    expect(Buffer.from(await fetched.arrayBuffer()).equals(bytes)).toBe(true);
    const open1 = await alice.asks('/links', ({ buttons }) => buttons.length > 0);
    const revoke = open1.buttons.flat().find(({ text }) => text.startsWith('Revoke'))?.text ?? '';
    alice.presses(open1, revoke);
    await expect.poll(async () => (await fetch(url)).status, { timeout: 20_000 }).toBe(404);

    // Unshare: at once.
    await alice.asks('/unshare report @bob');
    expect((await bob.asks(`/get ${id}`)).text.replaceAll(id, 'zzzzzz')).toBe(never.text);

    // Prove, delete, restore.
    expect((await alice.asks('/prove report')).text).toMatch(/intact|verified|authentic/i);
    await alice.asks('/trash report');
    expect((await alice.asks('/list')).text).not.toContain('report 2026.pdf');
    await alice.asks('/restore report');
    expect((await alice.asks('/list')).text).toContain('report 2026.pdf');
    expect((await alice.asks('/activity')).text).toContain('@bob');
  }, 600_000);

  it('loses and doubles nothing when it is killed in the middle of an album', async () => {
    await using coffer = await open();
    const alice = await coffer.claim('alice');
    const contents = Array.from({ length: 10 }, () => randomBytes(400_000));
    for (const [index, bytes] of contents.entries())
      alice.sends({ bytes, name: `page ${index}.bin`, group: 'g1' });
    // Some of it is saved, or about to be.
    await expect
      .poll(() => coffer.api.calls.filter(({ method }) => method === 'getFile').length, { timeout: 20_000 })
      .toBeGreaterThan(3);
    await coffer.program.end('SIGKILL');
    await coffer.start();
    const answer = await alice.hears(({ text }) => text.includes('10 files'), 'the answer to the album');
    expect(alice.sees.filter(({ text }) => text.includes('10 files'))).toHaveLength(1);
    const list = await alice.asks('/list');
    const all = `${list.text}\n${answer.text}`;
    for (let index = 0; index < 10; index++) expect(all).toContain(`page ${index}.bin`);
    const { text } = await alice.asks('/usage');
    expect(text).toMatch(/\b10 files\b/);
  }, 600_000);

  it('answers 200 updates of 20 people, 20 files among them, each in order', async () => {
    await using coffer = await open();
    const people = [await coffer.claim('p0')];
    const [owner] = people;
    for (let index = 1; index < 20; index++) {
      const invited = await owner?.asks('/invite', ({ text }) => /(?:[0-9a-z]{5}-){3}/.test(text));
      const [code = ''] = /[0-9a-z]{5}(?:-[0-9a-z]{5}){3}/.exec(invited?.text ?? '') ?? [];
      const user = coffer.api.user(`p${index}`);
      await user.asks(`/join ${code} p${index}`, ({ text }) => text.includes(`@p${index}`));
      people.push(user);
    }
    const before = people.map((user) => user.sees.length);
    for (let round = 0; round < 10; round++)
      for (const [index, user] of people.entries())
        if (round === 4) user.sends({ bytes: randomBytes(200_000), name: `of ${index}.bin` });
        else user.says(round % 2 === 0 ? '/usage' : '/help list');
    for (const [index, user] of people.entries()) {
      const heard = () => user.sees.slice(before[index]);
      await expect.poll(() => heard().length, { timeout: 60_000 }).toBe(10);
      expect(heard()[4]?.text).toContain(`of ${index}.bin`);
      expect(heard()[1]?.text).toContain('/list');
    }
    const log = coffer.program.output() + coffer.program.errors();
    expect(log).not.toContain(coffer.api.token);
    expect(log).not.toContain('.bin');
  }, 600_000);
});
