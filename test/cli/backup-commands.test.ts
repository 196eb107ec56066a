import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject } from 'vitest';
import { describe, expect, it } from 'vitest';
import { backupCommand } from '../../cli/backup.ts';
import type { Command } from '../../cli/command.ts';
import { restoreCommand } from '../../cli/restore.ts';
import { type Actor, scopesOf } from '../../src/accounts/actor.ts';
import { createAccount } from '../../src/accounts/create-account.ts';
import { bindKeyring } from '../../src/accounts/installation.ts';
import { readConfig } from '../../src/config.ts';
import { formatKey, Keyring, randomKey } from '../../src/crypto/keyring.ts';
import { deleteFile } from '../../src/files/delete.ts';
import { beginRun } from '../../src/jobs/runs.ts';
import { createLog } from '../../src/log.ts';
import { someBytes } from '../support/bytes.ts';
import { saveFile } from '../support/files.ts';
import { openTestLocker } from '../support/locker.ts';
import { lockerOn } from '../jobs/backup/support.ts';

/** A locker in a database that the operator's commands find by its address, with a folder for its backups. */
async function open() {
  const t = await openTestLocker();
  const folder = await mkdtemp(join(tmpdir(), 'coffer-test-'));
  const key = randomKey();
  const keyring = new Keyring([key]);
  await t.locker.collections.installation.deleteMany({});
  await bindKeyring(t.locker.collections, keyring, 'test', new Date());
  const locker = await lockerOn(t, { keys: { keyring } } as never);
  const account = await createAccount(locker, 'alice', 'owner');
  const alice: Actor = {
    account: account._id,
    scopes: new Set(scopesOf('owner')),
    door: 'api',
    credential: { kind: 'session', id: 'test' },
  };
  const config = readConfig(
    {
      COFFER_DATA_DIR: folder,
      COFFER_KEYS: formatKey(key),
      COFFER_BACKUP_DIR: join(folder, 'backups'),
      MONGODB_URI: inject('mongodUri').replace(/\/?$/, `/${t.database.db.databaseName}`),
    },
    '/',
  );
  const said = async (command: Command, ...words: string[]) => {
    const lines: string[] = [];
    const print = (line: string) => void lines.push(line);
    const code = await command.run({ config, log: createLog('silent'), words, print });
    return { code, text: lines.join('\n') };
  };
  return {
    t,
    locker,
    alice,
    folder,
    said,
    [Symbol.asyncDispose]: async () => {
      await locker.audit.flush();
      await t[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

describe('node . backup', () => {
  it('is written down as a run of the job, and is refused beside another one that lives', async () => {
    await using b = await open();
    expect(await b.said(backupCommand)).toMatchObject({ code: 0 });
    const { jobRuns, jobs } = b.locker.collections;
    expect(await jobRuns.findOne({ job: 'backup' })).toMatchObject({
      reason: 'demand',
      outcome: 'ok',
      counts: { files: 0 },
    });
    const dueAt = new Date();
    const run = await beginRun(b.locker, 'backup', { dueAt, reason: 'schedule', instance: 'elsewhere:1' });
    expect(await b.said(backupCommand)).toMatchObject({
      code: 1,
      text: expect.stringContaining('made already') as string,
    });
    await run?.end('ok', {}, null);
    expect((await jobs.findOne({ _id: 'backup' }))?.lease).toBeNull();
  });

  it('says how many there are of each thing, and of one as people do', async () => {
    await using b = await open();
    const { id } = await saveFile(b.locker, b.alice, 'a.txt');
    const first = (await b.said(backupCommand)).text;
    expect(first).toMatch(/: 1 file, 1 version, .*; copied 1 version, /);
    expect(first).toContain('Kept 1 snapshot, removed 0.');
    expect((await b.said(backupCommand, 'list')).text).toMatch(/^1 snapshot in /m);
    expect((await b.said(backupCommand, 'verify')).text).toMatch(
      /^1 snapshot; read 0 objects that .*\n.*: read 1 of 1 version, /m,
    );
    expect((await b.said(backupCommand, 'prune', '--dry-run')).text).toContain(
      '1 snapshot stays; would free 0 objects',
    );
    await saveFile(b.locker, b.alice, 'b.txt');
    const second = (await b.said(backupCommand)).text;
    expect(second).toMatch(/: 2 files, 2 versions, .*; copied 1 version, /);
    expect(second).toContain('Kept 2 snapshots, removed 0.');
    expect((await b.said(backupCommand, 'list')).text).toMatch(/^2 snapshots in /m);
    await deleteFile(b.locker, b.alice, id);
    await b.said(backupCommand);
    expect((await b.said(backupCommand, 'verify')).text).toMatch(/^3 snapshots; read 1 object that /m);
    expect((await b.said(backupCommand, 'prune', '--dry-run')).text).toContain('3 snapshots stay; ');
  });

  it('does not wait for one of this machine that was killed', async () => {
    await using b = await open();
    await b.said(backupCommand);
    const { jobRuns } = b.locker.collections;
    const { instance = '' } = (await jobRuns.findOne({ job: 'backup' })) ?? {};
    const dead = instance.replace(/\d+$/, '4194999');
    await beginRun(b.locker, 'backup', { dueAt: new Date(), reason: 'demand', instance: dead });
    expect(await b.said(backupCommand)).toMatchObject({ code: 0 });
    expect(await jobRuns.findOne({ instance: dead })).toMatchObject({ outcome: 'lost' });
  });

  it('misses a snapshot that somebody removed, until it is forgotten', async () => {
    await using b = await open();
    await b.said(backupCommand);
    await b.said(backupCommand);
    const heads = join(b.folder, 'backups', 'snapshots');
    const [first = ''] = (await readdir(heads)).toSorted();
    const id = first.replace('.head', '');
    await rm(join(heads, first));
    expect(await b.said(backupCommand, 'verify')).toMatchObject({
      code: 1,
      text: expect.stringContaining(`damaged: snapshot ${id} is missing`) as string,
    });
    expect(await b.said(backupCommand, 'forget', id)).toMatchObject({ code: 0, text: `Forgot ${id}.` });
    expect(await b.said(backupCommand, 'verify')).toMatchObject({ code: 0 });
    expect(await b.said(backupCommand, 'forget', id)).toMatchObject({ code: 1 });
  });

  it('begins anew in a target that was emptied, if it is told to', async () => {
    await using b = await open();
    await b.said(backupCommand);
    await rm(join(b.folder, 'backups'), { recursive: true });
    await expect(b.said(backupCommand)).rejects.toMatchObject({ code: 'backup_unavailable' });
    expect(await b.said(backupCommand, '--anew')).toMatchObject({ code: 0 });
    expect(await b.said(backupCommand, 'verify')).toMatchObject({ code: 0 });
  });
});

describe('node . restore --file', () => {
  it('brings a file back, but not what the running database knows to be deleted for good', async () => {
    await using b = await open();
    const bytes = someBytes(5000);
    const { id } = await saveFile(b.locker, b.alice, 'a.txt', { bytes });
    await b.said(backupCommand);
    const to = join(b.folder, 'a.txt');
    expect(await b.said(restoreCommand, 'latest', '--file', id, '--to', to)).toMatchObject({ code: 0 });
    expect((await readFile(to)).equals(bytes)).toBe(true);
    await deleteFile(b.locker, b.alice, id);
    await expect(b.said(restoreCommand, 'latest', '--file', id, '--to', `${to}.2`)).rejects.toMatchObject({
      code: 'conflict',
      details: { hint: expect.stringContaining('deleted for good') as string },
    });
  });
});
