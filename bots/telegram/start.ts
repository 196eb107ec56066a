import { type InboxItem, RetryLater } from '../../src/chats/inbox.ts';
import type { Locker } from '../../src/locker.ts';
import type { Log } from '../../src/log.ts';
import type { TelegramSettings } from '../../src/telegram-settings.ts';
import type { Chat } from '../port/chat.ts';
import type { ChatRoute } from '../port/route.ts';
import { telegramChat } from './chat.ts';
import { type LateItem, showLate } from './late.ts';
import { setMenu, setWebhook } from './menu.ts';
import {
  type ArrivalItem,
  type NoticeItem,
  onArrival,
  telegramNotifier,
  wordArrival,
  wordNotice,
} from './notices.ts';
import { type RemovalItem, removeMessages } from './removal.ts';
import { type Telegram, telegramFacts } from './telegram.ts';
import { BotApi } from './transport/bot-api.ts';
import { isOutOfReach, TelegramRefusal, TelegramUnavailable } from './transport/failures.ts';
import type { UpdateItem } from './transport/intake.ts';
import { Poller } from './transport/poller.ts';
import { webhookRoute } from './transport/webhook.ts';
import { type AlbumItem, answerAlbum } from './updates/album.ts';
import { onChosen, onInlineQuery } from './updates/inline.ts';
import { onMessage } from './updates/message.ts';
import { onPress } from './updates/press.ts';
import type { Work } from './updates/work.ts';

/** The Telegram front end. */
export interface TelegramBot {
  /** To be mounted before the server listens; none when Telegram is asked. */
  readonly routes: readonly ChatRoute[];
  readonly chat: Chat;
  /** Begins to receive and to work, once the server listens. */
  begin(): void;
  /** Lets what runs end, bounded. */
  stop(): Promise<void>;
}

export interface TelegramOptions {
  /** How the world reaches the API, without a trailing slash; asked for when it is needed. */
  readonly publicUrl: () => string;
  readonly log: Log;
}

/** What the inbox holds for Telegram. */
type Payload = UpdateItem | NoticeItem | ArrivalItem | RemovalItem | AlbumItem | LateItem;

/** Puts the Telegram front end together. With a webhook secret Telegram calls us; otherwise it is asked. */
export function startTelegram(
  locker: Locker,
  settings: TelegramSettings,
  { publicUrl, log }: TelegramOptions,
): TelegramBot {
  const { webhookSecret } = settings;
  const api = new BotApi(settings);
  const startedAt = locker.now().getTime();
  const telegram: Telegram = {
    locker,
    settings,
    api,
    facts: telegramFacts(settings),
    startedAt,
    publicUrl,
  };
  const stopped = new AbortController();
  const chat = telegramChat(telegram, stopped.signal);
  const endings: (() => void | Promise<void>)[] = [];

  return {
    routes: webhookSecret === undefined ? [] : [webhookRoute(webhookSecret, locker.inbox, log)],
    chat,
    begin: () => {
      const notifier = telegramNotifier(locker);
      locker.notifiers.add(notifier);
      endings.push(
        () => void locker.notifiers.delete(notifier),
        locker.uploadLinkEvents.subscribe((use) => onArrival(locker, use)),
      );
      const worker = locker.inbox.work('telegram', (item, signal) => handle(telegram, chat, item, signal));
      const settled = [setMenu(api, log, stopped.signal)];
      if (webhookSecret === undefined) {
        const poller = new Poller(api, locker.inbox, log);
        endings.push(() => poller.stop());
      } else settled.push(setWebhook(api, publicUrl(), webhookSecret, log, stopped.signal));
      endings.push(
        () => worker.stop(),
        async () => {
          stopped.abort();
          await Promise.all(settled);
        },
      );
    },
    stop: async () => {
      for (const end of endings.splice(0)) await end();
    },
  };
}

/** The longer it did not work, the longer the pause. */
const pauseAfter = (
  { locker }: Telegram,
  { retryAfterMs }: TelegramUnavailable,
  { receivedAt }: InboxItem,
): number => Math.max(retryAfterMs, Math.min(60_000, (locker.now().getTime() - receivedAt.getTime()) / 4));

/** Works on one item. @throws RetryLater for what may go better later. */
async function handle(telegram: Telegram, chat: Chat, item: InboxItem, signal: AbortSignal): Promise<void> {
  const payload = item.payload as Payload;
  try {
    await work(telegram, chat, payload, { item, signal });
  } catch (error) {
    if (error instanceof TelegramUnavailable)
      throw new RetryLater(pauseAfter(telegram, error, item), { cause: error });
    if (signal.aborted && !(error instanceof RetryLater)) throw new RetryLater(1000, { cause: error });
    // Asked again, Telegram would say the same; a person who blocked the bot is no news.
    if (!(error instanceof TelegramRefusal)) throw error;
    if (!isOutOfReach(error))
      telegram.locker.log.warn(
        { item: payload.kind, method: error.method, code: error.code },
        'Telegram refused an answer',
      );
  }
}

async function work(telegram: Telegram, chat: Chat, payload: Payload, { item, signal }: Work): Promise<void> {
  switch (payload.kind) {
    case 'update': {
      const { message, callback_query, inline_query, chosen_inline_result } = payload.update;
      if (message !== undefined) return onMessage(telegram, message, { item, signal });
      if (callback_query !== undefined) return onPress(telegram, callback_query, { item, signal });
      if (inline_query !== undefined) return onInlineQuery(telegram, inline_query, item.receivedAt);
      if (chosen_inline_result !== undefined) return onChosen(telegram, chosen_inline_result);
      return;
    }
    case 'album':
      return answerAlbum(telegram, payload, { item, signal });
    case 'notice':
      return void (await chat.tell(payload.identity, await wordNotice(telegram, payload, signal)));
    case 'arrival':
      return void (await chat.tell(
        payload.identity,
        await wordArrival(telegram, payload),
        payload.reply ?? undefined,
      ));
    case 'removal':
      return void (await removeMessages(telegram, payload.chat, payload.messages));
    case 'late':
      return showLate(telegram, payload);
  }
}
