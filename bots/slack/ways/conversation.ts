import type { Place } from '../files/deliver.ts';
import type { Message } from '../render/message.ts';
import type { Slack } from '../slack.ts';
import { type Answer, SlackRefusal } from '../transport/web.ts';
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

  constructor(
    slack: Slack,
    /** Id of the conversation, or the person whose it is. */
    to: Address['to'],
    signal: AbortSignal,
    { threadTs, pressed }: { threadTs?: string | undefined; pressed?: Sent | undefined } = {},
  ) {
    this.#slack = slack;
    this.address = { to, threadTs };
    this.#signal = signal;
    this.#pressed = pressed;
  }

  async post(message: Message): Promise<Sent | undefined> {
    const { channel, threadTs } = await this.place();
    const { ts } = await this.#send('chat.postMessage', message, {
      channel,
      unfurl_links: false,
      unfurl_media: false,
      ...(threadTs === undefined ? {} : { thread_ts: threadTs }),
    });
    return typeof ts === 'string' ? { channel, ts } : undefined;
  }

  async update(sent: Sent, message: Message): Promise<Sent | undefined> {
    return (await this.#change(sent, message)) ? sent : this.post(message);
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
