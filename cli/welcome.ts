import { userInfo } from 'node:os';
import { isLockerError } from '../src/errors.ts';
import type { Config } from '../src/config.ts';
import { requireHandle } from '../src/accounts/handle.ts';

/** What the operator is told when the locker is ready. */
export interface Ready {
  readonly url: string;
  readonly databaseName: string;
  readonly keysFrom: string;
  readonly keysCreated: boolean;
  readonly setupCode: string | undefined;
  /** The chats that are configured. */
  readonly chats: Pick<Config, 'telegram' | 'slack'>;
}

/** The lines that are printed once the locker listens. */
export function welcomeText({ url, databaseName, keysFrom, keysCreated, setupCode, chats }: Ready): string {
  return [
    `Coffer listens on ${url} (API documentation: ${url}/docs)`,
    `  data     ${databaseName}`,
    `  keyring  ${keysFrom}`,
    ...(keysCreated
      ? ['           New. Copy it to a safe place now: without it nobody can open your files, not even you.']
      : []),
    ...(setupCode === undefined
      ? []
      : [
          '',
          'This locker has no owner yet. Claim it (choose your handle):',
          '',
          `  ${claimLine(url, setupCode)}`,
          '',
          ...(chats.telegram === undefined ? [] : [claimIn('Telegram', '/claim', setupCode), '']),
          ...(chats.slack === undefined ? [] : [claimIn('Slack', '/coffer claim', setupCode), '']),
        ]),
  ].join('\n');
}

const claimLine = (url: string, code: string) =>
  `curl -s ${url}/v1/setup -H 'Content-Type: application/json' -d '${JSON.stringify({ code, handle: suggestedHandle() })}'`;

const claimIn = (chat: string, command: string, code: string) =>
  `Or in ${chat}, to your bot:  ${command} ${code} ${suggestedHandle()}`;

/** The operator's login name, where it can be a handle. */
function suggestedHandle(): string {
  try {
    return requireHandle(userInfo().username);
  } catch (error) {
    if (!isLockerError(error, 'invalid_handle') && !(error instanceof Error && 'code' in error)) throw error;
    return 'owner';
  }
}
