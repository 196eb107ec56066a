import type { Actor } from '../../src/accounts/actor.ts';
import { LockerError } from '../../src/errors.ts';
import { withButtons } from '../buttons.ts';
import type { Delivery, Note, Reply } from '../port/reply.ts';
import { explain } from '../words/errors.ts';
import type { Reader } from '../words/time.ts';
import { deliver } from './files/deliver.ts';
import { showLater } from './late.ts';
import { messagesIn, removeLater } from './removal.ts';
import { cut, maxText } from './render/entities.ts';
import { render, type Shown } from './render/render.ts';
import { meaningOf, show, type Showing } from './show.ts';
import type { Telegram } from './telegram.ts';
import { TelegramUnavailable } from './transport/failures.ts';

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

/**
 * Says what a command answers. Progress is one message, which what comes next replaces. What Telegram does not take now is
 * said later.
 *
 * @throws TelegramRefusal, TelegramUnavailable for a file, and what the replies throw.
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
  /** True once something has to wait: what comes after it waits behind it. */
  #isLate = false;

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
      case 'prompt':
        await this.#show(reply);
        this.#open = undefined;
        return;
      case 'delivery': {
        const { chat, edits } = this.#audience;
        const { locker } = this.#telegram;
        const instead = await this.#deliver(reply);
        if (instead !== undefined) return this.say(instead);
        // What was said of the progress is over; a message that was pressed stays. By the inbox: the file is there.
        if (this.#open !== undefined && this.#open !== edits)
          await removeLater(locker, chat, [this.#open], 0);
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

  /** @returns the message that shows it, the last one of several; that of the progress if it has to wait. */
  async #show(reply: Shown): Promise<number | undefined> {
    const { identity, reader, chat, answers } = this.#audience;
    const message = await withButtons(this.#telegram.locker.chatNotes, identity, (reference) =>
      render(reply, reader, reference),
    );
    const asks = reply.kind === 'prompt' ? (reply.placeholder ?? '') : undefined;
    const parts = cut(message.text, maxText);
    let shown = this.#open;
    for (const [index, text] of parts.entries()) {
      const isLast = index === parts.length - 1;
      const showing: Showing = {
        chat,
        message: { text, buttons: isLast ? message.buttons : [] },
        edits: index === 0 ? this.#open : undefined,
        answers,
        asks,
        meaning: isLast ? meaningOf(reply) : undefined,
      };
      shown = (await this.#showPart(showing, reply.kind === 'progress')) ?? shown;
    }
    return shown;
  }

  /** @returns undefined if it has to wait. */
  async #showPart(showing: Showing, isProgress: boolean): Promise<number | undefined> {
    const { identity, remember } = this.#audience;
    let afterMs = 0;
    if (!this.#isLate) {
      try {
        const shown = await show(this.#telegram, identity, showing);
        if (!this.#remembered && shown !== showing.edits) {
          this.#remembered = true;
          await remember?.(shown);
        }
        return shown;
      } catch (error) {
        if (!(error instanceof TelegramUnavailable)) throw error;
        afterMs = error.retryAfterMs;
      }
    }
    // The command is done, or goes on: it is not run again because its words have to wait.
    if (isProgress) return undefined;
    this.#isLate = true;
    await showLater(this.#telegram, identity, showing, afterMs);
    return undefined;
  }

  async #remove(references: readonly string[]): Promise<void> {
    const { chat } = this.#audience;
    // By the inbox: it happens although Telegram may be away just now.
    await removeLater(this.#telegram.locker, chat, messagesIn(chat, references), 0);
  }
}
