import { isAbsolute, join, resolve } from 'node:path';
import { type BackupSettings, defaultCron, defaultKeep, readBackupSettings } from './backup-settings.ts';
import { StartError } from './errors.ts';
import { isNetwork } from './limits/address.ts';
import { readTelegramSettings, type TelegramSettings } from './telegram-settings.ts';
import { readSlackSettings, type SlackSettings } from './slack-settings.ts';

export const KiB = 1024;
export const MiB = 1024 * KiB;
export const GiB = 1024 * MiB;

/** Everything that can be set from outside, read and checked once, before anything connects. */
export interface Config {
  /** Absolute path of the folder for the embedded database, the keyring file and backups. */
  readonly dataDir: string;
  /** Master keys given in the environment, primary first; otherwise they are read from `keysFile`. */
  readonly keys: string | undefined;
  /** Absolute path of the keyring file. */
  readonly keysFile: string;
  /** True if the operator named the keyring file, so that a missing one is never created. */
  readonly keysFileGiven: boolean;
  /** An external MongoDB; undefined means the embedded one. */
  readonly mongodbUri: string | undefined;
  /** A mongod binary that the operator wants the embedded database to use. */
  readonly mongodPath: string | undefined;
  readonly host: string;
  readonly port: number;
  /** How the world reaches the API, without a trailing slash; undefined means where it listens. */
  readonly publicUrl: string | undefined;
  /** Default quota of a new account, bytes. */
  readonly quotaBytes: number;
  /** Largest content of one file, bytes. */
  readonly maxFileBytes: number;
  /** Addresses and networks of reverse proxies whose X-Forwarded-For is believed. */
  readonly trustedProxies: readonly string[];
  /** Days that files stay in the trash; 0 for ever. */
  readonly trashDays: number;
  /** Requests a minute of one account; 0 for no limit. */
  readonly accountRequests: number;
  /** Requests a minute of one address that did not sign in; 0 for no limit. */
  readonly addressRequests: number;
  /** What a scraper of /metrics must show; undefined means that only this machine may scrape. */
  readonly metricsToken: string | undefined;
  /** The Telegram bot; undefined for none. */
  readonly telegram: TelegramSettings | undefined;
  /** The Slack app; undefined for none. */
  readonly slack: SlackSettings | undefined;
  /** Where backups go, when, and what is kept. */
  readonly backup: BackupSettings;
  readonly logLevel: LogLevel;
}

const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

