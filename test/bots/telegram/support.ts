import { expect } from 'vitest';
import { startTelegram, type TelegramBot } from '../../../bots/telegram/start.ts';
import { offerSetupCode } from '../../../src/accounts/setup-code-file.ts';
import type { TelegramSettings } from '../../../src/telegram-settings.ts';
import { BotApiServer } from '../../support/bot-api/bot-api.ts';
import type { TelegramUser } from '../../support/bot-api/user.ts';
import { openTestLocker, type TestLocker } from '../../support/locker.ts';

/** A locker with its bot, and Telegram. */
export interface TestBot extends AsyncDisposable {
  readonly t: TestLocker;
  readonly api: BotApiServer;
  readonly bot: TelegramBot;
  /** Stops the bot and starts another on the same locker. */
  restart(): Promise<void>;
  /** Someone with an account, which has this handle. */
  member(handle: string): Promise<TelegramUser>;
  /** The owner, who claimed the locker in the chat. */
  owner(handle?: string): Promise<TelegramUser>;
  /** Waits until nothing is left to do, now or later. */
  idle(): Promise<void>;
}

export async function openTestBot(settings: Partial<TelegramSettings> = {}): Promise<TestBot> {
  const t = await openTestLocker();
  const api = await BotApiServer.open();
  const all: TelegramSettings = {
    token: api.token,
    apiRoot: api.root,
    isCloud: true,
    webhookSecret: undefined,
    ...settings,
  };
  const start = () => {
    const made = startTelegram(t.locker, all, {
      publicUrl: () => 'https://files.example',
      log: t.locker.log,
    });
    made.begin();
    return made;
  };
  let bot = start();
  let owner: TelegramUser | undefined;
  const claimed = async (handle = 'olivia') => {
    if (owner !== undefined) return owner;
    const code = await offerSetupCode(t.locker.collections, t.locker.dataDir);
    owner = api.user('Olivia', 'olivia_tg');
    await owner.asks(`/claim ${code} ${handle}`, ({ text }) => text.includes(`@${handle}`));
    return owner;
  };
  return {
    t,
    api,
    get bot() {
      return bot;
    },
    restart: async () => {
      await bot.stop();
      bot = start();
    },
    owner: claimed,
    member: async (handle) => {
      const inviter = await claimed();
      const { text } = await inviter.asks('/invite', (message) =>
        /[0-9a-z]{5}-[0-9a-z]{5}/.test(message.text),
      );
      const [code = ''] = /[0-9a-z]{5}(?:-[0-9a-z]{5}){3}/.exec(text) ?? [];
      const member = api.user(handle);
      await member.asks(`/join ${code} ${handle}`, (message) => message.text.includes(`@${handle}`));
      return member;
    },
    idle: async () => {
      await expect
        .poll(() => t.locker.collections.inbox.countDocuments({ state: 'open' }), { timeout: 20_000 })
        .toBe(0);
    },
    [Symbol.asyncDispose]: async () => {
      await bot.stop();
      await api[Symbol.asyncDispose]();
      await t[Symbol.asyncDispose]();
    },
  };
}
