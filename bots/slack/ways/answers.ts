import { createHash } from 'node:crypto';
import type { InboxItem } from '../../../src/chats/inbox.ts';
import type { Place } from '../files/deliver.ts';
import type { Message } from '../render/message.ts';
import type { Slack } from '../slack.ts';
import { SlackRefusal } from '../transport/web.ts';
import type { Sent } from './outlet.ts';

/** How long it is remembered what an attempt sent, seconds: longer than anything is tried again. */
const rememberedSeconds = 3 * 24 * 3600;
/** Slack's clock and ours may differ by this, seconds. */
const skewSeconds = 60;
const maxMessages = 200;

/** One of the messages that answer an item. */
export interface AnswerSlot {
  readonly index: number;
  /** What an attempt before this one sent in its place. */
  readonly earlier: Sent | undefined;
  /** True if that is an answer, and no word that it is being worked on: then it stays. */
  readonly isAnswered: boolean;
}

interface Known extends Sent {
  readonly isAnswer: boolean;
}

interface Noted {
  readonly messages: Readonly<Record<string, Known>>;
  readonly files: Readonly<Record<string, string>>;
}

/** What a conversation shows of an attempt before this one. */
interface Shown {
  readonly messages: ReadonlyMap<number, Known>;
  readonly files: ReadonlySet<string>;
}

const nothing: Shown = { messages: new Map(), files: new Set() };

/**
 * The messages and files that answer one item of the inbox, in their order, so that an attempt after a kill goes on with
 * what the one before sent. What that one could not note any more is found in the conversation: every message carries a
 * mark, as the id of its first block.
 */
export class Answers {
  readonly #slack: Slack;
  readonly #item: InboxItem;
  readonly #signal: AbortSignal;
  readonly #mark: string;
  readonly #shown = new Map<string, Promise<Shown>>();
  #noted: Noted | undefined;
  #messages = 0;
  #files = 0;

  constructor(slack: Slack, item: InboxItem, signal: AbortSignal) {
    this.#slack = slack;
    this.#item = item;
    this.#signal = signal;
    this.#mark = `answer-${createHash('sha256').update(item.id).digest('base64url').slice(0, 22)}`;
  }

  /** The next message. */
  async next(place: Place): Promise<AnswerSlot> {
    const index = this.#messages++;
    const noted = (await this.#load()).messages[index];
    // Begun for the first time, there is nothing to find that was not noted.
    const shown = noted?.isAnswer === true || this.#item.attempts === 0 ? nothing : await this.#look(place);
    const known = shown.messages.get(index) ?? noted;
    const earlier = known === undefined ? undefined : { channel: known.channel, ts: known.ts };
    return { index, earlier, isAnswered: known?.isAnswer === true };
  }

  /** Marks a message as the one of a slot. */
  marked({ index }: AnswerSlot, message: Message): Message {
    const [first, ...rest] = message.blocks;
    if (first === undefined) return message;
    const id = `${this.#mark}-${index}-${message.isPassing === true ? 'passing' : 'answer'}`;
    return { ...message, blocks: [{ ...first, block_id: id }, ...rest] };
  }

  /** Notes what was sent in a slot. */
  async sent({ index }: AnswerSlot, { channel, ts }: Sent, { isPassing }: Message): Promise<void> {
    const { messages, files } = await this.#load();
    await this.#note({
      messages: { ...messages, [index]: { channel, ts, isAnswer: isPassing !== true } },
      files,
    });
  }

  /**
   * The next file.
   *
   * @returns true if an attempt before this one delivered it.
   */
  async isDelivered(place: Place): Promise<boolean> {
    // Whatever the attempts are: one that was only put off counts for none.
    const id = (await this.#load()).files[this.#files];
    if (id === undefined || !(await this.#look(place)).files.has(id)) return false;
    this.#files++;
    return true;
  }

  /** Notes the id of a file that is about to be there. */
  async sending(id: string): Promise<void> {
    const { messages, files } = await this.#load();
    await this.#note({ messages, files: { ...files, [this.#files++]: id } });
  }

  get #key(): string {
    return `slack-answer:${this.#item.id}`;
  }

  async #load(): Promise<Noted> {
    this.#noted ??= (await this.#slack.locker.chatNotes.get<Noted>('slack', this.#key)) ?? {
      messages: {},
      files: {},
    };
    return this.#noted;
  }

  async #note(noted: Noted): Promise<void> {
    this.#noted = noted;
    await this.#slack.locker.chatNotes.set('slack', this.#key, noted, rememberedSeconds);
  }

  #look(place: Place): Promise<Shown> {
    const key = `${place.channel} ${place.threadTs ?? ''}`;
    const known = this.#shown.get(key) ?? this.#ask(place);
    this.#shown.set(key, known);
    return known;
  }

  async #ask({ channel, threadTs }: Place): Promise<Shown> {
    const { web, locker } = this.#slack;
    const oldest = String(Math.floor(this.#item.receivedAt.getTime() / 1000) - skewSeconds);
    const where = { channel, oldest, limit: maxMessages };
    try {
      const answer =
        threadTs === undefined
          ? await web.call('conversations.history', where, { signal: this.#signal })
          : await web.call('conversations.replies', { ...where, ts: threadTs }, { signal: this.#signal });
      return this.#read(channel, answer['messages']);
    } catch (error) {
      if (!(error instanceof SlackRefusal)) throw error;
      locker.log.warn({ reason: error.code }, 'Slack does not say what was answered before a kill');
      return nothing;
    }
  }

  #read(channel: string, answer: unknown): Shown {
    const messages = new Map<number, Known>();
    const files = new Set<string>();
    for (const message of (Array.isArray(answer) ? answer : []) as readonly HistoryMessage[]) {
      for (const { id } of message.files ?? []) if (id !== undefined) files.add(id);
      const { ts } = message;
      const id = message.blocks?.[0]?.block_id ?? '';
      const [, index, kind] = /-(\d{1,3})-(answer|passing)$/.exec(id) ?? [];
      if (ts !== undefined && index !== undefined && id.startsWith(`${this.#mark}-`))
        messages.set(Number(index), { channel, ts, isAnswer: kind === 'answer' });
    }
    return { messages, files };
  }
}

interface HistoryMessage {
  readonly ts?: string;
  readonly blocks?: readonly { readonly block_id?: string }[];
  readonly files?: readonly { readonly id?: string }[];
}
