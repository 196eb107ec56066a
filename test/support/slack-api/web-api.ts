import { blockProblems, viewProblems } from './block-kit.ts';
import { type Json, SlackMessage } from './message.ts';
import { Refusal } from './refusal.ts';
import type { SlackServer } from './slack-api.ts';

type Method = (slack: SlackServer, args: Json) => object;

/** The methods of the Web API that an app of our kind may call. */
export const methods: Readonly<Record<string, Method>> = {
  'auth.test': ({ team, botUser, botId }) => ({
    url: 'https://team.slack.com/',
    team: 'Team',
    user: 'coffer',
    team_id: team,
    user_id: botUser,
    bot_id: botId,
    is_enterprise_install: false,
  }),
  'apps.connections.open': (slack) => ({ url: slack.socketMode.open() }),
  'users.info': (slack, { user }) => {
    const found = slack.profiles.get(user);
    if (found === undefined) throw new Refusal('user_not_found');
    return { user: found };
  },
  'conversations.open': (slack, { users, channel }) => {
    const user = users ?? channel?.replace(/^D/, '');
    if (user === slack.botUser) throw new Refusal('cannot_dm_bot');
    if (!slack.profiles.has(user)) throw new Refusal('user_not_found');
    return { no_op: true, already_open: true, channel: { id: slack.directWith(user) } };
  },
  'conversations.info': (slack, { channel }) => {
    const members = slack.membersOf(channel);
    if (members === undefined) throw new Refusal('channel_not_found');
    return {
      channel: { id: channel, is_im: channel.startsWith('D'), is_member: members.has(slack.botUser) },
    };
  },
  'conversations.history': (slack, { channel, oldest = '0', limit = 100 }) => ({
    messages: history(slack, channel, Number(oldest))
      .filter(({ threadTs, ts }) => threadTs === undefined || threadTs === ts)
      .slice(0, Number(limit))
      .map((message) => shown(slack, message)),
    has_more: false,
  }),
  'conversations.replies': (slack, { channel, ts, oldest = '0', limit = 1000 }) => ({
    messages: history(slack, channel, Number(oldest))
      .filter((message) => message.threadTs === ts || message.ts === ts)
      .toReversed()
      .slice(0, Number(limit))
      .map((message) => shown(slack, message)),
    has_more: false,
  }),
  'chat.postMessage': (slack, args) => {
    const message = post(slack, args);
    return { channel: message.channel, ts: message.ts, message: shown(slack, message) };
  },
  'chat.postEphemeral': (slack, args) => {
    if (slack.membersOf(args['channel'])?.has(args['user']) !== true)
      throw new Refusal('user_not_in_channel');
    return { message_ts: post(slack, args, args['user']).ts };
  },
  'chat.update': (slack, args) => {
    const message = ownMessage(slack, args, 'cant_update_message');
    const { text, blocks } = content(args);
    slack.change(message, { text, blocks });
    return { channel: message.channel, ts: message.ts, text, message: shown(slack, message) };
  },
  'chat.delete': (slack, args) => {
    slack.remove(ownMessage(slack, args, 'cant_delete_message'));
    return { channel: args['channel'], ts: args['ts'] };
  },
  'files.info': (slack, { file }) => ({ file: slack.host.describe(knownFile(slack, file), 'info') }),
  'files.delete': (slack, { file }) => {
    const found = knownFile(slack, file);
    if (found.owner !== slack.botUser) throw new Refusal('cant_delete_file');
    slack.removeFile(found);
    return {};
  },
  'files.getUploadURLExternal': (slack, { filename, length }) => {
    const bytes = Number(length);
    if (typeof filename !== 'string' || filename === '')
      throw new Refusal('invalid_arguments', ['[ERROR] missing required field: filename']);
    if (!Number.isSafeInteger(bytes) || bytes <= 0)
      throw new Refusal('invalid_arguments', ['[ERROR] must be greater than 0 [json-pointer:/length]']);
    if (bytes > slack.uploadLimitBytes) throw new Refusal('file_upload_size_restricted');
    return slack.host.announce(filename, bytes);
  },
  'files.completeUploadExternal': (slack, { files, channel_id, thread_ts, initial_comment = '' }) => {
    if (channel_id !== undefined) mayPost(slack, channel_id);
    const done = (files as Json[]).map(({ id }) => {
      const file = slack.host.complete(id, slack.botUser);
      if (file === undefined) throw new Refusal('file_not_found');
      return file;
    });
    if (channel_id !== undefined)
      slack.add(
        { channel: channel_id, author: slack.botUser, threadTs: thread_ts },
        initial_comment,
        [],
        done,
      );
    return { files: done.map(({ id, name }) => ({ id, title: name })) };
  },
  'views.open': (slack, { trigger_id, view }) => {
    const user = slack.useTrigger(trigger_id);
    if (view['type'] !== 'modal') throw new Refusal('invalid_arguments');
    return { view: slack.openView(user, checkedView(view)) };
  },
  'views.update': (slack, { view_id, view }) => {
    const found = slack.views.find(({ id }) => id === view_id);
    if (found === undefined) throw new Refusal('not_found');
    found.view = checkedView(view);
    return { view: { ...found.view, id: view_id } };
  },
  'views.publish': (slack, { user_id, view }) => {
    if (!slack.profiles.has(user_id)) throw new Refusal('user_not_found');
    if (view['type'] !== 'home') throw new Refusal('invalid_arguments');
    slack.publishHome(user_id, checkedView(view));
    return { view: { ...view, id: `VHOME${user_id}` } };
  },
};

