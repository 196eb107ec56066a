import { findIdentity } from '../../../src/accounts/identity.ts';
import type { Actor } from '../../../src/accounts/actor.ts';
import type { Notice } from '../../../src/notify/notifier.ts';
import { commands, findAnswer, findCommand, saveCommand } from '../../../bots/commands/index.ts';
import { chatMemory } from '../../../bots/memory.ts';
import type { Action } from '../../../bots/port/action.ts';
import type { ChatFacts, Command, Context } from '../../../bots/port/command.ts';
import type { Attachment, Incoming } from '../../../bots/port/incoming.ts';
import type { Card, Delivery, Prompt, Reply } from '../../../bots/port/reply.ts';
import { plain, type Text } from '../../../bots/port/text.ts';
import { explain } from '../../../bots/words/errors.ts';
import { noticeReplies } from '../../../bots/words/notice-replies.ts';
import { collect } from '../../support/bytes.ts';
import type { TestLocker } from '../../support/locker.ts';

/** What was answered: plain text for people, and what can be pressed. */
export interface Answer {
  readonly replies: readonly Reply[];
  /** All texts, line by line. */
  readonly text: string;
  readonly labels: readonly string[];
  /** Presses a button by its label; of several, the nth from 0. */
  press(label: string, nth?: number): Promise<Answer>;
  readonly card: Card;
  readonly delivery: Delivery;
}

export interface Sent {
  readonly kind?: Attachment['kind'];
  readonly name?: string | undefined;
  readonly mediaType?: string;
  readonly bytes?: Uint8Array;
  readonly sizeBytes?: number | undefined;
  readonly origin?: string;
  readonly obstacle?: NonNullable<Attachment['obstacle']>;
  readonly open?: Attachment['open'];
}

export interface Talk {
  readonly identity: string;
  readonly context: Context;
  /** A line as it is typed: `/list`, or free text. It answers a question that is open. */
  says(words: string, more?: Partial<Incoming>): Promise<Answer>;
  sends(attachments: Sent | readonly Sent[], caption?: string, more?: Partial<Incoming>): Promise<Answer>;
  run(command: Command, more: Partial<Incoming>): Promise<Answer>;
  /** How the chat tells a notice to this person. */
  hears(notice: Notice): Promise<Answer>;
}

const facts: ChatFacts = {
  name: 'telegram',
  deliveryLimitBytes: 50_000_000,
  deletesMessages: true,
  fetchesAgain: true,
  command: (words) => `/${words}`,
};

let people = 1000;
let messages = 0;

/**
 * Talks to the locker as one person, without any chat.
 *
 * @param who someone with an account, who writes through the API's credential; or a label of someone whom the locker may not know.
 */
export function talk(
  t: TestLocker,
  who: Actor | { label?: string | undefined },
  chat: Partial<ChatFacts> = {},
): Talk {
  const identity = { id: `telegram:${people++}`, label: 'label' in who ? who.label : undefined };
  const context: Context = {
    locker: t.locker,
    memory: chatMemory(t.locker.chatNotes, identity.id),
    chat: { ...facts, ...chat },
    publicUrl: 'https://coffer.test',
    signal: new AbortController().signal,
  };
  let open: Prompt | undefined;

  const actorNow = async () => ('account' in who ? who : await findIdentity(t.locker, identity.id));

  const run = async (command: Command, more: Partial<Incoming>): Promise<Answer> => {
    const incoming: Incoming = {
      chat: 'telegram',
      identity,
      actor: await actorNow(),
      guest: { door: 'telegram', client: 'Telegram', address: identity.id },
      words: '',
      attachments: [],
      sentAt: t.locker.now(),
      messages: [`m${messages++}`],
      mention: () => undefined,
      ...more,
    };
    const replies: Reply[] = [];
    try {
      for await (const reply of command.run(context, incoming)) replies.push(reply);
    } catch (error) {
      replies.push({ kind: 'note', text: explain(error, context.chat, command) });
    }
    open = replies.findLast((reply): reply is Prompt => reply.kind === 'prompt');
    return answerOf(replies, press);
  };

  const press = (action: Action): Promise<Answer> =>
    run(requireCommand(action.command), { input: JSON.parse(JSON.stringify(action.input)) });

  return {
    identity: identity.id,
    context,
    run,
    says: async (words, more = {}) => {
      const [, name, rest = ''] = /^\/([a-z-]+)(?:\s+([\s\S]*))?$/.exec(words) ?? [];
      if (name !== undefined) return run(requireCommand(name), { words: rest, ...more });
      if (open !== undefined) {
        const { command, input } = open.answer;
        return run(requireCommand(command), { words, input, ...more });
      }
      const incoming = { words, actor: await actorNow(), mention: () => undefined, ...more } as Incoming;
      return run(await findAnswer(incoming), { words, ...more });
    },
    sends: (attachments, caption = '', more = {}) =>
      run(saveCommand, { words: caption, attachments: [attachments].flat().map(attachmentOf), ...more }),
    hears: async (notice) => {
      const actor = await actorNow();
      if (actor === undefined) throw new Error('a stranger hears nothing');
      return answerOf(await noticeReplies(context, actor, notice), press);
    },
  };
}

