import { setTimeout as delay } from 'node:timers/promises';
import type { Inbox } from '../../../src/chats/inbox.ts';
import type { Log } from '../../../src/log.ts';
import type { BotApi } from './bot-api.ts';
import { TelegramRefusal, TelegramUnavailable } from './failures.ts';
import { takeIn, wantedUpdates } from './intake.ts';

/** How long Telegram holds an empty answer back, seconds. */
const holdSeconds = 25;
/** An answer that takes much longer will not come: the connection is dead. */
const patienceMs = (holdSeconds + 15) * 1000;
const shortestPauseMs = 1000;
const longestPauseMs = 60_000;

/**
 * Asks Telegram for updates until it is stopped. The next question tells Telegram which updates arrived, so it is asked
 * only when they are stored: a kill at any moment loses none.
 */
export class Poller {
  readonly #api: BotApi;
  readonly #inbox: Inbox;
  readonly #log: Log;
  readonly #stopped = new AbortController();
  readonly #done: Promise<void>;
  #offset = 0;
  #trouble: string | undefined;

  constructor(api: BotApi, inbox: Inbox, log: Log) {
    this.#api = api;
    this.#inbox = inbox;
    this.#log = log;
    this.#done = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#done;
  }

  async #run(): Promise<void> {
    let failures = 0;
    let isOurs = false;
    while (!this.#stopped.signal.aborted) {
      try {
        // While a webhook is set, Telegram answers no questions.
        if (!isOurs) await this.#api.call('deleteWebhook', {}, this.#stopped.signal);
        isOurs = true;
        await this.#askOnce();
        failures = 0;
        this.#note(undefined);
      } catch (error) {
        if (this.#stopped.signal.aborted) return;
        if (error instanceof TelegramRefusal && error.code === 409) isOurs = false;
        await this.#rest(pauseAfter(error, failures++));
        this.#note(error);
      }
    }
  }

  async #askOnce(): Promise<void> {
    const signal = AbortSignal.any([this.#stopped.signal, AbortSignal.timeout(patienceMs)]);
    const updates = await this.#api.call(
      'getUpdates',
      { offset: this.#offset, timeout: holdSeconds, limit: 100, allowed_updates: wantedUpdates },
      signal,
    );
    for (const update of updates) {
      await takeIn(this.#inbox, update);
      this.#offset = Math.max(this.#offset, update.update_id + 1);
    }
  }

  /** Says what is wrong once, and when it is over: not every second. */
  #note(error: unknown): void {
    const trouble = error === undefined ? undefined : troubleOf(error);
    if (trouble === this.#trouble) return;
    this.#trouble = trouble;
    if (trouble === undefined) this.#log.info('Telegram answers again');
    else this.#log.warn({ reason: error instanceof TelegramRefusal ? error.code : undefined }, trouble);
  }

  async #rest(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: this.#stopped.signal }).catch(() => {});
  }
}

function troubleOf(error: unknown): string {
  if (error instanceof TelegramRefusal) {
    if (error.code === 401 || error.code === 404)
      return 'Telegram does not know the bot: check TELEGRAM_BOT_TOKEN. Asking again every minute';
    if (error.code === 409)
      return 'another program asks Telegram for the updates of this bot: stop it, or use a bot for each. Asking again';
    return 'Telegram refused to hand over updates; asking again';
  }
  if (error instanceof TelegramUnavailable) return 'Telegram cannot be reached; asking again';
  return 'updates of Telegram could not be stored; asking again';
}

function pauseAfter(error: unknown, failures: number): number {
  if (error instanceof TelegramUnavailable && error.retryAfterMs > longestPauseMs) return error.retryAfterMs;
  if (error instanceof TelegramRefusal && (error.code === 401 || error.code === 404)) return longestPauseMs;
  const growing = Math.min(longestPauseMs, shortestPauseMs * 2 ** Math.min(failures, 6));
  if (error instanceof TelegramRefusal && error.code === 409) return Math.min(growing, 5000);
  return error instanceof TelegramUnavailable
    ? Math.max(error.retryAfterMs / 2, Math.min(growing, 15_000))
    : growing;
}
