import { readFile as readFromDisk } from 'node:fs/promises';
import { join } from 'node:path';
import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import { BSON } from 'mongodb';
import { describe, expect, it } from 'vitest';
import { exportSnapshot } from '../../../jobs/backup/export-snapshot.ts';
import { listSnapshots } from '../../../jobs/backup/list-snapshots.ts';
import { verifySnapshot } from '../../../jobs/backup/verify-snapshot.ts';
import { Keyring } from '../../../src/crypto/keyring.ts';
import { createDownloadLink } from '../../../src/links/create-download-link.ts';
import { putGrant } from '../../../src/sharing/grants.ts';
import { flipBit } from '../../support/bytes.ts';
import { readFile, saveFile } from '../../support/files.ts';
import { filesOf, openTestBackup, restoreAnew } from './support.ts';

const canary = 'KanarienvogelXy7Q';

describe('a backup folder', () => {
  it('holds no name, content, handle or key in the clear, and explains itself', async () => {
    await using t = await openTestBackup();
    const alice = await t.person('handlecanaryq7');
    await t.person('bob');
    const { id } = await saveFile(t.locker, alice, `${canary}.txt`, {
      bytes: Buffer.from(`${canary} `.repeat(5000)),
      folder: `/${canary}`,
      tags: [canary],
      description: canary,
    });
    await putGrant(
      t.locker,
      alice,
      { kind: 'folder', folder: `/${canary}` },
      { grantee: 'bob', role: 'viewer', expiresAt: null },
    );
    const { token } = await createDownloadLink(t.locker, alice, id, { label: canary, password: canary });
    await exportSnapshot(t.locker, t.target);
    const account = await t.locker.collections.accounts.findOne({ handle: 'handlecanaryq7' });
    const wrapped = Buffer.from(BSON.serialize({ token: account?.key.token })).subarray(30, 90);
    const secrets = [
      canary,
      canary.toLowerCase(),
      Buffer.from(canary).toString('hex'),
      Buffer.from(canary).toString('base64').slice(0, 20),
      'handlecanaryq7',
      token,
      wrapped,
    ];
    const paths = await filesOf(t.folder);
    expect(paths.length).toBeGreaterThan(5);
    for (const path of paths) {
      const bytes = await readFromDisk(join(t.folder, path));
      for (const secret of secrets) {
        expect(bytes.includes(secret), `${String(secret)} in ${path}`).toBe(false);
        expect(path.includes(String(secret))).toBe(false);
      }
    }
    const page = await readFromDisk(join(t.folder, 'README.txt'), 'utf8');
    for (const word of ['Coffer', 'keyring', 'node . restore', 'recover.py']) expect(page).toContain(word);
    expect(t.logLines.join('')).not.toContain(canary);
  });
});

describe('a snapshot sealed to a recipient', () => {
  it('opens with its private key and the keyring, and with neither alone', async () => {
    await using t = await openTestBackup();
    const identity = await generateX25519Identity();
    const alice = await t.person('alice');
    const { id } = await saveFile(t.locker, alice, 'a.txt');
    await exportSnapshot(t.locker, t.target, { recipient: await identityToRecipient(identity) });
    expect(await listSnapshots(t.target)).toMatchObject([{ sealedTo: 'recipient' }]);
    await expect(t.open('latest')).rejects.toMatchObject({ code: 'key_missing' });
    await expect(t.open('latest', await generateX25519Identity())).rejects.toMatchObject({
      code: 'key_missing',
    });
    await expect(t.open('latest', 'nonsense')).rejects.toMatchObject({ code: 'key_missing' });
    await using stranger = await openTestBackup();
    await using restored = await restoreAnew(await t.open('latest', `# a key file\n${identity}\n`));
    expect((await readFile(restored.locker, alice, id)).toString()).toBe('a.txt');
    await expect(verifySnapshot(t.target, { keyring: stranger.keyring, identity })).rejects.toMatchObject({
      code: 'key_missing',
    });
  });

  it('is incremental, and checked as far as no key is needed', async () => {
    await using t = await openTestBackup();
    const recipient = await identityToRecipient(await generateX25519Identity());
    const alice = await t.person('alice');
    for (let i = 0; i < 3; i++) await saveFile(t.locker, alice, `${i}.txt`);
    await exportSnapshot(t.locker, t.target, { recipient });
    expect(await exportSnapshot(t.locker, t.target, { recipient })).toMatchObject({ copiedVersions: 0 });
    const verify = () => verifySnapshot(t.target, { keyring: t.keyring });
    expect(await verify()).toMatchObject({ opened: false, versions: 3, readVersions: 3, problems: [] });
    const latest = (await listSnapshots(t.target)).at(-1)?.id ?? '';
    const paths = (await filesOf(t.folder)).filter(
      (path) => path.startsWith('objects') || path.includes(latest),
    );
    for (const path of paths) {
      const key = path;
      const whole = (await t.target.get(key)) ?? Buffer.alloc(0);
      await t.target.put(key, flipBit(whole, whole.length * 4));
      expect((await verify()).problems, `changed ${path}`).not.toEqual([]);
      await t.target.remove(key);
      // Without its head, the snapshot before is the newest, and that one is whole.
      expect((await verify()).problems.length > 0, `missing ${path}`).toBe(!path.startsWith('snapshots'));
      await t.target.put(key, whole);
    }
    expect((await verify()).problems).toEqual([]);
  });

  it('is refused for what is no recipient', async () => {
    await using t = await openTestBackup();
    await expect(exportSnapshot(t.locker, t.target, { recipient: 'age1nonsense' })).rejects.toMatchObject({
      code: 'bad_request',
    });
  });
});

describe('after a change of the master key', () => {
  it('an older snapshot opens with the old key kept, and the key it lacks is named', async () => {
    await using t = await openTestBackup();
    await exportSnapshot(t.locker, t.target);
    const { randomKey } = await import('../../../src/crypto/keyring.ts');
    const newer = new Keyring([randomKey()]);
    const { openSnapshot } = await import('../../../jobs/backup/open-snapshot.ts');
    await expect(openSnapshot(t.target, 'latest', { keyring: newer })).rejects.toMatchObject({
      code: 'key_missing',
      details: { hint: expect.stringContaining(t.keyring.primaryId) as string },
    });
  });
});
