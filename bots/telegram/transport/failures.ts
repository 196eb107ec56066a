import { GrammyError, HttpError } from 'grammy';

/** Telegram understood, and will not do it: asked again, it would say the same. Its description, and nothing of what was sent. */
export class TelegramRefusal extends Error {
  readonly method: string;
  readonly code: number;
  readonly description: string;

  constructor(method: string, code: number, description: string) {
    super(`Telegram refused ${method}: ${code} ${description}`);
    this.name = 'TelegramRefusal';
    this.method = method;
    this.code = code;
    this.description = description;
  }
}

/** Telegram cannot be reached, or is too busy. */
export class TelegramUnavailable extends Error {
  readonly method: string;
  readonly retryAfterMs: number;

  constructor(method: string, reason: string, retryAfterMs: number) {
    super(`Telegram did not do ${method}: ${reason}`);
    this.name = 'TelegramUnavailable';
    this.method = method;
    this.retryAfterMs = retryAfterMs;
  }
}

const pauseMs = 2000;

/**
 * Turns a failed call into one of ours. The library's errors hold what was sent, and addresses with the bot's token: they
 * must not come near a log, so nothing of them is kept.
 */
export function failureOf(method: string, error: unknown): Error {
  if (error instanceof GrammyError) {
    const { error_code: code, description, parameters } = error;
    if (code === 429)
      return new TelegramUnavailable(method, 'too many requests', (parameters.retry_after ?? 1) * 1000);
    if (code >= 500) return new TelegramUnavailable(method, `status ${code}`, pauseMs);
    return new TelegramRefusal(method, code, description);
  }
  if (error instanceof HttpError) return new TelegramUnavailable(method, 'the connection failed', pauseMs);
  return error instanceof Error ? error : new Error(`${method} failed`);
}

/** True for a person who cannot be told anything: blocked the bot, is gone, or never wrote to it. */
export const isOutOfReach = (error: unknown): boolean =>
  error instanceof TelegramRefusal &&
  (error.code === 403 || /chat not found|user is deactivated/i.test(error.description));

/** True for a change that changes nothing, which is as good as made. */
export const isUnchanged = (error: unknown): boolean =>
  error instanceof TelegramRefusal && /message is not modified/i.test(error.description);

/** True for something larger than this Bot API server carries. */
export const isTooLarge = (error: unknown): boolean =>
  error instanceof TelegramRefusal && (error.code === 413 || /too (?:big|large)/i.test(error.description));
