import { createHash, randomBytes } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startTelegram } from '../../bots/telegram/start.ts';
import { code, openTestSlack, type TestSlack } from '../bots/slack/support.ts';
import { BotApiServer } from '../support/bot-api/bot-api.ts';
import { poll, run, type RunningProgram, startServer } from '../support/program.ts';
import type { SlackMessage } from '../support/slack-api/message.ts';
import { SlackServer } from '../support/slack-api/slack-api.ts';

const isCardOf = (name: string) => (message: SlackMessage) =>
  message.shown.includes(name) && message.labels.includes('Get');
const hasFile = ({ files }: SlackMessage) => files.length > 0;
const MiB = 1024 * 1024;
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

describe('a day with the locker in Slack', () => {
  it('from the first word to the last', async () => {
    await using b = await openTestSlack();
    const { slack } = b;

    // A stranger hears how to come in. The owner claims, and invites.
    const bob = slack.user('U2', 'bob');
    expect((await bob.asks('hello')).shown).toContain('join');
    const alice = await b.owner();
    const invited = await alice.commands('/coffer invite', ({ shown }) => code.test(shown));
    const [invite = ''] = code.exec(invited.shown) ?? [];
    await bob.commands(`/coffer join ${invite} bob`, ({ shown }) => shown.includes('@bob'));
    expect((await bob.commands(`/coffer join ${invite} bobby`)).shown).toContain('@bob');

    // Alice saves a file, finds it, renames it, and has it back.
    const bytes = randomBytes(300_000);
    const card = await alice.asks('/invoices/2026 #tax', isCardOf('IMG_0042.pdf'), [
      { name: 'IMG_0042.pdf', bytes, mimetype: 'application/pdf' },
    ]);
    expect(card.shown).toContain('/invoices/2026');
    await alice.commands('/coffer rename IMG_0042 to march invoice.pdf', ({ shown }) =>
      shown.includes('march invoice.pdf'),
    );
    expect((await alice.asks('find invoice #tax')).shown).toContain('march invoice.pdf');
    const fetched = await alice.asks('march', hasFile);
    expect(fetched.files[0]?.name).toBe('march invoice.pdf');
    expect(fetched.files[0]?.bytes?.equals(bytes)).toBe(true);

    // She shares it with Bob by a mention; he is told, looks, fetches; she takes it back.
    let after = slack.now;
    await alice.commands('/coffer share march @bob until tomorrow', ({ shown }) => shown.includes('@bob'));
    const shared = await bob.hears(isCardOf('march invoice.pdf'), 'the notice', after);
    expect(shared.shown).toContain('@olivia');
    await bob.presses(shared, 'Get');
    const his = await bob.hears(hasFile);
    expect(his.files[0]?.bytes?.equals(bytes)).toBe(true);
    await alice.hears(({ shown }) => shown.includes('opened march invoice.pdf'), 'that he opened it', after);
    await alice.commands('/coffer unshare march @bob', ({ shown }) => shown.includes('no longer has'));
    expect((await bob.asks('get march')).files).toEqual([]);

    // A link for somebody without an account, good once, and then no more.
    const linked = await alice.commands('/coffer link march 1 download', ({ shown }) =>
      shown.includes('/s/'),
    );
    const [link = ''] = /http:\S+\/s\/[\w-]+/.exec(linked.shown) ?? [];
    const download = await fetch(link, { method: 'POST' });
    expect(Buffer.from(await download.arrayBuffer()).equals(bytes)).toBe(true);
    expect((await fetch(link, { method: 'POST' })).status).not.toBe(200);

    // The proof reads every byte that is stored; the home shows it all; the activity says who did what.
    expect((await alice.asks('prove march')).shown).toMatch(/Fernet/i);
    await alice.opensHome();
    await alice.until(() => alice.home?.text.includes('march invoice.pdf'), 'the home');
    expect((await alice.asks('activity')).shown).toContain('@bob');

    // Into the trash, back again, and away for ever.
    await alice.asks('trash march', ({ shown }) => shown.includes('trash'));
    await alice.asks('restore march', isCardOf('march invoice.pdf'));
    after = slack.now;
    await alice.asks('delete march', ({ labels }) => labels.includes('Delete for ever'));
    const question = alice.sees.at(-1);
    if (question === undefined) throw new Error('no question');
    await alice.presses(question, 'Delete for ever');
    await alice.hears(({ shown }) => shown.includes('deleted for ever'), 'the end', after);
    await b.idle();
    expect(await b.files(alice)).toEqual([]);
    expect(await b.t.locker.collections.chunks.countDocuments()).toBe(0);
    expect(slack.refused).toEqual([]);
    expect([...alice.errors, ...bob.errors]).toEqual([]);
    expect([...alice.sees, ...bob.sees].flatMap(({ mentions }) => mentions)).toEqual([]);
  });
});

