import { isAbsolute, resolve } from 'node:path';
import { isCronExpression } from './cron-expression.ts';

/** Where backups go, when, and what is kept, as the environment says it. */
export interface BackupSettings {
  /** An absolute path of a folder, or S3. */
  readonly target: { readonly folder: string } | { readonly s3: S3Settings };
  /** Cron expression, local time; undefined for no automatic backups. */
  readonly cron: string | undefined;
  readonly keep: KeepPolicy;
  /** An age recipient (`age1…`): only whoever has its identity, and the keyring, reads the snapshots. */
  readonly recipient: string | undefined;
  /** Absolute path of the file with that identity, where something is restored. */
  readonly identityFile: string | undefined;
}

export interface S3Settings {
  readonly bucket: string;
  readonly prefix: string;
  readonly endpoint: string | undefined;
  readonly region: string;
  readonly accessKeyId: string | undefined;
  readonly secretAccessKey: string | undefined;
}

/** How many snapshots are kept: the last ones, and the last one of each of so many hours, days and so on that have one. */
export interface KeepPolicy {
  readonly last: number;
  readonly hourly: number;
  readonly daily: number;
  readonly weekly: number;
  readonly monthly: number;
  readonly yearly: number;
}

export const defaultKeep = 'last=3,daily=7,weekly=5,monthly=12,yearly=10';
export const defaultCron = '30 3 * * *';
const noKeep: KeepPolicy = { last: 0, hourly: 0, daily: 0, weekly: 0, monthly: 0, yearly: 0 };

type Read = (name: string) => string | undefined;

/**
 * Reads the settings of backups. Without any, they go to a folder beside the data once a night.
 *
 * @param problems gets what is wrong; secrets are named, never quoted.
 */
export function readBackupSettings(
  value: Read,
  dataDir: string,
  cwd: string,
  problems: string[],
): BackupSettings {
  const recipient = value('COFFER_BACKUP_RECIPIENT');
  if (recipient !== undefined && !/^age1[0-9a-z]{20,2000}$/.test(recipient))
    problems.push(
      'COFFER_BACKUP_RECIPIENT is no age recipient. Make one with age-keygen and give its public key, age1….',
    );
  const identityFile = value('COFFER_BACKUP_IDENTITY_FILE');
  const cron = value('COFFER_BACKUP_CRON') ?? defaultCron;
  const isOff = cron.toLowerCase() === 'off';
  if (!isOff && !isCronExpression(cron))
    problems.push(
      `COFFER_BACKUP_CRON is "${cron}", which is no cron expression. Write five fields such as ${defaultCron}, or off.`,
    );
  return {
    target: readTarget(value, dataDir, cwd, problems),
    cron: isOff ? undefined : cron,
    keep: readKeep(value('COFFER_BACKUP_KEEP') ?? defaultKeep, problems),
    recipient,
    identityFile: identityFile === undefined ? undefined : resolve(cwd, identityFile),
  };
}

function readTarget(value: Read, dataDir: string, cwd: string, problems: string[]): BackupSettings['target'] {
  const text = value('COFFER_BACKUP_DIR') ?? `${dataDir}/backups`;
  if (!text.startsWith('s3:')) return { folder: isAbsolute(text) ? text : resolve(cwd, text) };
  const [, bucket = '', prefix = ''] =
    /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*))?$/.exec(text) ?? [];
  if (bucket === '')
    problems.push('COFFER_BACKUP_DIR is no S3 address. Write s3://bucket or s3://bucket/folder.');
  const own = (name: string) => value(`COFFER_BACKUP_S3_${name}`);
  const accessKeyId = own('ACCESS_KEY_ID') ?? value('AWS_ACCESS_KEY_ID');
  const secretAccessKey = own('SECRET_ACCESS_KEY') ?? value('AWS_SECRET_ACCESS_KEY');
  if ((accessKeyId === undefined) !== (secretAccessKey === undefined))
    problems.push(
      'COFFER_BACKUP_S3_ACCESS_KEY_ID and COFFER_BACKUP_S3_SECRET_ACCESS_KEY belong together. Set both, or neither.',
    );
  return {
    s3: {
      bucket,
      prefix,
      endpoint: endpointOf(own('ENDPOINT'), problems),
      region: own('REGION') ?? value('AWS_REGION') ?? 'us-east-1',
      accessKeyId,
      secretAccessKey,
    },
  };
}

function endpointOf(text: string | undefined, problems: string[]): string | undefined {
  if (text !== undefined && !(URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)))
    problems.push(
      'COFFER_BACKUP_S3_ENDPOINT is not an http or https address, such as https://s3.example.org.',
    );
  return text;
}

function readKeep(text: string, problems: string[]): KeepPolicy {
  const keep: Record<string, number> = { ...noKeep };
  for (const part of text.split(',')) {
    const [, name = '', count = ''] = /^\s*([a-z]+)\s*=\s*(\d{1,5})\s*$/.exec(part) ?? [];
    if (name in noKeep) keep[name] = Number(count);
    else {
      problems.push(
        `COFFER_BACKUP_KEEP has "${part.trim()}". Write such as ${defaultKeep}, with last, hourly, daily, weekly, monthly and yearly.`,
      );
      return noKeep;
    }
  }
  if (Object.values(keep).every((count) => count === 0))
    problems.push('COFFER_BACKUP_KEEP keeps nothing. Keep at least last=1.');
  return keep as unknown as KeepPolicy;
}
