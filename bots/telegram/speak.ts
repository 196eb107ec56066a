import type { Actor } from '../../src/accounts/actor.ts';
import { LockerError } from '../../src/errors.ts';
import { withButtons } from '../buttons.ts';
import type { Action } from '../port/action.ts';
import type { Delivery, Note, Reply } from '../port/reply.ts';
import { explain } from '../words/errors.ts';
import type { Reader } from '../words/time.ts';
import { deliver } from './files/deliver.ts';
import { messagesIn, removeLater, removeMessages } from './removal.ts';
import { cut, type MarkedText, maxText } from './render/entities.ts';
import { type Message, render, type Shown } from './render/render.ts';
import type { Telegram } from './telegram.ts';
import { isUnchanged, TelegramRefusal } from './transport/failures.ts';

/** How long the question of a prompt waits for the next message, seconds. */
export const promptSeconds = 15 * 60;
/** How long a card is known by its message, seconds. */
const cardSeconds = 365 * 24 * 3600;
const maxPlaceholder = 64;

/** Whom something is said to. */
export interface Audience {
  readonly identity: string;
  readonly chat: number;
  /** The account behind it; undefined for a stranger. */
  readonly actor: Actor | undefined;
  readonly reader: Reader;
  /** The message that the first answer replaces. */
  readonly edits?: number | undefined;
  /** The message that the first answer is an answer to. */
  readonly answers?: number | undefined;
  readonly signal: AbortSignal;
  /** The message that an attempt before this one sent, and where the one of this attempt is kept. */
  readonly earlier?: number | undefined;
  readonly remember?: ((message: number) => Promise<void>) | undefined;
}

/** What a prompt left for the next message. */
export interface Question {
  readonly answer: Action;
  readonly message: number;
  readonly secret: boolean;
  readonly slash: boolean;
  /** Something else was said meanwhile: only a reply to it answers it now. */
  readonly aside?: true;
}

export const questionKey = 'telegram-question';
export const cardKey = (message: number): string => `telegram-card:${message}`;

/**
 * Says what a command answers. Progress is one message, which what comes next replaces.
 *
 * @throws TelegramRefusal, TelegramUnavailable, and what the replies throw.
 */
export async function speak(
  telegram: Telegram,
  audience: Audience,
  replies: AsyncIterable<Reply> | Iterable<Reply>,
): Promise<void> {
  const speaker = new Speaker(telegram, audience);
  for await (const reply of replies) await speaker.say(reply);
}

class Speaker {
  readonly #telegram: Telegram;
  readonly #audience: Audience;
  /** The message that the next reply replaces. */
  #open: number | undefined;
  #remembered: boolean;

  constructor(telegram: Telegram, audience: Audience) {
    this.#telegram = telegram;
    this.#audience = audience;
    this.#open = audience.edits ?? audience.earlier;
    this.#remembered = audience.edits !== undefined || audience.earlier !== undefined;
  }

  async say(reply: Reply): Promise<void> {
    switch (reply.kind) {
      case 'progress':
        this.#open = await this.#show(reply);
        return;
      case 'note':
      case 'card':
      case 'list':
      case 'prompt': {
        const message = await this.#show(reply);
        this.#open = undefined;
        await this.#keep(message, reply);
        return;
      }
      case 'delivery': {
        const { chat, edits } = this.#audience;
        const instead = await this.#deliver(reply);
        if (instead !== undefined) return this.say(instead);
        // What was said of the progress is over; a message that was pressed stays.
        if (this.#open !== undefined && this.#open !== edits)
          await removeMessages(this.#telegram, chat, [this.#open]);
        this.#open = undefined;
        return;
      }
      case 'removal':
        await this.#remove(reply.messages);
        return;
    }
  }

  /** @returns what is said instead. */
  async #deliver(delivery: Delivery): Promise<Note | undefined> {
    const { chat, actor, signal } = this.#audience;
    try {
      return await deliver(this.#telegram, chat, actor, delivery, signal);
    } catch (error) {
      if (!(error instanceof LockerError)) throw error;
      return { kind: 'note', text: explain(error, this.#telegram.facts) };
    }
  }

  /** @returns the message that shows it, the last one of several. */
  async #show(reply: Shown): Promise<number> {
    const { identity, reader } = this.#audience;
    const message = await withButtons(this.#telegram.locker.chatNotes, identity, (reference) =>
      render(reply, reader, reference),
    );
    const asks = reply.kind === 'prompt' ? (reply.placeholder ?? '') : undefined;
    const parts = cut(message.text, maxText);
    let shown: number | undefined;
    for (const [index, text] of parts.entries()) {
      const buttons = index === parts.length - 1 ? message.buttons : [];
      shown = await this.#showPart({ text, buttons }, asks);
      this.#open = undefined;
    }
    if (shown === undefined) throw new RangeError('a text has a part');
    return shown;
  }

  async #showPart(message: Message, asks: string | undefined): Promise<number> {
    const open = this.#open;
    // A message cannot be changed into one that asks: a new one opens the keyboard.
    if (open !== undefined && asks === undefined && (await this.#edit(open, message))) return open;
    const sent = await this.#send(message, asks);
    if (!this.#remembered) {
      this.#remembered = true;
      await this.#audience.remember?.(sent);
    }
    return sent;
  }

  /** @returns false for a message that is gone, or cannot be changed. */
  async #edit(message_id: number, { text, buttons }: Message): Promise<boolean> {
    try {
      await this.#telegram.api.call('editMessageText', {
        chat_id: this.#audience.chat,
        message_id,
        ...content(text),
        reply_markup: { inline_keyboard: buttons },
      });
      return true;
    } catch (error) {
      if (isUnchanged(error)) return true;
      if (error instanceof TelegramRefusal && error.code === 400) return false;
      throw error;
    }
  }

  async #send({ text, buttons }: Message, asks: string | undefined): Promise<number> {
    const { chat, answers } = this.#audience;
    const markup =
      asks === undefined
        ? buttons.length === 0
          ? undefined
          : { inline_keyboard: buttons }
        : {
            force_reply: true as const,
            ...(asks === '' ? {} : { input_field_placeholder: asks.slice(0, maxPlaceholder) }),
          };
    const { message_id } = await this.#telegram.api.call('sendMessage', {
      chat_id: chat,
      ...content(text),
      ...(markup === undefined ? {} : { reply_markup: markup }),
      ...(answers === undefined
        ? {}
        : { reply_parameters: { message_id: answers, allow_sending_without_reply: true } }),
    });
    return message_id;
  }

  /** What the person may refer to later: the card that they reply to, the question that they answer. */
  async #keep(message: number, reply: Shown): Promise<void> {
    const { chatNotes } = this.#telegram.locker;
    const { identity } = this.#audience;
    if (reply.kind === 'card')
      await chatNotes.set(identity, cardKey(message), { file: reply.file.id }, cardSeconds);
    if (reply.kind === 'prompt') {
      const question: Question = {
        answer: reply.answer,
        message,
        secret: reply.secret === true,
        slash: reply.slash === true,
      };
      await chatNotes.set(identity, questionKey, question, promptSeconds);
    }
  }

  async #remove(references: readonly string[]): Promise<void> {
    const { chat } = this.#audience;
    // By the inbox: it happens although Telegram may be away just now.
    await removeLater(this.#telegram.locker, chat, messagesIn(chat, references), 0);
  }
}

const content = ({ text, entities }: MarkedText) => ({
  text: text.trim() === '' ? '…' : text,
  entities: [...entities],
  link_preview_options: { is_disabled: true },
});