/** The variables of the environment, for the README's table and `--help`; a test compares all three. */
export const variables = [
  [
    'COFFER_DATA_DIR',
    './data',
    'embedded database, keyring file, setup code, and what a slow database has not taken yet',
  ],
  ['COFFER_KEYS', '', 'master keys, primary first, comma or newline separated (instead of the keyring file)'],
  ['COFFER_KEYS_FILE', '<data>/keys', 'the keyring file'],
  ['MONGODB_URI', 'embedded', 'an external MongoDB 7 or later, with the database name in its path'],
  ['COFFER_MONGOD', 'packaged', 'the mongod binary of the embedded database'],
  ['COFFER_HOST', '127.0.0.1', 'address the API listens on'],
  ['COFFER_PORT', '8420', 'port the API listens on; 0 lets the system choose'],
  ['COFFER_PUBLIC_URL', 'http://<host>:<port>', 'how the world reaches the API'],
  ['COFFER_QUOTA', '100GiB', 'default quota of an account'],
  ['COFFER_MAX_FILE', '50GiB', 'largest file'],
  ['COFFER_TRASH_DAYS', '30', 'days after which what is in the trash is deleted for good; 0 for never'],
  [
    'COFFER_TRUSTED_PROXIES',
    '',
    'addresses or networks of reverse proxies whose X-Forwarded-For is believed',
  ],
  [
    'COFFER_RATE_ACCOUNT',
    '60000',
    'requests a minute of one account (half of it for uploads and downloads); 0 for no limit',
  ],
  [
    'COFFER_RATE_ADDRESS',
    '1200',
    'requests a minute of one address that did not sign in (a sixtieth of it to begin the sign-in of devices); 0 for no limit',
  ],
  ['COFFER_METRICS_TOKEN', '', 'bearer token for /metrics; without one only this machine sees it'],
  ['TELEGRAM_BOT_TOKEN', '', 'the Telegram bot: its token from @BotFather'],
  ['TELEGRAM_API_ROOT', 'https://api.telegram.org', 'a Bot API server of your own'],
  [
    'TELEGRAM_WEBHOOK_SECRET',
    '',
    'Telegram calls Coffer instead of being asked; needs an https COFFER_PUBLIC_URL',
  ],
  ['SLACK_BOT_TOKEN', '', 'the Slack app: its bot token, xoxb-…'],
  [
    'SLACK_SIGNING_SECRET',
    '',
    'verifies what Slack posts to /slack/events; where it is set, SLACK_APP_TOKEN is not used',
  ],
  [
    'SLACK_APP_TOKEN',
    '',
    'app-level token, xapp-…: Socket Mode instead, for where Slack cannot reach Coffer',
  ],
  ['SLACK_API_URL', 'https://slack.com/api/', 'base of every call of the Web API'],
  [
    'SLACK_FILE_HOSTS',
    '',
    'hosts that files are fetched from and sent to, with the bot token, beside Slack’s own: a proxy, a test server',
  ],
  ['COFFER_BACKUP_DIR', '<data>/backups', 'where backups go: a folder, or `s3://bucket/folder`'],
  ['COFFER_BACKUP_CRON', defaultCron, 'when a backup is made, local time; `off` for never'],
  [
    'COFFER_BACKUP_KEEP',
    defaultKeep,
    'how many snapshots are kept: the last ones, and one of each hour, day, week, month, year',
  ],
  [
    'COFFER_BACKUP_RECIPIENT',
    '',
    'age public key (`age1…`) that snapshots are sealed to as well; restoring then needs its private key',
  ],
  [
    'COFFER_BACKUP_IDENTITY_FILE',
    '',
    'file of that private key, only for a restore or a verification; keep it elsewhere',
  ],
  ['COFFER_BACKUP_S3_ENDPOINT', '', 'address of an S3-compatible storage that is not AWS'],
  ['COFFER_BACKUP_S3_REGION', 'us-east-1', 'region of the bucket (or `AWS_REGION`)'],
  ['COFFER_BACKUP_S3_ACCESS_KEY_ID', '', 'key of the S3 storage (or `AWS_ACCESS_KEY_ID`)'],
  ['COFFER_BACKUP_S3_SECRET_ACCESS_KEY', '', 'its secret (or `AWS_SECRET_ACCESS_KEY`)'],
  ['COFFER_LOG_LEVEL', 'info', 'trace, debug, info, warn, error, fatal or silent'],
] as const;

/** Characters: some 128 bits, if they are random letters and digits. */
const shortestToken = 22;

export type Environment = Readonly<Record<string, string | undefined>>;

const units: Record<string, number> = {
  '': 1,
  B: 1,
  KIB: KiB,
  MIB: MiB,
  GIB: GiB,
  TIB: 1024 * GiB,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
};

