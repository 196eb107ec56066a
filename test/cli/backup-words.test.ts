import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { backupCommand } from '../../cli/backup.ts';
import { commandHelp } from '../../cli/help.ts';
import { restoreCommand } from '../../cli/restore.ts';
import { readConfig } from '../../src/config.ts';
import { StartError } from '../../src/errors.ts';
import { createLog } from '../../src/log.ts';

const config = readConfig({ COFFER_DATA_DIR: join(tmpdir(), 'coffer-test-words') }, '/');

async function said(command: typeof restoreCommand, words: string): Promise<{ code: number; text: string }> {
  const lines: string[] = [];
  const code = await command.run({
    config,
    log: createLog('silent'),
    words: words.split(' ').filter((word) => word !== ''),
    print: (line) => void lines.push(line),
  });
  return { code, text: lines.join('\n') };
}

describe('the words of backup and restore', () => {
  it.each([
    ['', 'Say which snapshot'],
    ['latest --wrong', 'There is no option --wrong'],
    ['latest --file k3f9qz', '--file needs --to PATH'],
    ['latest --file k3f9qz --to', '--to needs a value'],
    ['latest --file k3f9qz --account alice --to x', 'not both'],
    ['latest --file k3f9qz --to x --version first', '--version is a number'],
  ])('"restore %s" is refused before anything is opened: %s', async (words, why) => {
    const { code, text } = await said(restoreCommand, words);
    expect(code).toBe(2);
    expect(text).toContain(why);
  });

  it('explain themselves', async () => {
    expect(commandHelp(restoreCommand)).toContain('--dry-run');
    expect(commandHelp(backupCommand)).toContain('verify');
    expect(await said(backupCommand, 'sideways')).toMatchObject({ code: 2 });
    expect(await said(backupCommand, 'forget latest')).toMatchObject({
      code: 2,
      text: expect.stringContaining('whole id') as string,
    });
  });
});

describe('the settings of backups', () => {
  it.each([
    ['COFFER_BACKUP_DIR', 's3:bucket', 'no S3 address'],
    ['COFFER_BACKUP_CRON', 'nightly', 'no cron expression'],
    ['COFFER_BACKUP_KEEP', 'daily=many', 'COFFER_BACKUP_KEEP has "daily=many"'],
    ['COFFER_BACKUP_KEEP', 'last=0', 'keeps nothing'],
    ['COFFER_BACKUP_RECIPIENT', 'AGE-SECRET-KEY-1QQ', 'no age recipient'],
    ['COFFER_BACKUP_S3_ENDPOINT', 'minio', 'not an http or https address'],
    ['COFFER_BACKUP_S3_ACCESS_KEY_ID', 'alone', 'belong together'],
  ])('%s=%s is refused', (name, value, why) => {
    const env = { COFFER_BACKUP_DIR: 's3://bucket/folder', [name]: value };
    expect(() => readConfig(env, '/')).toThrow(StartError);
    expect(() => readConfig(env, '/')).toThrow(why);
  });

  it('take the names of AWS where their own are missing, and never quote a private key', () => {
    const { backup } = readConfig(
      {
        COFFER_BACKUP_DIR: 's3://bucket/a/b',
        AWS_REGION: 'eu-central-1',
        AWS_ACCESS_KEY_ID: 'AKID',
        AWS_SECRET_ACCESS_KEY: 'secret',
      },
      '/',
    );
    expect(backup.target).toMatchObject({
      s3: { bucket: 'bucket', prefix: 'a/b', region: 'eu-central-1', accessKeyId: 'AKID' },
    });
    expect(() => readConfig({ COFFER_BACKUP_RECIPIENT: 'AGE-SECRET-KEY-1QQ' }, '/')).not.toThrow('1QQ');
    expect(readConfig({}, '/srv').backup).toMatchObject({
      target: { folder: '/srv/data/backups' },
      cron: '30 3 * * *',
      keep: { last: 3, hourly: 0, daily: 7, weekly: 5, monthly: 12, yearly: 10 },
    });
  });
});