function post(slack: SlackServer, args: Json, onlyFor?: string): SlackMessage {
  const channel = slack.profiles.has(args['channel']) ? slack.directWith(args['channel']) : args['channel'];
  mayPost(slack, channel);
  const { text, blocks } = content(args);
  return slack.add({ channel, author: slack.botUser, onlyFor, threadTs: args['thread_ts'] }, text, blocks);
}

/** What is to be seen in a conversation, newest first. */
function history(slack: SlackServer, channel: string, oldest: number): SlackMessage[] {
  const members = slack.membersOf(channel);
  if (members === undefined) throw new Refusal('channel_not_found');
  if (!members.has(slack.botUser)) throw new Refusal('not_in_channel');
  return slack.messages
    .filter((message) => message.channel === channel && message.onlyFor === undefined)
    .filter(({ ts }) => Number(ts) > oldest)
    .toReversed();
}

function mayPost(slack: SlackServer, channel: unknown): void {
  const members = typeof channel === 'string' ? slack.membersOf(channel) : undefined;
  if (members === undefined) throw new Refusal('channel_not_found');
  if (!members.has(slack.botUser)) throw new Refusal('not_in_channel');
}

/** Text and blocks of a message. @throws Refusal. */
export function content({ text = '', blocks = [] }: Json): { text: string; blocks: readonly Json[] } {
  if (text === '' && blocks.length === 0) throw new Refusal('no_text');
  if (text.length > 40_000) throw new Refusal('msg_too_long');
  const problems = blockProblems(blocks, 'message');
  if (problems.length > 0) throw new Refusal('invalid_blocks', problems);
  let next = 0;
  return {
    text,
    blocks: blocks.map((block: Json) => ({ ...block, block_id: block['block_id'] ?? `b${next++}` })),
  };
}

function checkedView(view: Json): Json {
  const problems = viewProblems(view);
  if (problems.length > 0) throw new Refusal('invalid_arguments', problems);
  let next = 0;
  return {
    ...view,
    blocks: view['blocks'].map((block: Json) => ({
      ...block,
      block_id: block['block_id'] ?? `v${next++}`,
    })),
  };
}

function ownMessage(slack: SlackServer, { channel, ts }: Json, refusal: string): SlackMessage {
  if (slack.membersOf(channel) === undefined) throw new Refusal('channel_not_found');
  const message = slack.messages.find(
    (known) => known.channel === channel && known.ts === ts && known.onlyFor === undefined,
  );
  if (message === undefined) throw new Refusal('message_not_found');
  if (message.author !== slack.botUser) throw new Refusal(refusal);
  return message;
}

function knownFile(slack: SlackServer, id: string) {
  const file = slack.host.files.get(id);
  if (file === undefined) throw new Refusal('file_not_found');
  if (file.deleted) throw new Refusal('file_deleted');
  return file;
}

/** A message as the API and payloads have it. */
export const shown = (slack: SlackServer, message: SlackMessage): Json => ({
  type: 'message',
  ts: message.ts,
  text: message.text,
  blocks: message.blocks,
  team: slack.team,
  ...(message.threadTs === undefined ? {} : { thread_ts: message.threadTs }),
  ...(message.author === slack.botUser
    ? { user: slack.botUser, bot_id: slack.botId, app_id: 'A0COFFER' }
    : { user: message.author }),
  ...(message.files.length === 0
    ? {}
    : { files: message.files.map((file) => slack.host.describe(file, 'message')) }),
});