/** Telegram on the same locker. */
async function withTelegram({ t, url }: TestSlack) {
  const api = await BotApiServer.open();
  const bot = startTelegram(
    t.locker,
    { token: api.token, apiRoot: api.root, isCloud: true, webhookSecret: undefined },
    { publicUrl: () => url, log: t.locker.log },
  );
  bot.begin();
  return {
    api,
    [Symbol.asyncDispose]: async () => {
      await bot.stop();
      await api[Symbol.asyncDispose]();
    },
  };
}

describe('Slack and Telegram together', () => {
  it('are one locker for one person: saved in one, fetched in the other, whichever came first', async () => {
    await using b = await openTestSlack();
    await using telegram = await withTelegram(b);
    const inSlack = await b.owner();
    const inTelegram = telegram.api.user('Olivia', 'olivia_tg');
    const [connect = ''] = code.exec((await inSlack.commands('/coffer connect')).shown) ?? [];
    await inTelegram.asks(`/connect ${connect}`, ({ text }) => text.includes('@olivia'));

    const fromSlack = randomBytes(100_000);
    await inSlack.asks('#one', isCardOf('from slack.bin'), [{ name: 'from slack.bin', bytes: fromSlack }]);
    const got = await inTelegram.asks('/get from slack', ({ file }) => file !== undefined);
    expect(got.file?.bytes.equals(fromSlack)).toBe(true);

    const fromTelegram = randomBytes(100_000);
    inTelegram.sends({ bytes: fromTelegram, name: 'from telegram.bin' });
    await inTelegram.hears(({ text }) => text.includes('from telegram.bin'));
    const { files } = await inSlack.asks('get from telegram', hasFile);
    expect(files[0]?.bytes?.equals(fromTelegram)).toBe(true);
    expect(await b.t.locker.collections.accounts.countDocuments()).toBe(1);

    // What was pressed in one is seen in the other.
    const list = await inTelegram.asks('/list');
    for (const name of ['from slack.bin', 'from telegram.bin']) expect(list.text).toContain(name);

    // The code was good once.
    const other = b.slack.user('U9', 'mallory');
    await other.commands(`/coffer connect ${connect}`);
    expect((await other.asks('list')).shown).toContain('join');
  });

  it('are one place to share: from someone who is only in Telegram to someone who is only in Slack, and back', async () => {
    await using b = await openTestSlack();
    await using telegram = await withTelegram(b);
    const bob = await b.member('bob');
    const owner = await b.owner();
    const [invite = ''] = code.exec((await owner.commands('/coffer invite')).shown) ?? [];
    const tanya = telegram.api.user('Tanya');
    await tanya.asks(`/join ${invite} tanya`, ({ text }) => text.includes('@tanya'));

    const bytes = randomBytes(50_000);
    tanya.sends({ bytes, name: 'travel plan.pdf' });
    await tanya.hears(({ text }) => text.includes('travel plan.pdf'));
    const after = b.slack.now;
    await tanya.asks('/share travel @bob', ({ text }) => text.includes('@bob'));
    const card = await bob.hears(isCardOf('travel plan.pdf'), 'the notice', after);
    expect(card.shown).toContain('@tanya');
    await bob.presses(card, 'Get');
    const { files } = await bob.hears(hasFile);
    expect(files[0]?.bytes?.equals(bytes)).toBe(true);
    await tanya.hears(({ text }) => text.includes('@bob opened travel plan.pdf'), 'that he opened it');

    await bob.asks('', isCardOf('answer.txt'), [{ name: 'answer.txt', bytes: Buffer.from('yes') }]);
    await bob.commands('/coffer share answer @tanya', ({ shown }) => shown.includes('@tanya'));
    const notice = await tanya.hears(({ text }) => text.includes('answer.txt'));
    tanya.presses(notice, 'Get');
    const { file } = await tanya.hears((message) => message.file !== undefined);
    expect(file?.bytes.toString()).toBe('yes');
    // Nobody else heard of any of it.
    expect(owner.transcript).not.toMatch(/travel plan|answer\.txt/);
  });
});

describe('a file of 1 GiB', () => {
  it('is saved and fetched with the same bytes, and is never held whole', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'coffer-slack-'));
    const slack = await SlackServer.open();
    const program = await startServer(folder, {
      SLACK_BOT_TOKEN: slack.botToken,
      SLACK_SIGNING_SECRET: slack.signingSecret,
      SLACK_API_URL: slack.apiUrl,
    });
    slack.app.url = `${program.url}/slack/events`;
    try {
      const alice = slack.user('U1', 'alice');
      const setup = (await readFile(join(folder, 'setup-code'), 'utf8')).trim();
      await alice.commands(`/coffer claim ${setup} alice`, ({ shown }) => shown.includes('@alice'));
      const residentBytes = async (name: string) => {
        const status = await readFile(`/proc/${program.child.pid}/status`, 'utf8');
        return Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1]) * 1024;
      };
      const before = await residentBytes('VmRSS');
      const block = randomBytes(MiB);
      const hash = createHash('sha256');
      for (let n = 0; n < 1024; n++) hash.update(block);
      const read = async function* () {
        for (let n = 0; n < 1024; n++) yield block;
      };
      await alice.says('', [{ name: 'large.bin', size: 1024 * MiB, read }]);
      await alice.hears(isCardOf('large.bin'), 'the card', 0, 120_000);
      await alice.says('get large');
      const { files } = await alice.hears(hasFile, 'the file', 0, 120_000);
      expect([files[0]?.size, files[0]?.sha256]).toEqual([1024 * MiB, hash.digest('hex')]);
      expect((await residentBytes('VmHWM')) - before).toBeLessThan(300 * MiB);
    } finally {
      await program.end();
      await slack[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    }
  }, 600_000);
});

