import { createHash, timingSafeEqual } from 'node:crypto';
import type { Update } from 'grammy/types';
import type { Inbox } from '../../../src/chats/inbox.ts';
import type { Log } from '../../../src/log.ts';
import type { ChatRoute } from '../../port/route.ts';
import { takeIn } from './intake.ts';

export const webhookPath = '/telegram/webhook';
const maxBytes = 1024 * 1024;
/** When Telegram is to come again with what could not be stored. */
const retryAfterSeconds = 2;

/** Takes what Telegram posts. Answers as soon as it is stored; Telegram brings again what was not. */
export const webhookRoute = (secret: string, inbox: Inbox, log: Log): ChatRoute => ({
  method: 'POST',
  path: webhookPath,
  maxBytes,
  handle: async ({ headers, rawBody }) => {
    if (!isSame(headers['x-telegram-bot-api-secret-token'] ?? '', secret)) return { status: 401 };
    const update = readUpdate(rawBody);
    if (update === undefined) return { status: 400 };
    try {
      await takeIn(inbox, update);
      return { status: 200 };
    } catch (error) {
      log.warn({ err: error }, 'an update of Telegram could not be stored; it comes again');
      return { status: 503, headers: { 'retry-after': String(retryAfterSeconds) } };
    }
  },
});

const hash = (text: string) => createHash('sha256').update(text).digest();
/** In constant time; hashes, so that lengths do not tell either. */
const isSame = (given: string, secret: string) => timingSafeEqual(hash(given), hash(secret));

function readUpdate(body: Buffer): Update | undefined {
  try {
    const value = JSON.parse(body.toString('utf8')) as Partial<Update> | null;
    return typeof value === 'object' && Number.isSafeInteger(value?.update_id)
      ? (value as Update)
      : undefined;
  } catch {
    return undefined;
  }
}
