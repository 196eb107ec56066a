import type { Place } from '../files/deliver.ts';
import type { Message } from '../render/message.ts';
import type { Answers } from './answers.ts';
import type { Conversation } from './conversation.ts';
import type { Address, Outlet, Sent } from './outlet.ts';
import type { ResponseUrl } from './respond.ts';

/**
 * Answers that only the person sees, where they typed or pressed, by the response URL; in the direct message once that does
 * not work any more.
 */
export class Whisper implements Outlet {
  readonly isElsewhere = true;
  readonly #url: ResponseUrl;
  readonly #direct: Conversation;
  readonly #signal: AbortSignal;
  /** Whether there is a message that was pressed. */
  readonly #pressed: boolean;

  constructor(url: ResponseUrl, direct: Conversation, signal: AbortSignal, pressed: boolean) {
    this.#url = url;
    this.#direct = direct;
    this.#signal = signal;
    this.#pressed = pressed;
  }

  get answers(): Answers | undefined {
    return this.#direct.answers;
  }

  get address(): Address {
    return this.#direct.address;
  }

  async post(message: Message): Promise<Sent | undefined> {
    return (await this.#url.send(message, false, this.#signal)) ? undefined : this.#direct.post(message);
  }

  async update(sent: Sent, message: Message): Promise<Sent | undefined> {
    return this.#direct.update(sent, message);
  }

  async replace(message: Message): Promise<boolean> {
    return this.#pressed && this.#url.send(message, true, this.#signal);
  }

  async place(): Promise<Place> {
    return this.#direct.place();
  }
}
