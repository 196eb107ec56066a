import { utimes, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { commands } from '../../cli/index.ts';
import { newKeyringText } from '../../src/keyring-file.ts';
import { readConfig } from '../../src/config.ts';
import { createLog } from '../../src/log.ts';
import { listFiles } from '../../src/files/list.ts';
import { install, type Installation, makeEntries, person } from '../keys/support.ts';

const log = createLog('silent');

/** Runs a command as the operator does, and returns its exit code and what it said. */
async function run({ config }: Pick<Installation, 'config'>, ...line: string[]) {
  const [name, ...words] = line;
  const command = commands.find((candidate) => candidate.name === name);
  const lines: string[] = [];
  const code = await command?.run({ config, log, words, print: (text) => void lines.push(text) });
  return { code, text: lines.join('\n') };
}

describe('node . keys', () => {
  it('adds, lists, rotates and retires, and never prints a key', async () => {
    await using installation = await install();
    const { locker } = await installation.open();
    const alice = await person(locker, 'alice');
    await makeEntries(locker, alice, 30);
    const oldId = locker.keyring.primaryId;
    const said: string[] = [];
    const keys = async (...words: string[]) => {
      const { code, text } = await run(installation, 'keys', ...words);
      said.push(text);
      return { code, text };
    };

    expect((await keys('list')).text).toBe(`${oldId}  primary  60 file versions, 1 account, 1 audit key`);
    const { text: added } = await keys('add');
    const newId = locker.keyring.primaryId;
    expect(newId).not.toBe(oldId);
    expect(added).toContain(newId);
    expect((await keys('list')).text).toMatch(
      new RegExp(`^${newId}  primary  nothing\n${oldId} +60 file versions`),
    );
    const early = new Date(Date.now() - 3_600_000);
    await utimes(installation.keysFile, early, early);
    await expect(keys('retire', oldId)).rejects.toMatchObject({
      details: { hint: expect.stringContaining('60 file versions') },
    });
    const { code, text } = await keys('rotate');
    expect(code).toBe(0);
    expect(text).toMatch(/^wrapping: 30 of 32 records/m);
    expect(text).toContain(`Wrapped 60 file versions, 1 account, 1 audit key under ${newId}.`);
    expect((await keys('rotate')).text).toBe(`Nothing was left to wrap under ${newId}.`);
    expect((await keys('retire', oldId)).code).toBe(0);
    expect((await keys('list')).text).toBe(`${newId}  primary  60 file versions, 1 account, 1 audit key`);
    expect(await listFiles(locker, alice, { limit: 50 })).toMatchObject({ files: { length: 30 } });
    for (const key of (await installation.keysText()).match(/^[\w-]{43}=/gm) ?? [])
      expect(said.join('\n')).not.toContain(key.slice(0, 12));
    const actions = (await locker.collections.audit.find({ door: 'operator' }).toArray()).map(
      ({ action, outcome }) => `${action} ${outcome}`,
    );
    expect(actions).toEqual([
      'keys.add ok',
      'keys.retire conflict',
      'keys.rotate ok',
      'keys.rotate ok',
      'keys.retire ok',
    ]);
  });

  it('explains how to add a key that comes from COFFER_KEYS, and changes nothing', async () => {
    const keys = newKeyringText(new Date()).trim().split('\n').at(-1) ?? '';
    const config = readConfig({ COFFER_KEYS: keys }, '/nowhere');
    const { code, text } = await run({ config }, 'keys', 'add');
    expect(code).toBe(1);
    expect(text).toContain('in front of the others in COFFER_KEYS');
    expect(text).not.toContain(keys.slice(0, 12));
  });

  it('explains its words without one, and for an unknown one', async () => {
    await using installation = await install();
    for (const words of [[], ['frobnicate']]) {
      const { code, text } = await run(installation, 'keys', ...words);
      expect(code).toBe(2);
      for (const word of ['add', 'rotate', 'retire KEYID', 'list', 'generate'])
        expect(text).toContain(`node . keys ${word}`);
    }
    expect((await run(installation, 'keys', 'retire')).code).toBe(2);
  });

  it('refuses to change a keyring that another command is changing', async () => {
    await using installation = await install();
    await writeFile(`${installation.keysFile}.new`, '');
    await expect(run(installation, 'keys', 'add')).rejects.toThrow('Another command is changing the keyring');
  });
});

describe('node . audit', () => {
  it('says that the trail is whole, and with exit code 1 and one sentence that it is not', async () => {
    await using installation = await install();
    const { locker } = await installation.open();
    const alice = await person(locker, 'alice');
    for (let i = 0; i < 3; i++) await listFiles(locker, alice, { limit: 1 });
    await locker.audit.flush();
    const head = await run(installation, 'audit', 'head');
    expect(head.text).toMatch(/^3 [0-9a-f]{64}$/);
    const noted = head.text.split(' ');
    expect(await run(installation, 'audit', 'verify')).toEqual({
      code: 0,
      text: 'The audit trail is whole: 3 records.',
    });
    expect((await run(installation, 'audit', 'verify', ...noted)).code).toBe(0);
    expect((await run(installation, 'audit', 'verify', '2', noted[1] ?? '')).code).toBe(1);
    await locker.collections.audit.updateOne({ _id: 2 }, { $set: { outcome: 'not_found' } });
    expect(await run(installation, 'audit', 'verify')).toEqual({
      code: 1,
      text: 'The audit trail was tampered with: record 2 is not as it was written. Unchanged before it: 1 record.',
    });
    for (const words of [[], ['verify', 'x'], ['verify', '3', 'abc']])
      expect((await run(installation, 'audit', ...words)).code).toBe(2);
  });
});