/** Parses a size such as `512MiB`, `5GB` or `1048576` to bytes; undefined if it is none. */
export function parseSize(text: string): number | undefined {
  const match = /^\s*(\d+(?:\.\d+)?)\s*([KMGT]i?B|B)?\s*$/i.exec(text);
  if (match === null) return undefined;
  const bytes = Math.floor(Number(match[1]) * (units[(match[2] ?? '').toUpperCase()] ?? Number.NaN));
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

/**
 * Reads the configuration.
 *
 * @throws StartError with every problem at once; secrets are named, never quoted.
 */
export function readConfig(env: Environment, cwd: string): Config {
  const problems: string[] = [];
  const value = (name: string) => {
    const text = env[name]?.trim();
    return text === undefined || text === '' ? undefined : text;
  };
  const path = (name: string) => {
    const text = value(name);
    return text === undefined ? undefined : isAbsolute(text) ? text : resolve(cwd, text);
  };
  const size = (name: string, fallback: number) => {
    const text = value(name);
    if (text === undefined) return fallback;
    const bytes = parseSize(text);
    if (bytes !== undefined && bytes > 0) return bytes;
    problems.push(
      `${name} is "${text}", which is not a size. Write a number of bytes or a unit, for example 512MiB.`,
    );
    return fallback;
  };
  const port = () => {
    const text = value('COFFER_PORT');
    if (text === undefined) return 8420;
    if (/^\d+$/.test(text) && Number(text) <= 65535) return Number(text);
    problems.push(`COFFER_PORT is "${text}", which is not a port. Use a number from 0 to 65535.`);
    return 0;
  };
  const count = (name: string, fallback: number) => {
    const text = value(name);
    if (text === undefined) return fallback;
    if (/^\d{1,9}$/.test(text)) return Number(text);
    problems.push(`${name} is "${text}", which is not a number. Use a whole number; 0 means no limit.`);
    return fallback;
  };
  const trustedProxies = () => {
    const networks = (value('COFFER_TRUSTED_PROXIES') ?? '')
      .split(',')
      .map((network) => network.trim())
      .filter((network) => network !== '');
    for (const network of networks.filter((candidate) => !isNetwork(candidate))) {
      problems.push(
        `COFFER_TRUSTED_PROXIES has "${network}", which is no address and no network. Write 10.0.0.7 or 10.0.0.0/8.`,
      );
    }
    return networks;
  };
  const metricsToken = () => {
    const text = value('COFFER_METRICS_TOKEN');
    if (text !== undefined && text.length < shortestToken)
      problems.push(
        `COFFER_METRICS_TOKEN is too short to be safe. Use at least ${shortestToken} random characters.`,
      );
    return text;
  };
  const publicUrl = () => {
    const text = value('COFFER_PUBLIC_URL');
    if (text === undefined) return undefined;
    const url = URL.canParse(text) ? new URL(text) : undefined;
    if (
      url !== undefined &&
      /^https?:$/.test(url.protocol) &&
      url.search === '' &&
      url.hash === '' &&
      url.username === ''
    ) {
      return url.href.replace(/\/+$/, '');
    }
    problems.push('COFFER_PUBLIC_URL is not an http or https address, such as https://files.example.org.');
    return undefined;
  };
  const mongodbUri = () => {
    const text = value('MONGODB_URI');
    if (text !== undefined && !/^mongodb(\+srv)?:\/\//.test(text)) {
      problems.push('MONGODB_URI does not start with mongodb:// or mongodb+srv://.');
    }
    return text;
  };
  const logLevel = () => {
    const text = value('COFFER_LOG_LEVEL') ?? 'info';
    const level = logLevels.find((name) => name === text);
    if (level === undefined)
      problems.push(`COFFER_LOG_LEVEL is "${text}". Use one of ${logLevels.join(', ')}.`);
    return level ?? 'info';
  };

  const dataDir = path('COFFER_DATA_DIR') ?? resolve(cwd, 'data');
  const keysFile = path('COFFER_KEYS_FILE');
  const reachable = publicUrl();
  const config: Config = {
    dataDir,
    keys: value('COFFER_KEYS'),
    keysFile: keysFile ?? join(dataDir, 'keys'),
    keysFileGiven: keysFile !== undefined,
    mongodbUri: mongodbUri(),
    mongodPath: path('COFFER_MONGOD'),
    host: value('COFFER_HOST') ?? '127.0.0.1',
    port: port(),
    publicUrl: reachable,
    quotaBytes: size('COFFER_QUOTA', 100 * GiB),
    trustedProxies: trustedProxies(),
    trashDays: count('COFFER_TRASH_DAYS', 30),
    accountRequests: count('COFFER_RATE_ACCOUNT', 60_000),
    addressRequests: count('COFFER_RATE_ADDRESS', 1200),
    metricsToken: metricsToken(),
    maxFileBytes: size('COFFER_MAX_FILE', 50 * GiB),
    telegram: readTelegramSettings(value, reachable, problems),
    slack: readSlackSettings(value, problems),
    backup: readBackupSettings(value, dataDir, cwd, problems),
    logLevel: logLevel(),
  };
  if (config.keys !== undefined && keysFile !== undefined) {
    problems.push('COFFER_KEYS and COFFER_KEYS_FILE are both set. Keep one of them.');
  }
  if (problems.length > 0) throw new StartError(problems);
  return config;
}
