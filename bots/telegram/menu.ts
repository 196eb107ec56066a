import { setTimeout as delay } from 'node:timers/promises';
import type { Log } from '../../src/log.ts';
import { commands } from '../commands/index.ts';
import type { BotApi } from './transport/bot-api.ts';
import { TelegramRefusal } from './transport/failures.ts';
import { wantedUpdates } from './transport/intake.ts';
import { webhookPath } from './transport/webhook.ts';

const longestPauseMs = 60_000;

/** Telegram takes names of a-z, 0-9 and _, and descriptions of 256 characters. */
const menu = () =>
  commands
    .filter(({ listed, name, who }) => listed && who !== 'admin' && /^[a-z0-9_]{1,32}$/.test(name))
    .map(({ name, summary }) => ({ command: name, description: summary.slice(0, 256) }));

/** Shows the commands in the menu of private chats. */
export const setMenu = (api: BotApi, log: Log, signal: AbortSignal): Promise<void> =>
  insist('the menu of commands', log, signal, () =>
    api.call('setMyCommands', { commands: menu(), scope: { type: 'all_private_chats' } }, signal),
  );

/** Has Telegram call us. */
export const setWebhook = (
  api: BotApi,
  publicUrl: string,
  secret: string,
  log: Log,
  signal: AbortSignal,
): Promise<void> =>
  insist('the webhook', log, signal, () =>
    api.call(
      'setWebhook',
      { url: `${publicUrl}${webhookPath}`, secret_token: secret, allowed_updates: wantedUpdates },
      signal,
    ),
  );

/** Tries until it is done or Telegram will not do it. Never rejects. */
async function insist(
  what: string,
  log: Log,
  signal: AbortSignal,
  work: () => Promise<unknown>,
): Promise<void> {
  for (let attempt = 0; !signal.aborted; attempt++) {
    try {
      await work();
      return;
    } catch (error) {
      if (signal.aborted) return;
      const refused = error instanceof TelegramRefusal;
      log.warn(
        { reason: refused ? `${error.code} ${error.description}` : 'unreachable' },
        `Telegram did not take ${what}${refused ? '' : '; trying again'}`,
      );
      if (refused && error.code !== 401 && error.code !== 404) return;
      await delay(Math.min(longestPauseMs, 1000 * 2 ** Math.min(attempt, 6)), undefined, { signal }).catch(
        () => {},
      );
    }
  }
}
