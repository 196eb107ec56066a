import type { Config } from '../src/config.ts';
import type { Locker } from '../src/locker.ts';
import type { Log } from '../src/log.ts';
import type { ChatRoute } from './port/route.ts';

/** A chat front end. */
export interface Bot {
  /** To be mounted before the server listens. */
  readonly routes: readonly ChatRoute[];
  /** Begins to receive and to work, once the server listens. */
  begin(): void;
  /** Lets what runs end, bounded. */
  stop(): Promise<void>;
}

export interface BotOptions {
  /** How the world reaches the API, without a trailing slash; asked for when it is needed. */
  readonly publicUrl: () => string;
  readonly log: Log;
}

/** Puts together the chats that are configured. Loaded only where they are used: their libraries are large. */
export async function startBots(
  locker: Locker,
  { telegram, slack }: Pick<Config, 'telegram' | 'slack'>,
  options: BotOptions,
): Promise<Bot[]> {
  const bots: Bot[] = [];
  if (telegram !== undefined) {
    const { startTelegram } = await import('./telegram/start.ts');
    bots.push(startTelegram(locker, telegram, options));
  }
  if (slack !== undefined) {
    const { startSlack } = await import('./slack/start.ts');
    bots.push(startSlack(locker, slack, options));
  }
  return bots;
}
