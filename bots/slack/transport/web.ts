import { setTimeout } from 'node:timers/promises';
import { webApi } from '@slack/bolt';
import type { Log } from '../../../src/log.ts';
import type { SlackSettings } from '../../../src/slack-settings.ts';
import { quietLogger } from './quiet-logger.ts';

/** A call that Slack refused, in Slack's own word: `channel_not_found`. */
export class SlackRefusal extends Error {
  readonly method: string;
  readonly code: string;

  constructor(method: string, code: string) {
    // An answer that is not JSON is taken for a code by the library: it may hold anything.
    const word = /^[a-z0-9_.:-]{1,80}$/i.test(code) ? code : 'unreadable_answer';
    super(`Slack refused ${method}: ${word}`);
    this.name = 'SlackRefusal';
    this.method = method;
    this.code = word;
  }
}

/** Slack could not be reached, or asks to wait for longer than a call waits. Whatever was asked may be asked again. */
export class SlackUnavailable extends Error {
  readonly method: string;
  /** When to try again, milliseconds. */
  readonly retryAfterMs: number;

  constructor(method: string, retryAfterMs: number, options?: { cause?: unknown }) {
    super(`Slack could not be reached for ${method}`, options);
    this.name = 'SlackUnavailable';
    this.method = method;
    this.retryAfterMs = retryAfterMs;
  }
}

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  /** How long it may wait for a turn in all, milliseconds. */
  readonly patienceMs?: number;
}

export type Answer = webApi.WebAPICallResult & Readonly<Record<string, unknown>>;

const timeoutMs = 20_000;
const defaultPatienceMs = 20_000;
/** However long Slack asks to wait, it is asked again after this. */
const longestPauseMs = 5 * 60 * 1000;
/** After the first attempt, for faults that pass. */
const retryDelaysMs = [300, 1500];

/**
 * The Web API. A method that is asked to wait makes only itself wait: the library's own queue would stop every method.
 */
export class SlackWeb {
  readonly #client: webApi.WebClient;
  /** Until when a method must not be called for a conversation, milliseconds since 1970. */
  readonly #pausedUntil = new Map<string, number>();

  constructor({ botToken, apiUrl }: Pick<SlackSettings, 'botToken' | 'apiUrl'>, log: Log) {
    this.#client = new webApi.WebClient(botToken, {
      slackApiUrl: apiUrl,
      logger: quietLogger(log),
      timeout: timeoutMs,
      rejectRateLimitedCalls: true,
      retryConfig: { retries: 0 },
      allowAbsoluteUrls: false,
    });
  }

  /**
   * Calls a method.
   *
   * @throws SlackRefusal, SlackUnavailable.
   */
  async call(method: string, args: Record<string, unknown> = {}, options: CallOptions = {}): Promise<Answer> {
    const { signal, patienceMs = defaultPatienceMs } = options;
    const giveUpAt = Date.now() + patienceMs;
    // Messages are limited by conversation: one that is full stops no other.
    const pauseKey = `${method} ${typeof args['channel'] === 'string' ? args['channel'] : ''}`;
    for (let attempt = 0; ; attempt++) {
      await this.#waitFor(method, pauseKey, giveUpAt, signal);
      try {
        return (await this.#client.apiCall(method, args)) as Answer;
      } catch (error) {
        if (error instanceof webApi.WebAPIRateLimitedError)
          this.#pausedUntil.set(
            pauseKey,
            Date.now() + Math.min(longestPauseMs, Math.max(1, error.retryAfter) * 1000),
          );
        else if (error instanceof webApi.WebAPIPlatformError) throw refusal(method, error);
        else if (error instanceof webApi.WebAPIHTTPError && error.statusCode < 500)
          throw new SlackRefusal(method, `http_${error.statusCode}`);
        else {
          const delayMs = retryDelaysMs[attempt];
          if (delayMs === undefined || !passes(error) || Date.now() + delayMs > giveUpAt)
            throw new SlackUnavailable(method, 5000, { cause: nameOf(error) });
          await setTimeout(delayMs, undefined, signal === undefined ? {} : { signal });
        }
      }
    }
  }

  async #waitFor(
    method: string,
    pauseKey: string,
    giveUpAt: number,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const until = this.#pausedUntil.get(pauseKey);
    const now = Date.now();
    if (until === undefined) return;
    if (until <= now) return void this.#pausedUntil.delete(pauseKey);
    if (until > giveUpAt) throw new SlackUnavailable(method, until - now);
    await setTimeout(until - now, undefined, signal === undefined ? {} : { signal });
  }
}

const refusal = (method: string, error: webApi.WebAPIPlatformError): Error => {
  const code: unknown = error.data.error;
  // What Slack itself says is only for now.
  if (
    code === 'internal_error' ||
    code === 'fatal_error' ||
    code === 'service_unavailable' ||
    code === 'request_timeout'
  )
    return new SlackUnavailable(method, 5000);
  return new SlackRefusal(method, typeof code === 'string' ? code : '');
};

/** True for what was surely not done, or does no harm twice. A timeout is neither: the message may be there. */
const passes = (error: unknown): boolean =>
  error instanceof webApi.WebAPIHTTPError
    ? error.statusCode >= 500
    : error instanceof webApi.WebAPIRequestError && error.original.name !== 'TimeoutError';

/** The library's errors hold headers and bodies: only the kind of one goes on. */
const nameOf = (error: unknown): Error => {
  const cause = new Error('a call of the Web API failed');
  cause.name = error instanceof Error ? error.name : 'Error';
  return cause;
};
