import { describe, expect, it } from 'vitest';
import type { FakeMessage } from '../../support/bot-api/bot-api.ts';
import { openTestBot } from './support.ts';

async function asked() {
  const b = await openTestBot();
  const alice = await b.owner();
  alice.sends({ bytes: Buffer.from('a report'), name: 'report.txt' });
  const card = await alice.hears(({ text }) => text.includes('report.txt'));
  const ask = async (label: string) => {
    alice.presses(card, label);
    return alice.hears(({ message_id, text }) => message_id > card.message_id && text.includes('?'), label);
  };
  return { b, alice, ask };
}
const saysNew = (question: FakeMessage, words: string) => (message: FakeMessage) =>
  message.message_id > question.message_id && message.text.includes(words);

describe('a question of the Telegram bot', () => {
  it('is answered by the next message, or later by a reply to it', async () => {
    const { b, alice, ask } = await asked();
    await using _ = b;
    const question = await ask('Rename');
    await alice.asks('/list', ({ text }) => text.includes('report.txt'));
    alice.says('march', { replyTo: question.message_id });
    await alice.hears(saysNew(question, 'is now march.txt'));
    expect((await alice.asks('march', ({ file }) => file !== undefined)).file?.name).toBe('march.txt');
  });

  it('is not answered by what is said after something else, or in reply to something else', async () => {
    const { b, alice, ask } = await asked();
    await using _ = b;
    await ask('Rename');
    const list = await alice.asks('/list', ({ text }) => text.includes('report.txt'));
    expect((await alice.asks('1', ({ file }) => file !== undefined)).file?.name).toBe('report.txt');
    await ask('Rename');
    alice.says('report', { replyTo: list.message_id });
    await alice.hears(({ message_id, file }) => message_id > list.message_id && file !== undefined);
    expect((await alice.asks('/list')).text).toContain('report.txt');
  });

  it('takes a folder for an answer, and a mistyped command for none', async () => {
    const { b, alice, ask } = await asked();
    await using _ = b;
    const question = await ask('Tags');
    expect((await alice.asks('/taag report.txt #a')).text).toMatch(/do not know taag.*\/tag/);
    alice.says('tax');
    await alice.hears(saysNew(question, 'has #tax now'));
    const other = await ask('Move');
    alice.says('/work');
    await alice.hears(saysNew(other, 'Moved to /work'));
  });
});

describe('a command that the bot does not know', () => {
  it('tells a member what may be meant, and a stranger nothing', async () => {
    await using b = await openTestBot();
    const alice = await b.owner();
    expect((await alice.asks('/sahre report @bob')).text).toContain('/share report @alice until friday');
    expect((await alice.asks('/xyzzyxyzzy')).text).toContain('/help shows');
    const stranger = b.api.user('Eve');
    const said = await stranger.asks('/sahre report');
    expect(said.text).toBe((await stranger.asks('/list')).text);
  });
});
