import { autoRetry } from '@grammyjs/auto-retry';
import { Api, type RawApi } from 'grammy';
import type { UserFromGetMe } from 'grammy/types';
import type { TelegramSettings } from '../../../src/telegram-settings.ts';
import { failureOf } from './failures.ts';

/** Longer than that a call is not held up by "too many requests"; the work it belongs to is tried again later. */
const maxDelaySeconds = 20;

/** What has not answered by then will not: its connection is dead. */
const patienceMs = 60_000;
/** These take as long as files are large, or as they are told. */
const patient: ReadonlySet<string> = new Set(['getFile', 'getUpdates', 'sendDocument']);

type Methods = { [Name in keyof RawApi]: RawApi[Name] };

/** The Bot API. Every failure comes as a `TelegramRefusal` or `TelegramUnavailable`. */
export class BotApi {
  readonly #raw: Methods;
  #me: Promise<UserFromGetMe> | undefined;

  constructor({ token, apiRoot }: TelegramSettings) {
    const api = new Api(token, { apiRoot });
    // Only what was refused is sent again here: what broke off may have arrived.
    api.config.use(
      autoRetry({
        maxRetryAttempts: 2,
        maxDelaySeconds,
        rethrowInternalServerErrors: true,
        rethrowHttpErrors: true,
      }),
    );
    this.#raw = api.raw;
  }

  /** Calls a method. @throws TelegramRefusal, TelegramUnavailable. */
  async call<Name extends keyof RawApi>(
    name: Name,
    payload: Parameters<RawApi[Name]>[0],
    signal?: AbortSignal,
  ): Promise<Awaited<ReturnType<RawApi[Name]>>> {
    try {
      const method = this.#raw[name] as unknown as (
        payload: unknown,
        signal?: AbortSignal,
      ) => Promise<Awaited<ReturnType<RawApi[Name]>>>;
      const signals = [signal ?? [], patient.has(name) ? [] : AbortSignal.timeout(patienceMs)].flat();
      return await method(payload, signals.length === 0 ? undefined : AbortSignal.any(signals));
    } catch (error) {
      throw failureOf(name, error);
    }
  }

  /** Who the bot is; asked once. */
  me(): Promise<UserFromGetMe> {
    this.#me ??= this.#raw.getMe().catch((error: unknown) => {
      this.#me = undefined;
      throw failureOf('getMe', error);
    });
    return this.#me;
  }
}
