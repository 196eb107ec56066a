import { appendFile, chmod, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { randomKey } from '../../src/crypto/keyring.ts';
import { StartError } from '../../src/errors.ts';
import { newKeyringText } from '../../src/keyring-file.ts';
import { prependKey, removeKey } from '../../src/keys/edit-keyring-file.ts';
import { install } from './support.ts';

const inFolder = async (path: string) =>
  (await readdir(dirname(path))).filter((name) => name.startsWith('keys')).toSorted();

describe('keyring file', () => {
  it('gets a new key in front and keeps every other line, its mode, and no draft beside it', async () => {
    await using installation = await install();
    const { keysFile } = installation;
    await appendFile(keysFile, '\n# kept: the old one\n');
    await chmod(keysFile, 0o640);
    const before = (await installation.keysText()).split('\n');
    const id = await prependKey(keysFile, new Date('2026-01-02T03:04:05Z'));
    const after = (await installation.keysText()).split('\n');
    const [added = ''] = after.filter((line) => !before.includes(line));
    expect(added).toMatch(/^[\w-]{43}= # added 2026-01-02T03:04:05\.000Z$/);
    expect(after.filter((line) => line !== added)).toEqual(before);
    expect((await stat(keysFile)).mode & 0o777).toBe(0o640);
    expect(await inFolder(keysFile)).toEqual(['keys']);
    const { locker } = await installation.open();
    expect(locker.keyring.primaryId).toBe(id);
    expect(locker.keyring.ids).toHaveLength(2);
  });

  it('loses neither of two keys that are added at once: one is told to try again, or both are there', async () => {
    await using installation = await install();
    const results = await Promise.allSettled([1, 2].map(() => prependKey(installation.keysFile, new Date())));
    const added = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    const refusals = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
    expect(refusals.every((refusal) => refusal instanceof StartError)).toBe(true);
    const { locker } = await installation.open();
    expect(locker.keyring.ids).toEqual(expect.arrayContaining(added));
    expect(locker.keyring.ids).toHaveLength(added.length + 1);
    expect(await inFolder(installation.keysFile)).toEqual(['keys']);
  });

  it('stays a link where it is one', async () => {
    await using installation = await install();
    const link = join(dirname(installation.keysFile), 'keys-link');
    await symlink(installation.keysFile, link);
    await prependKey(link, new Date());
    expect(await readFile(link, 'utf8')).toBe(await installation.keysText());
    expect((await installation.open()).locker.keyring.ids).toHaveLength(2);
  });

  it('loses one key of a line that holds several, and is as before when that is undone', async () => {
    await using installation = await install();
    const { keysFile } = installation;
    const texts = [randomKey(), randomKey(), randomKey()].map((key) =>
      Buffer.from(key).toString('base64url'),
    );
    await writeFile(keysFile, `# head\n${texts.map((text) => `${text}=`).join(', ')} # three\n`, {
      mode: 0o600,
    });
    const before = await installation.keysText();
    const { ids } = (await installation.open()).locker.keyring;
    const removal = await removeKey(keysFile, ids[1] ?? '');
    expect(await installation.keysText()).toBe(`# head\n${texts[0]}=,${texts[2]}= # three\n`);
    expect((await stat(`${keysFile}.before-retire-${ids[1]}`)).mode & 0o777).toBe(0o600);
    await removal.undo();
    expect(await installation.keysText()).toBe(before);
    await (await removeKey(keysFile, ids[1] ?? '')).done();
    expect(await inFolder(keysFile)).toEqual(['keys']);
  });

  it('is followed by a running server: it wraps with the new primary at once, and opens what others wrapped', async () => {
    await using installation = await install();
    const { locker: server } = await installation.open();
    const secret = randomKey();
    const old = server.keyring.wrap(secret);
    const id = await prependKey(installation.keysFile, new Date());
    const { locker: other } = await installation.open();
    const wrapped = other.keyring.wrap(secret);
    expect(wrapped.keyId).toBe(id);
    expect(Buffer.from(server.keyring.unwrap(wrapped))).toEqual(Buffer.from(secret));
    expect(server.keyring.wrap(secret).keyId).toBe(id);
    expect(Buffer.from(server.keyring.unwrap(old))).toEqual(Buffer.from(secret));
    await (await removeKey(installation.keysFile, old.keyId)).done();
    server.keyring.wrap(secret);
    expect(() => server.keyring.unwrap(old)).toThrow('key');
  });

  it.each([
    ['empty', ''],
    ['no keys', 'these are not keys'],
    ['a foreign keyring', newKeyringText(new Date())],
  ])(
    'is not followed when it becomes %s: the keys before stay in use, and the log says so',
    async (_name, text) => {
      await using installation = await install();
      const { locker } = await installation.open();
      const { primaryId } = locker.keyring;
      await writeFile(installation.keysFile, text);
      expect(locker.keyring.wrap(randomKey()).keyId).toBe(primaryId);
      expect(installation.logLines.join('')).toContain('changed to something unusable');
    },
  );

  it('says nothing of a key in the log', async () => {
    await using installation = await install();
    const { locker } = await installation.open();
    await prependKey(installation.keysFile, new Date());
    locker.keyring.wrap(randomKey());
    const keys = (await installation.keysText()).match(/^[\w-]{43}=/gm) ?? [];
    expect(keys).toHaveLength(2);
    expect(installation.logLines.join('')).toContain(locker.keyring.primaryId);
    for (const key of keys) expect(installation.logLines.join('')).not.toContain(key.slice(0, 20));
  });
});