function requireCommand(name: string): Command {
  const command = findCommand(name);
  if (command === undefined) throw new Error(`no command ${name} among ${commands.length}`);
  return command;
}

function attachmentOf(sent: Sent): Attachment {
  const bytes = sent.bytes ?? Buffer.from('content');
  const origin = sent.origin ?? `origin-${messages++}`;
  return {
    kind: sent.kind ?? 'file',
    name: sent.name,
    mediaType: sent.mediaType ?? 'application/octet-stream',
    sizeBytes: 'sizeBytes' in sent ? sent.sizeBytes : bytes.length,
    origin,
    ...(sent.obstacle === undefined ? {} : { obstacle: sent.obstacle }),
    open:
      sent.open ??
      (async () =>
        (async function* () {
          yield bytes;
        })()),
  };
}

/** The content that a delivery brings. */
export const contentOf = async (delivery: Delivery): Promise<Buffer> => collect(await delivery.open());

function answerOf(replies: readonly Reply[], press: (action: Action) => Promise<Answer>): Answer {
  const actions = replies.flatMap(actionsOf);
  return {
    replies,
    text: replies
      .flatMap(textsOf)
      .map((text) => plain(text))
      .join('\n'),
    labels: actions.map(({ label }) => label),
    press: (label, nth = 0) => {
      const action = actions.filter((some) => some.label === label)[nth];
      if (action === undefined)
        throw new Error(`no button ${label} among ${actions.map((some) => some.label).join(', ')}`);
      return press(action);
    },
    get card() {
      return require(replies, 'card');
    },
    get delivery() {
      return require(replies, 'delivery');
    },
  };
}

function require<Kind extends Reply['kind']>(
  replies: readonly Reply[],
  kind: Kind,
): Extract<Reply, { kind: Kind }> {
  const found = replies.find((reply): reply is Extract<Reply, { kind: Kind }> => reply.kind === kind);
  if (found === undefined)
    throw new Error(
      `no ${kind}, but: ${replies
        .flatMap(textsOf)
        .map((text) => plain(text))
        .join('\n')}`,
    );
  return found;
}

/** Every text of a reply, as a person reads it. */
export function textsOf(reply: Reply): Text[] {
  switch (reply.kind) {
    case 'note':
    case 'progress':
    case 'prompt':
      return [reply.text];
    case 'card':
      return [reply.text ?? [], [`[${reply.file.name}]`]];
    case 'list':
      return [
        reply.title,
        ...reply.entries.map(({ number, text, detail }) => [
          number === null ? '- ' : `${number}. `,
          ...text,
          ...(detail === undefined ? [] : [' | ', ...detail]),
        ]),
      ];
    case 'delivery':
      return [[`<${reply.file.name}>`], reply.text ?? []];
    case 'removal':
      return [[`(removes ${reply.messages.length})`]];
    default: {
      const unknown: never = reply;
      return unknown;
    }
  }
}

function actionsOf(reply: Reply): readonly Action[] {
  switch (reply.kind) {
    case 'note':
    case 'card':
      return (reply.actions ?? []).flat();
    case 'list':
      return [
        ...reply.entries.flatMap(({ actions }) => actions),
        ...(reply.previous === undefined ? [] : [reply.previous]),
        ...(reply.next === undefined ? [] : [reply.next]),
        ...(reply.actions ?? []).flat(),
      ];
    case 'delivery':
    case 'prompt':
    case 'progress':
    case 'removal':
      return [];
    default: {
      const unknown: never = reply;
      return unknown;
    }
  }
}
