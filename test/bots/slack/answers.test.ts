import { describe, expect, it } from 'vitest';
import { deliver } from '../../../bots/slack/files/deliver.ts';
import { FileHosts } from '../../../bots/slack/files/file-hosts.ts';
import type { Message } from '../../../bots/slack/render/message.ts';
import { richText } from '../../../bots/slack/render/rich-text.ts';
import type { Slack } from '../../../bots/slack/slack.ts';
import { SlackWeb } from '../../../bots/slack/transport/web.ts';
import { Answers } from '../../../bots/slack/ways/answers.ts';
import { Conversation } from '../../../bots/slack/ways/conversation.ts';
import { Workspace } from '../../../bots/slack/workspace.ts';
import type { Delivery } from '../../../bots/port/reply.ts';
import { openTestLocker } from '../../support/locker.ts';
import { SlackServer } from '../../support/slack-api/slack-api.ts';

const signal = new AbortController().signal;
const says = (text: string): Message => ({ text, blocks: richText([text]) });
const working: Message = { ...says('working'), isPassing: true };

const delivery = (name: string): Delivery => ({
  kind: 'delivery',
  file: { name } as Delivery['file'],
  version: 1,
  sizeBytes: 4,
  open: async () => pieces(),
  deleteAfterSeconds: null,
});

async function* pieces() {
  yield Buffer.from('data');
}

/** A conversation whose process can be killed: another attempt at the same item begins, with what Slack and the database know. */
async function openTalk(threadTs?: string) {
  const t = await openTestLocker();
  const server = await SlackServer.open();
  server.user('U1', 'alice');
  const channel = server.directWith('U1');
  const { locker } = t;
  const config = {
    botToken: server.botToken,
    signingSecret: undefined,
    appToken: undefined,
    apiUrl: server.apiUrl,
    fileHosts: [],
  };
  const web = new SlackWeb(config, locker.log);
  const slack: Slack = {
    locker,
    config,
    web,
    workspace: new Workspace(web, locker.log, locker.now),
    files: new FileHosts(config),
    publicUrl: () => '',
  };
  const receivedAt = locker.now();
  const attempt = (attempts: number, id = 'slack:event:1') => {
    const answers = new Answers(slack, { id, lane: 'a', payload: {}, attempts, receivedAt }, signal);
    return new Conversation(slack, { channel }, signal, { threadTs, answers });
  };
  return {
    attempt,
    server,
    deliver: (to: Conversation, delivery: Delivery) =>
      deliver(slack, delivery, { channel, threadTs }, to.answers, signal),
    /** Forgets what was noted: the kill came first. */
    unnote: () => locker.collections.chatNotes.deleteMany({}),
    said: () => server.messages.map(({ shown, files }) => shown + files.map(({ name }) => name).join()),
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]();
      await t[Symbol.asyncDispose]();
    },
  };
}

describe('an attempt after a kill', () => {
  it.each([
    ['in the conversation', undefined],
    ['in a thread', '1700000000.000100'],
  ])('says nothing a second time %s, whether what was said could be noted or not', async (_where, thread) => {
    for (const noted of [true, false]) {
      await using t = await openTalk(thread);
      const first = t.attempt(0);
      await first.post(says('one'));
      const shown = await first.post(working);
      if (!noted) await t.unnote();
      expect(await t.attempt(0, 'slack:event:2').post(says('of another item'))).toBeDefined();
      const second = t.attempt(1);
      await second.post(says('one'));
      const again = await second.post(working);
      expect(again).toEqual(shown);
      await second.update(again ?? { channel: '', ts: '' }, says('two'));
      expect(t.said()).toEqual(['one', 'two', 'of another item']);
      if (!noted) await t.unnote();
      const third = t.attempt(2);
      await third.post(says('one'));
      await third.post(says('two'));
      await third.post(says('three'));
      expect(t.said()).toEqual(['one', 'two', 'of another item', 'three']);
    }
  });

  it('leaves an answer as it is: what was done cannot be done again', async () => {
    await using t = await openTalk();
    await t.attempt(0).post(says('a.txt is now b.txt.'));
    await t.unnote();
    const second = t.attempt(1);
    const sent = await second.post(working);
    await second.update(sent ?? { channel: '', ts: '' }, says('There is no a.txt.'));
    expect(t.said()).toEqual(['a.txt is now b.txt.']);
  });

  it('sends anew what the person deleted meanwhile', async () => {
    await using t = await openTalk();
    await t.attempt(0).post(working);
    t.server.messages.length = 0;
    await t.attempt(1).post(says('done'));
    expect(t.said()).toEqual(['done']);
  });

  it.each([
    ['a kill', 1],
    ['a pause', 0],
  ])('sends no file a second time after %s, and one that was not there yet', async (_what, attempts) => {
    await using t = await openTalk();
    const first = t.attempt(0);
    await t.deliver(first, delivery('a.txt'));
    t.server.fail('files.completeUploadExternal', { error: 'fatal_error' });
    expect(await t.deliver(first, delivery('b.txt'))).toBe('refused');
    const second = t.attempt(attempts);
    for (const name of ['a.txt', 'b.txt', 'c.txt'])
      expect(await t.deliver(second, delivery(name))).toBe('sent');
    expect(t.said()).toEqual(['a.txt', 'b.txt', 'c.txt']);
  });

  it('goes on where Slack does not show the conversation', async () => {
    await using t = await openTalk();
    await t.attempt(0).post(says('one'));
    t.server.fail('conversations.history', { error: 'missing_scope' });
    await t.unnote();
    await t.attempt(1).post(says('one'));
    expect(t.said()).toEqual(['one', 'one']);
  });

  it('asks Slack nothing if the item was never begun before', async () => {
    await using t = await openTalk();
    await t.attempt(0).post(says('one'));
    expect(t.server.calls.map(({ method }) => method)).toEqual(['chat.postMessage']);
  });
});
