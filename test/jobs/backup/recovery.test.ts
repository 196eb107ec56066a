import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile as readFromDisk, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import { describe, expect, it } from 'vitest';
import { exportSnapshot } from '../../../jobs/backup/export-snapshot.ts';
import { bindKeyring } from '../../../src/accounts/installation.ts';
import { AccountKeys } from '../../../src/accounts/account-keys.ts';
import { formatKey, Keyring, randomKey } from '../../../src/crypto/keyring.ts';
import { defaultSegmentBytes } from '../../../src/crypto/segments.ts';
import { replaceContent } from '../../../src/files/versions.ts';
import { inPieces, someBytes } from '../../support/bytes.ts';
import { saveFile } from '../../support/files.ts';
import { pythonProblem, skipNote } from '../../support/python.ts';
import { openTestBackup } from './support.ts';

const script = join(import.meta.dirname, '..', '..', '..', 'docs', 'recover.py');
const recover = (...words: string[]) => spawnSync('python3', [script, ...words], { encoding: 'utf8' });

/** A backup of a locker whose keys the test knows, since a keyring does not give them out. */
async function backupWithKeys(recipient?: string) {
  const t = await openTestBackup();
  const keys = [randomKey(), randomKey()];
  const keyring = new Keyring(keys);
  await t.locker.collections.installation.deleteMany({});
  await bindKeyring(t.locker.collections, keyring, 'test', new Date());
  const locker = { ...t.locker, keyring, accountKeys: new AccountKeys(keyring) };
  const { createAccount } = await import('../../../src/accounts/create-account.ts');
  const account = await createAccount(locker, 'alice', 'member');
  const alice = { ...(await t.person('someone')), account: account._id };
  await locker.collections.accounts.deleteOne({ handle: 'someone' });
  const large = someBytes(5 * defaultSegmentBytes + 12_345);
  const { id } = await saveFile(locker, alice, 'Größe 文 🎉.pdf', { bytes: large, folder: '/work/2026' });
  const versions = await saveFile(locker, alice, 'a: b?.txt', { bytes: Buffer.from('first') });
  await replaceContent(locker, alice, versions.id, { content: { bytes: inPieces(Buffer.alloc(0)) } });
  await exportSnapshot(locker, t.target, { recipient });
  const work = await mkdtemp(join(t.folder, '..', 'coffer-recover-'));
  await writeFile(join(work, 'keys'), `# keyring\n${keys.map(formatKey).toReversed().join(', ')} # old\n`);
  return {
    t,
    work,
    large,
    ids: { large: id, versions: versions.id },
    [Symbol.asyncDispose]: async () => {
      await t[Symbol.asyncDispose]();
      await rm(work, { recursive: true });
    },
  };
}

describe('docs/recover.py, with the stock Python cryptography', () => {
  it.skipIf(pythonProblem !== undefined)(
    `restores the files of a backup folder with the keyring${skipNote}`,
    async () => {
      await using b = await backupWithKeys();
      const out = join(b.work, 'out');
      const all = recover(b.t.folder, join(b.work, 'keys'), out, '--all-versions');
      expect(all.stderr).toBe('');
      expect(all.status).toBe(0);
      const restored = await readFromDisk(join(out, 'alice', 'work', '2026', 'Größe 文 🎉 v1.pdf'));
      expect(restored.equals(b.large)).toBe(true);
      const [line = ''] = all.stdout.split('\n').filter((text) => text.startsWith(`${b.ids.versions} 1 `));
      const path = line.split(' ').slice(3).join(' ');
      expect(path.startsWith(`${out}/alice/`)).toBe(true);
      expect(await readFromDisk(path, 'utf8')).toBe('first');
      const one = recover(b.t.folder, join(b.work, 'keys'), join(b.work, 'one'), '--file', b.ids.versions);
      expect(one.stdout.trim().split('\n')).toHaveLength(1);
    },
  );

  it.skipIf(pythonProblem !== undefined)(
    `names what is damaged and restores the rest${skipNote}`,
    async () => {
      await using b = await backupWithKeys();
      for await (const { key, bytes } of b.t.target.list('objects/')) {
        if (bytes < 1_000_000) continue;
        const object = (await b.t.target.get(key)) ?? Buffer.alloc(0);
        object[1000] = (object[1000] ?? 0) ^ 1;
        await b.t.target.put(key, object);
      }
      const all = recover(b.t.folder, join(b.work, 'keys'), join(b.work, 'out'));
      expect(all.status).toBe(1);
      expect(all.stderr).toContain(b.ids.large);
      expect(all.stdout).toContain(b.ids.versions);
    },
  );

  it.skipIf(pythonProblem !== undefined)(
    `needs the private key, and it only, for what is sealed to a recipient${skipNote}`,
    async () => {
      const identity = await generateX25519Identity();
      await using b = await backupWithKeys(await identityToRecipient(identity));
      const words = [b.t.folder, join(b.work, 'keys'), join(b.work, 'out')];
      expect(recover(...words)).toMatchObject({
        status: 1,
        stderr: expect.stringContaining('--identity') as string,
      });
      await writeFile(join(b.work, 'other'), await generateX25519Identity());
      expect(recover(...words, '--identity', join(b.work, 'other')).status).toBe(1);
      await writeFile(join(b.work, 'identity'), `# created: long ago\n${identity}\n`);
      const opened = recover(...words, '--identity', join(b.work, 'identity'));
      expect(opened.stderr).toBe('');
      expect(opened.stdout).toContain(b.ids.large);
    },
  );
});
