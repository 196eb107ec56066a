import type { Place } from '../files/deliver.ts';
import type { Message } from '../render/message.ts';
import type { Slack } from '../slack.ts';
import { type Answer, SlackRefusal } from '../transport/web.ts';
import type { Answers, AnswerSlot } from './answers.ts';
import type { Address, Outlet, Sent } from './outlet.ts';

/** Refusals that say that the message cannot be changed: then it is sent anew. */
const unchangeable = new Set([
  'cant_update_message',
  'edit_window_closed',
  'message_not_found',
  'is_inactive',
  'cant_update_messages',
]);

const badBlocks = new Set([
  'invalid_blocks',
  'invalid_blocks_format',
  'msg_blocks_too_long',
  'invalid_arguments',
]);

/** The direct message with a person. */
export class Conversation implements Outlet {
  readonly isElsewhere = false;
  readonly address: Address;
  readonly #slack: Slack;
  readonly #signal: AbortSignal;
  readonly #pressed: Sent | undefined;
  readonly answers: Answers | undefined;
  /** The messages that were sent, by their time stamps. */
  readonly #slots = new Map<string, AnswerSlot>();

  constructor(
    slack: Slack,
    /** Id of the conversation, or the person whose it is. */
    to: Address['to'],
    signal: AbortSignal,
    {
      threadTs,
      pressed,
      answers,
    }: { threadTs?: string | undefined; pressed?: Sent | undefined; answers?: Answers | undefined } = {},
  ) {
    this.#slack = slack;
    this.address = { to, threadTs };
    this.#signal = signal;
    this.#pressed = pressed;
    this.answers = answers;
  }

  async post(message: Message): Promise<Sent | undefined> {
    const place = await this.place();
    const slot = await this.answers?.next(place);
    if (slot?.earlier !== undefined) {
      this.#slots.set(slot.earlier.ts, slot);
      if (await this.#changeAnswer(slot.earlier, message)) return slot.earlier;
    }
    const { channel, threadTs } = place;
    const marked = slot === undefined ? message : this.answers?.marked(slot, message);
    const { ts } = await this.#send('chat.postMessage', marked ?? message, {
      channel,
      unfurl_links: false,
      unfurl_media: false,
      ...(threadTs === undefined ? {} : { thread_ts: threadTs }),
    });
    if (typeof ts !== 'string') return undefined;
    const sent = { channel, ts };
    if (slot !== undefined) {
      this.#slots.set(ts, { ...slot, earlier: undefined, isAnswered: false });
      await this.answers?.sent(slot, sent, message);
    }
    return sent;
  }

  async update(sent: Sent, message: Message): Promise<Sent | undefined> {
    return (await this.#changeAnswer(sent, message)) ? sent : this.post(message);
  }

  /** Changes a message that answers. @returns false if it is gone. */
  async #changeAnswer(sent: Sent, message: Message): Promise<boolean> {
    const slot = this.#slots.get(sent.ts);
    if (slot === undefined || this.answers === undefined) return this.#change(sent, message);
    // What was answered before a kill is true: done once more, it might only say that it is done already.
    if (slot.isAnswered) return true;
    if (!(await this.#change(sent, this.answers.marked(slot, message)))) return false;
    await this.answers.sent(slot, sent, message);
    return true;
  }

  async replace(message: Message): Promise<boolean> {
    return this.#pressed !== undefined && this.#change(this.#pressed, message);
  }

  async place(): Promise<Place> {
    const { to, threadTs } = this.address;
    const channel = 'channel' in to ? to.channel : await this.#slack.workspace.conversation(to.user);
    return { channel, threadTs };
  }

  async #change({ channel, ts }: Sent, message: Message): Promise<boolean> {
    try {
      await this.#send('chat.update', message, { channel, ts });
      return true;
    } catch (error) {
      if (error instanceof SlackRefusal && unchangeable.has(error.code)) return false;
      throw error;
    }
  }

  /** Without blocks if Slack does not accept them: an answer without buttons is better than none. */
  async #send(method: string, { text, blocks }: Message, args: Record<string, unknown>): Promise<Answer> {
    const { web, locker } = this.#slack;
    const options = { signal: this.#signal };
    try {
      return await web.call(method, { ...args, text, blocks }, options);
    } catch (error) {
      if (!(error instanceof SlackRefusal) || !badBlocks.has(error.code)) throw error;
      locker.log.error({ err: error, reason: error.code }, 'Slack did not accept the blocks of a message');
      return web.call(method, { ...args, text, blocks: [] }, options);
    }
  }
}
