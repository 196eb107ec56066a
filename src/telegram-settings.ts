/** How a Telegram bot is reached, as the environment says it. */
export interface TelegramSettings {
  /** `123456:ABC…`: what the bot acts with. */
  readonly token: string;
  /** Where the Bot API is, without a trailing slash. */
  readonly apiRoot: string;
  /** False for a Bot API server of the operator's own, whose limits are not known beforehand. */
  readonly isCloud: boolean;
  /** Telegram calls us, and proves itself with this; undefined means that we ask it. */
  readonly webhookSecret: string | undefined;
}

const cloudRoot = 'https://api.telegram.org';

/**
 * Reads the settings of the Telegram bot.
 *
 * @param value reads a variable; undefined if it is empty.
 * @param publicUrl how the world reaches the API, if that is known.
 * @param problems gets what is wrong; secrets are named, never quoted.
 * @returns undefined if there is no bot.
 */
export function readTelegramSettings(
  value: (name: string) => string | undefined,
  publicUrl: string | undefined,
  problems: string[],
): TelegramSettings | undefined {
  const token = value('TELEGRAM_BOT_TOKEN');
  const webhookSecret = value('TELEGRAM_WEBHOOK_SECRET');
  const apiRoot = readApiRoot(value('TELEGRAM_API_ROOT'), problems);
  if (token === undefined) {
    if (webhookSecret !== undefined)
      problems.push(
        'TELEGRAM_WEBHOOK_SECRET is set, but TELEGRAM_BOT_TOKEN is not. Copy it from @BotFather.',
      );
    return undefined;
  }
  if (!/^\d+:[A-Za-z0-9_-]+$/.test(token))
    problems.push(
      'TELEGRAM_BOT_TOKEN is no token of a bot. Copy all of it from @BotFather: digits, a colon, letters.',
    );
  if (webhookSecret !== undefined && !/^[A-Za-z0-9_-]{16,256}$/.test(webhookSecret))
    problems.push('TELEGRAM_WEBHOOK_SECRET must have 16 to 256 characters of A-Z, a-z, 0-9, _ and -.');
  if (webhookSecret !== undefined && publicUrl?.startsWith('https://') !== true)
    problems.push(
      'TELEGRAM_WEBHOOK_SECRET is set, so Telegram must reach Coffer: set COFFER_PUBLIC_URL to an https address, or unset the secret to ask Telegram instead.',
    );
  return { token, apiRoot, isCloud: apiRoot === cloudRoot, webhookSecret };
}

function readApiRoot(text: string | undefined, problems: string[]): string {
  if (text === undefined) return cloudRoot;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (
    url !== undefined &&
    /^https?:$/.test(url.protocol) &&
    url.search === '' &&
    url.hash === '' &&
    url.username === ''
  )
    return url.href.replace(/\/+$/, '');
  problems.push('TELEGRAM_API_ROOT is no address of a Bot API server, such as http://localhost:8081.');
  return cloudRoot;
}