describe('the program, killed after it acknowledged', () => {
  it('loses nothing and doubles nothing, over HTTP', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'coffer-slack-'));
    const slack = await SlackServer.open();
    let program: RunningProgram | undefined;
    const start = async () => {
      program = await startServer(folder, {
        SLACK_BOT_TOKEN: slack.botToken,
        SLACK_SIGNING_SECRET: slack.signingSecret,
        SLACK_API_URL: slack.apiUrl,
      });
      slack.app.url = `${program.url}/slack/events`;
    };
    try {
      await start();
      const alice = slack.user('U1', 'alice');
      const setup = (await readFile(join(folder, 'setup-code'), 'utf8')).trim();
      await alice.commands(`/coffer claim ${setup} alice`, ({ shown }) => shown.includes('@alice'));
      const wanted = await alice.asks('', isCardOf('wanted.bin'), [
        { name: 'wanted.bin', bytes: randomBytes(2_000_000) },
      ]);
      const contents = new Map<string, string>();
      for (let round = 0; round < 2; round++) {
        const gate = new EventEmitter();
        const killed = once(gate, 'open');
        const sent = Array.from({ length: 10 }, (_, n) => {
          const bytes = randomBytes(3_000_000);
          // The last one cannot be saved before the kill.
          const read = async function* () {
            yield bytes.subarray(0, MiB);
            if (n === 9) await killed;
            yield bytes.subarray(MiB);
          };
          return { name: `${round}-${n}.bin`, bytes, read };
        });
        for (const { name, bytes } of sent) contents.set(name, sha256(bytes));
        await Promise.all([
          ...sent.map((file) => alice.says('', [file])),
          alice.presses(wanted, 'Get'),
          alice.command('/coffer tag wanted #kept'),
        ]);
        await program?.end('SIGKILL');
        expect(alice.errors).toEqual([]);
        expect(alice.sees.some(isCardOf(`${round}-9.bin`))).toBe(false);
        gate.emit('open');
        await start();
        for (const { name } of sent) await alice.hears(isCardOf(name), name, -1, 180_000);
      }
      await alice.hears(hasFile, 'the file that was asked for');
      await alice.commands('/coffer find wanted', ({ shown }) => shown.includes('#kept'));
      const { shown } = await alice.commands('/coffer usage', (message) => message.shown.includes('used'));
      expect(shown).toContain(`${contents.size + 1} files`);
      for (const [name, hash] of contents) {
        const { files } = await alice.asks(`get ${name}`, (message) => message.files[0]?.name === name);
        expect(files[0]?.sha256).toBe(hash);
      }
      expect(slack.refused).toEqual([]);
      const log = `${program?.output()}${program?.errors()}`;
      for (const secret of [slack.botToken, slack.signingSecret, 'wanted.bin'])
        expect(log).not.toContain(secret);
    } finally {
      await program?.end();
      await slack[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    }
  }, 600_000);

  it('goes on by Socket Mode, and says with `slack check` what is missing', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'coffer-slack-'));
    const slack = await SlackServer.open();
    const env = {
      SLACK_BOT_TOKEN: slack.botToken,
      SLACK_APP_TOKEN: slack.appToken,
      SLACK_API_URL: slack.apiUrl,
    };
    let program = await startServer(folder, env);
    try {
      const connected = () => poll(() => (slack.socketMode.connections.size > 0 ? true : undefined));
      await connected();
      const alice = slack.user('U1', 'alice');
      const setup = (await readFile(join(folder, 'setup-code'), 'utf8')).trim();
      await alice.commands(`/coffer claim ${setup} alice`, ({ shown }) => shown.includes('@alice'));
      const bytes = randomBytes(5_000_000);
      await alice.says('', [{ name: 'kept.bin', bytes }]);
      await program.end('SIGKILL');
      program = await startServer(folder, env);
      await connected();
      await alice.hears(isCardOf('kept.bin'));
      const { files } = await alice.asks('get kept', hasFile);
      expect(files[0]?.bytes?.equals(bytes)).toBe(true);
      const check = () => run({ COFFER_DATA_DIR: folder, ...env }, ['slack', 'check']);
      expect((await check()).code).toBe(0);
      slack.scopes = slack.scopes.replace('files:write,', '');
      const missing = await check();
      expect(missing.code).toBe(1);
      expect(missing.output + missing.errors).toContain('files:write');
      expect(missing.output + missing.errors).not.toMatch(/xoxb-|xapp-/);
      expect(await program.end()).toBe(0);
    } finally {
      await program.end();
      await slack[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    }
  }, 600_000);
});
