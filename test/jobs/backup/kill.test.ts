import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject } from 'vitest';
import { describe, expect, it } from 'vitest';
import { bindKeyring } from '../../../src/accounts/installation.ts';
import { formatKey, Keyring, randomKey } from '../../../src/crypto/keyring.ts';
import { openCollections } from '../../../src/database/collections.ts';
import { connect } from '../../../src/database/connect.ts';
import { prepareCollections } from '../../../src/database/prepare-collections.ts';
import { check } from '../../../src/maintenance/check.ts';
import { FolderTarget } from '../../../jobs/backup/folder-target.ts';
import { openSnapshot } from '../../../jobs/backup/open-snapshot.ts';
import { verifySnapshot } from '../../../jobs/backup/verify-snapshot.ts';
import { someBytes } from '../../support/bytes.ts';
import { readFile, saveFile } from '../../support/files.ts';
import { openTestLocker } from '../../support/locker.ts';
import { poll, run, startProgram } from '../../support/program.ts';
import { filesOf, lockerOn } from './support.ts';

const newUri = () => inject('mongodUri').replace(/\/?$/, `/k-${randomUUID()}`);

describe('node . backup and node . restore', () => {
  it('killed again and again, go on where they stopped, and leave nothing half-done that looks whole', {
    timeout: 1_200_000,
  }, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'coffer-test-'));
    await using t = await openTestLocker();
    const uri = newUri();
    const restoredUri = newUri();
    const source = await connect(uri);
    const copy = await connect(restoredUri);
    try {
      const key = randomKey();
      const keyring = new Keyring([key]);
      await writeFile(join(folder, 'keys'), formatKey(key));
      await prepareCollections(source.db);
      await bindKeyring(openCollections(source.db), keyring, 'test', new Date());
      const onSource = {
        ...t,
        database: source,
        locker: { ...t.locker, collections: openCollections(source.db) },
      };
      const locker = await lockerOn(onSource, { keys: { keyring } } as never);
      const { createAccount } = await import('../../../src/accounts/create-account.ts');
      const account = await createAccount(locker, 'alice', 'owner');
      const alice = { ...(await t.person('alice')), account: account._id };
      const saved = new Map<string, Buffer>();
      for (let i = 0; i < 60; i++) {
        const bytes = someBytes(i === 30 ? 20_000_000 : 1000 + i);
        saved.set((await saveFile(locker, alice, `${i}.bin`, { bytes })).id, bytes);
      }
      await locker.audit.flush();
      const backups = join(folder, 'backups');
      const env = {
        COFFER_DATA_DIR: folder,
        COFFER_KEYS_FILE: join(folder, 'keys'),
        COFFER_BACKUP_DIR: backups,
        MONGODB_URI: uri,
      };
      const target = await FolderTarget.open(backups);
      const objects = async () =>
        (await filesOf(backups, 'objects').catch(() => [])).filter((path) => !path.endsWith('.part'));
      let before = 0;
      for (const enough of [1, 20, 40]) {
        const program = startProgram(env, ['backup']);
        await poll(
          async () =>
            (await objects()).length >= enough || program.child.exitCode !== null ? true : undefined,
          180_000,
        );
        await program.end('SIGKILL');
        const now = (await objects()).length;
        expect(now).toBeGreaterThanOrEqual(Math.max(before, enough));
        before = now;
      }
      const finished = await run(env, ['backup']);
      expect(finished).toMatchObject({ code: 0 });
      expect(finished.output).toMatch(/60 files, 60 versions/);
      expect((await verifySnapshot(target, { keyring })).problems).toEqual([]);
      const again = await run(env, ['backup']);
      expect(again.output).toMatch(/copied 0 versions, 0 B/);
      const listed = await run(env, ['backup', 'list']);
      expect(listed.output).toMatch(/snapshots in/);

      const latest = (await openSnapshot(target, 'latest', { keyring })).id;
      const into = { ...env, MONGODB_URI: restoredUri };
      const dry = await run(into, ['restore', 'latest', '--dry-run']);
      expect(dry).toMatchObject({
        code: 0,
        output: expect.stringContaining('Would restore 1 account, 60 files') as string,
      });
      const contents = openCollections(copy.db).contentFiles;
      for (const enough of [1, 25]) {
        const program = startProgram(into, ['restore', 'latest']);
        await poll(
          async () =>
            (await contents.countDocuments()) >= enough || program.child.exitCode !== null ? true : undefined,
          180_000,
        );
        await program.end('SIGKILL');
      }
      // As it is while a restore is cut off, also if the last one came to its end before it was killed.
      const { restores } = openCollections(copy.db);
      await restores.updateOne(
        { _id: 'restore' },
        { $setOnInsert: { snapshot: latest, startedAt: new Date() } },
        { upsert: true },
      );
      const refused = await run(into, ['check']);
      expect(refused).toMatchObject({
        code: 1,
        errors: expect.stringContaining('was cut off') as string,
      });
      const restored = await run(into, ['restore', 'latest']);
      expect(restored).toMatchObject({ code: 0 });
      const onCopy = { ...t, database: copy, locker: { ...t.locker, collections: openCollections(copy.db) } };
      const snapshot = await openSnapshot(target, 'latest', { keyring });
      const result = await lockerOn(onCopy, snapshot);
      expect((await check(result)).findings).toEqual([]);
      for (const [id, bytes] of saved) expect((await readFile(result, alice, id)).equals(bytes)).toBe(true);
      expect(await result.collections.chunks.countDocuments()).toBe(
        await locker.collections.chunks.countDocuments(),
      );
      await result.audit.flush();
      const over = await run(into, ['restore', 'latest']);
      expect(over).toMatchObject({ code: 1, errors: expect.stringContaining('never overwrites') as string });
      const [id = ''] = saved.keys();
      const one = await run(into, ['restore', 'latest', '--file', id, '--to', join(folder, 'one')]);
      expect(one.code).toBe(0);
    } finally {
      await source.db.dropDatabase();
      await copy.db.dropDatabase();
      await source.close();
      await copy.close();
      await rm(folder, { recursive: true, force: true });
    }
  });
});
