import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { fromBinary, toBinary } from '../../../src/database/binary.ts';
import { flipBit } from '../../support/bytes.ts';
import type { SentFile } from '../../support/slack-api/user.ts';
import type { SlackMessage } from '../../support/slack-api/message.ts';
import { openTestSlack } from './support.ts';

const isCardOf = (name: string) => (message: SlackMessage) =>
  message.shown.includes(name) && message.labels.includes('Get');
const hasFile = ({ files }: SlackMessage) => files.length > 0;
const bytes = Buffer.from('%PDF-1.7 what was sent');
const pdf = { name: 'odd.pdf', bytes, mimetype: 'application/pdf' };

/** A server that is none of Slack's, and what reached it. */
async function openForeign() {
  const seen: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    seen.push(request.headers.authorization);
    response.end(bytes);
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return {
    seen,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

describe('a file in Slack', () => {
  it.each<[string, Partial<SentFile>, RegExp]>([
    ['was deleted', { description: 'tombstone' }, /deleted/],
    ['is hidden by the plan', { description: 'hidden_by_limit' }, /hides/],
    ['lies at Google Drive', { description: 'external' }, /Google Drive/],
    ['is a canvas', { description: 'canvas' }, /not a file/],
    ['may not be seen', { description: 'access_denied' }, /not let me see/],
    ['is said to lie on another host', { description: 'elsewhere' }, /not a file host/],
    ['comes as a sign-in page', { serving: 'sign-in page' }, /sign-in page/],
    ['comes as a redirect', { serving: 'redirect' }, /elsewhere/],
    ['is shorter than announced', { serving: 'shorter' }, /announced/],
    ['is longer than announced', { serving: 'longer' }, /announced/],
    ['is cut in the middle', { serving: 'cut' }, /middle/],
    ['is gone', { serving: 'missing' }, /any more/],
    ['is refused', { serving: 'forbidden' }, /not let me see/],
  ])(
    'that %s is not stored; the person hears why in one message, and the token goes nowhere',
    async (_title, odd, sentence) => {
      await using b = await openTestSlack();
      await using foreign = await openForeign();
      b.slack.host.elsewhere = foreign.url;
      const alice = await b.owner();
      const count = alice.sees.length;
      const { shown, labels } = await alice.asks('', () => true, [{ ...pdf, ...odd }]);
      await b.idle();
      expect(shown).toMatch(sentence);
      expect(labels).not.toContain('Get');
      expect(alice.sees.length).toBe(count + 1);
      expect(await b.files(alice)).toEqual([]);
      expect(await b.t.locker.collections.chunks.countDocuments()).toBe(0);
      expect(foreign.seen).toEqual([]);
    },
  );

  it('that Slack describes only when asked is asked for, and saved', async () => {
    await using b = await openTestSlack();
    const alice = await b.owner();
    await alice.asks('', isCardOf('odd.pdf'), [{ ...pdf, description: 'check_file_info' }]);
    expect(await b.files(alice)).toEqual(['odd.pdf']);
  });

  it('that is good is saved although the ones beside it are not', async () => {
    await using b = await openTestSlack();
    const alice = await b.owner();
    await alice.asks('', isCardOf('good.pdf'), [
      { ...pdf, name: 'bad.pdf', serving: 'sign-in page' },
      { ...pdf, name: 'good.pdf' },
      { ...pdf, name: 'gone.pdf', description: 'tombstone' },
    ]);
    await b.idle();
    expect(await b.files(alice)).toEqual(['good.pdf']);
    const said = alice.sees.map(({ shown }) => shown);
    expect(said.join('\n')).toMatch(/bad\.pdf/);
    expect(said.join('\n')).toMatch(/deleted/);
  });

  it('that is a page is saved as one', async () => {
    await using b = await openTestSlack();
    const alice = await b.owner();
    const page = Buffer.from('<!DOCTYPE html><title>mine</title>');
    await alice.asks('', isCardOf('mine.html'), [{ name: 'mine.html', bytes: page, mimetype: 'text/html' }]);
    expect(await b.files(alice)).toEqual(['mine.html']);
  });
});

describe('a file on its way to Slack', () => {
  it('is streamed with its exact length, also when it is large', async () => {
    await using b = await openTestSlack();
    const alice = await b.owner();
    const large = randomBytes(25_000_001);
    const card = await alice.asks('', isCardOf('large.bin'), [{ name: 'large.bin', bytes: large }]);
    const after = b.slack.now;
    await alice.presses(card, 'Get');
    const { files } = await alice.hears(hasFile, 'the file', after);
    expect(files[0]?.bytes?.equals(large)).toBe(true);
    expect(b.slack.refused).toEqual([]);
  });

  it('comes as a link, good once, where Slack does not take it', async () => {
    await using b = await openTestSlack();
    const alice = await b.owner();
    await alice.asks('', isCardOf('film.mov'), [{ name: 'film.mov', bytes }]);
    const fail = (method: string, error: string) => b.slack.fail(method, { error });
    for (const [refuse, why] of [
      [() => void (b.slack.uploadLimitBytes = 10), 'more than this workspace takes'],
      [() => fail('files.getUploadURLExternal', 'file_uploads_disabled'), 'lets nobody upload'],
      [() => fail('files.getUploadURLExternal', 'storage_limit_reached'), 'did not take'],
      [() => b.slack.fail('upload', { status: 413 }), 'more than this workspace takes'],
      [() => b.slack.fail('upload', { status: 500 }, { status: 500 }, { status: 500 }), 'did not take'],
      [() => fail('files.completeUploadExternal', 'not_in_channel'), 'did not take'],
    ] as const) {
      b.slack.uploadLimitBytes = 1024 ** 3;
      refuse();
      const { shown, files } = await alice.asks('get film', (message) => message.shown.includes('/s/'));
      expect(files).toEqual([]);
      expect(shown).toContain('film.mov');
      expect(shown).toContain(why);
      const [link = ''] = /http:\S+\/s\/[A-Za-z0-9_-]+/.exec(shown) ?? [];
      const first = await fetch(link, { method: 'POST' });
      expect(Buffer.from(await first.arrayBuffer()).equals(bytes)).toBe(true);
      expect((await fetch(link, { method: 'POST' })).status).not.toBe(200);
    }
  });

  it('comes as a link if it is empty, which Slack does not take', async () => {
    await using b = await openTestSlack();
    const alice = await b.owner();
    await alice.asks('', isCardOf('empty.txt'), [{ name: 'empty.txt', bytes: Buffer.alloc(0) }]);
    const { shown } = await alice.asks('get empty', (message) => message.shown.includes('/s/'));
    expect(shown).toContain('empty.txt');
    expect(b.slack.refused).toEqual([]);
  });

  it('is damaged in the store, and nothing of it is shown to anybody', async () => {
    await using b = await openTestSlack();
    const alice = await b.owner();
    await alice.asks('', isCardOf('hurt.bin'), [{ name: 'hurt.bin', bytes: randomBytes(2_000_000) }]);
    const { chunks } = b.t.locker.collections;
    const last = await chunks.findOne({}, { sort: { n: -1 } });
    if (last === null) throw new Error('nothing is stored');
    const bytesOf = fromBinary(last.data);
    const data = toBinary(flipBit(bytesOf, bytesOf.length * 8 - 1));
    await chunks.updateOne({ _id: last._id }, { $set: { data } }, { bypassDocumentValidation: true });
    const { shown } = await alice.asks('get hurt', (message) => message.shown.includes('damaged'));
    expect(shown).not.toContain('/s/');
    expect(alice.sees.flatMap(({ files }) => files)).toEqual([]);
  });

  it('is deleted after the time that was asked for', async () => {
    await using b = await openTestSlack();
    const alice = await b.owner();
    await alice.asks('', isCardOf('brief.txt'), [{ name: 'brief.txt', bytes }]);
    await alice.asks('get brief for 10 minutes', hasFile);
    b.t.advance(9 * 60_000);
    await b.idle();
    expect(alice.sees.some(hasFile)).toBe(true);
    b.t.advance(61_000);
    await alice.until(() => !alice.sees.some(hasFile), 'its end');
    // What the person sent stays: it is theirs.
    expect([...b.slack.host.files.values()].filter(({ owner }) => owner === alice.id)[0]?.deleted).toBe(
      false,
    );
  });
});

describe('what Slack refuses for a while', () => {
  it('makes one method wait, and not the others', async () => {
    await using b = await openTestSlack();
    const alice = await b.owner();
    const bob = await b.member('bob');
    // Longer than what goes on meanwhile takes on a busy machine, and shorter than the app's patience.
    b.slack.fail('chat.postMessage', { retryAfterSeconds: 15 });
    const waits = alice.asks('usage', ({ onlyFor }) => onlyFor === undefined);
    const posted = () =>
      b.slack.calls.filter(
        ({ method, args }) => method === 'chat.postMessage' && args['channel'] === alice.direct,
      ).length;
    await alice.until(() => posted() > 0, 'the call');
    await bob.asks('usage');
    const other = await alice.commands('/coffer usage', ({ onlyFor }) => onlyFor === alice.id);
    const answered = await waits;
    expect(answered.changed).toBeGreaterThan(other.changed);
    expect(posted()).toBe(2);
  });

  it.each(['drop', { status: 503 }, { error: 'internal_error' }, { error: 'invalid_blocks' }] as const)(
    'is tried again, and said once: %o',
    async (fault) => {
      await using b = await openTestSlack();
      const alice = await b.owner();
      await alice.asks('', isCardOf('a.txt'), [{ name: 'a.txt', bytes }]);
      b.slack.fail('chat.postMessage', fault);
      const before = alice.sees.length;
      await alice.says('', [{ name: 'b.txt', bytes }]);
      await alice.hears(({ shown }) => shown.includes('b.txt'));
      await b.idle();
      expect(alice.sees.length).toBe(before + 1);
      expect(await b.files(alice)).toEqual(['a.txt', 'b.txt']);
    },
  );

  it('does not lose the answer to a command whose address has died', async () => {
    await using b = await openTestSlack();
    const alice = await b.owner();
    const channel = b.slack.channel('C1', alice.id);
    b.slack.fail('response_url', { status: 404 });
    const answer = await alice.commands('/coffer usage', ({ shown }) => shown.includes('used'), channel);
    expect([answer.channel, answer.onlyFor]).toEqual([alice.direct, undefined]);
  });
});

describe('nothing secret', () => {
  it('is in the log: no names, words, tokens, addresses or contents', async () => {
    await using b = await openTestSlack();
    const alice = await b.owner();
    const words = 'quetzalcoatl';
    await alice.asks(`/${words}-folder #${words}tag ${words} note`, isCardOf(`${words}.txt`), [
      { name: `${words}.txt`, bytes: Buffer.from(`${words} content`) },
      { name: `${words}-odd.txt`, bytes, serving: 'cut' },
    ]);
    await alice.asks(`get ${words}`, hasFile);
    b.slack.fail('chat.postMessage', { error: 'invalid_blocks' });
    b.slack.fail('files.completeUploadExternal', { error: 'not_in_channel' });
    await alice.asks(`get ${words}`, ({ shown }) => shown.includes('/s/'));
    b.slack.fail('chat.postMessage', 'drop', 'drop', 'drop', 'drop');
    await alice.asks(`find ${words}`);
    await alice.commands(`/coffer link ${words} password ${words}`);
    await b.idle();
    const log = b.t.logLines.join('');
    expect(log.length).toBeGreaterThan(0);
    const secrets = [
      words,
      b.slack.botToken,
      b.slack.signingSecret,
      'verification-token',
      '/files-pri/',
      '/upload/v1/',
      '/commands/',
      ...[...log.matchAll(/\/s\/[\w-]{10,}/g)].map(([link]) => link),
    ];
    expect(secrets.filter((secret) => log.includes(secret))).toEqual([]);
    const raw = JSON.stringify(await b.t.locker.collections.inbox.find().toArray());
    expect(raw).not.toContain(words);
  });
});
