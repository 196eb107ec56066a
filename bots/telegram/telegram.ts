import type { Locker } from '../../src/locker.ts';
import type { TelegramSettings } from '../../src/telegram-settings.ts';
import type { ChatFacts } from '../port/command.ts';
import type { BotApi } from './transport/bot-api.ts';

/** What everything of the Telegram front end works with. Made once, by `startTelegram`. */
export interface Telegram {
  readonly locker: Locker;
  readonly settings: TelegramSettings;
  readonly api: BotApi;
  readonly facts: ChatFacts;
  /** When this process began to listen, milliseconds since 1970. */
  readonly startedAt: number;
  /** How the world reaches the API, without a trailing slash. */
  readonly publicUrl: () => string;
}

/** Bytes of the largest file that Telegram's cloud hands to a bot, and takes from one. */
export const cloudFetchBytes = 20_971_520;
/** As Telegram writes it, and so everybody knows it: 20 MB. */
export const announcedFetchBytes = 20_000_000;
export const cloudSendBytes = 50_000_000;
const ownSendBytes = 2_000_000_000;

export const telegramFacts = ({ isCloud }: TelegramSettings): ChatFacts => ({
  name: 'telegram',
  deliveryLimitBytes: isCloud ? cloudSendBytes : ownSendBytes,
  deletesMessages: true,
  fetchesAgain: true,
  command: (words) => `/${words}`,
});

/** Id of a person's private chat, which is their own id, and back. */
export const identityOf = (user: number): string => `telegram:${user}`;
export const chatOf = (identity: string): number => Number(identity.slice('telegram:'.length));

/** Work of one conversation stays in order. */
export const laneOf = (chat: number): string => `telegram:${chat}`;
