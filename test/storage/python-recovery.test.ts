import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BSON, ObjectId } from 'mongodb';
import { describe, expect, it } from 'vitest';
import { bindKeyring } from '../../src/accounts/installation.ts';
import type { Actor } from '../../src/accounts/actor.ts';
import { defaultSegmentBytes } from '../../src/crypto/segments.ts';
import { formatKey, Keyring, randomKey } from '../../src/crypto/keyring.ts';
import { AccountKeys } from '../../src/accounts/account-keys.ts';
import { replaceContent } from '../../src/files/versions.ts';
import { storeKey } from '../../src/database/binary.ts';
import type { Locker } from '../../src/locker.ts';
import { inPieces, sha256, someBytes } from '../support/bytes.ts';
import { saveFile } from '../support/files.ts';
import { openTestLocker, type TestLocker } from '../support/locker.ts';
import { pythonProblem, skipNote } from '../support/python.ts';

const script = join(import.meta.dirname, '..', '..', 'docs', 'recover-file.py');

/** What an operator has after a disaster: the keyring file, and the collections as mongoexport writes them. */
interface Salvage extends AsyncDisposable {
  readonly folder: string;
  recover(...more: string[]): { about: unknown; bytes: Promise<Buffer> };
}

async function salvage(t: TestLocker, keysText: string, fileId: string, relaxed: boolean): Promise<Salvage> {
  const folder = await mkdtemp(join(tmpdir(), 'coffer-test-'));
  const { files, accounts } = t.locker.collections;
  const lines = (documents: readonly object[]) =>
    documents.map((document) => `${BSON.EJSON.stringify(document, { relaxed })}\n`).join('');
  const file = await files.findOne({ _id: fileId });
  const account = await accounts.findOne({ _id: file?.owner ?? '' });
  // All chunks there are, in no particular order: those of other files as well.
  const chunks = await t.database.db.collection('fs.chunks').find().sort({ n: -1 }).toArray();
  await writeFile(join(folder, 'keys'), keysText);
  await writeFile(join(folder, 'account.json'), lines([account ?? {}]));
  await writeFile(join(folder, 'file.json'), lines([file ?? {}]));
  await writeFile(join(folder, 'chunks.json'), lines(chunks));
  const paths = ['keys', 'account.json', 'file.json', 'chunks.json', 'out'].map((name) => join(folder, name));
  return {
    folder,
    recover: (...more) => ({
      about: JSON.parse(
        execFileSync('python3', [script, ...paths, ...more], { encoding: 'utf8', stdio: 'pipe' }),
      ),
      bytes: readFile(join(folder, 'out')),
    }),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
}

/** A locker whose master keys the test knows, since a keyring does not give them out. */
async function openWithKeys(
  keys: readonly Uint8Array[],
): Promise<{ t: TestLocker; locker: Locker; alice: Actor }> {
  const t = await openTestLocker();
  const keyring = new Keyring(keys);
  await t.locker.collections.installation.deleteMany({});
  await bindKeyring(t.locker.collections, keyring, 'test', new Date());
  const locker = { ...t.locker, keyring, accountKeys: new AccountKeys(keyring) };
  const alice = await t.person('alice');
  await t.locker.collections.accounts.updateOne(
    { _id: alice.account },
    { $set: { key: storeKey(keyring.wrap(randomKey())) } },
  );
  return { t, locker, alice };
}

describe('docs/recover-file.py, with the stock Python cryptography', () => {
  it.skipIf(pythonProblem !== undefined).each([
    ['relaxed', true],
    ['canonical', false],
  ])(`restores a file and its name from exports in %s extended JSON${skipNote}`, async (_, relaxed) => {
    const keys = [randomKey(), randomKey()];
    const { t, locker, alice } = await openWithKeys(keys);
    await using _t = t;
    const bytes = someBytes(2 * defaultSegmentBytes + 12_345);
    await saveFile(locker, alice, 'another.bin', { bytes: someBytes(100) });
    const { id } = await saveFile(locker, alice, 'Größe 文 🎉.pdf', {
      bytes,
      folder: '/work/2026',
      tags: ['tax'],
    });
    const keysText = `# Coffer keyring\n${keys.map(formatKey).toReversed().join(', ')} # the first seals\n`;
    await using saved = await salvage(t, keysText, id, relaxed);
    const { about, bytes: restored } = saved.recover();
    expect(about).toEqual({
      name: 'Größe 文 🎉.pdf',
      folder: '/work/2026',
      tags: ['tax'],
      mediaType: 'text/plain',
      description: '',
    });
    expect(sha256(await restored)).toBe(sha256(bytes));
  });

  it.skipIf(pythonProblem !== undefined).each([0, 1, defaultSegmentBytes])(
    `restores a file of %i bytes${skipNote}`,
    async (size) => {
      const keys = [randomKey()];
      const { t, locker, alice } = await openWithKeys(keys);
      await using _t = t;
      const bytes = someBytes(size);
      const { id } = await saveFile(locker, alice, 'a.bin', { bytes });
      await using saved = await salvage(t, keys.map(formatKey).join('\n'), id, true);
      expect(sha256(await saved.recover().bytes)).toBe(sha256(bytes));
    },
  );

  it.skipIf(pythonProblem !== undefined)(
    `restores the current and any older version${skipNote}`,
    async () => {
      const keys = [randomKey()];
      const { t, locker, alice } = await openWithKeys(keys);
      await using _t = t;
      const { id } = await saveFile(locker, alice, 'a.txt', { bytes: Buffer.from('first') });
      await replaceContent(locker, alice, id, { content: { bytes: inPieces(Buffer.from('second')) } });
      await using saved = await salvage(t, keys.map(formatKey).join('\n'), id, true);
      expect((await saved.recover().bytes).toString()).toBe('second');
      expect((await saved.recover('1').bytes).toString()).toBe('first');
    },
  );

  it.skipIf(pythonProblem !== undefined)(
    `fails, and does not call the file whole, when a segment is missing or damaged or the key is wrong${skipNote}`,
    async () => {
      const keys = [randomKey()];
      const { t, locker, alice } = await openWithKeys(keys);
      await using _t = t;
      const { id } = await saveFile(locker, alice, 'a.bin', { bytes: someBytes(defaultSegmentBytes + 5) });
      await using wrongKey = await salvage(t, formatKey(randomKey()), id, true);
      expect(() => wrongKey.recover()).toThrow('Command failed');
      const { chunks } = t.locker.collections;
      const first = await chunks.findOneAndDelete({ n: 0 });
      await using missing = await salvage(t, keys.map(formatKey).join('\n'), id, true);
      expect(() => missing.recover()).toThrow('not the whole file');
      await chunks.insertOne({ ...first, _id: new ObjectId(), n: 2 } as never);
      await using moved = await salvage(t, keys.map(formatKey).join('\n'), id, true);
      expect(() => moved.recover()).toThrow('InvalidToken');
    },
  );

  it.skipIf(pythonProblem !== undefined)(
    `says how it is used when it is called without arguments${skipNote}`,
    () => {
      const { status, stderr } = spawnSync('python3', [script], { encoding: 'utf8' });
      expect(status).toBe(1);
      expect(stderr).toContain('recover-file.py KEYS ACCOUNT FILE CHUNKS OUT');
    },
  );

  it('is at most 40 lines long', async () => {
    expect((await readFile(script, 'utf8')).trimEnd().split('\n').length).toBeLessThanOrEqual(40);
  });
});
