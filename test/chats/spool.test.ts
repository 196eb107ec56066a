import { mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type PlacedItem, Spool } from '../../src/chats/spool.ts';
import { randomKey } from '../../src/crypto/keyring.ts';
import { createLog } from '../../src/log.ts';

async function openSpool() {
  const parent = await mkdtemp(join(tmpdir(), 'coffer-test-'));
  const folder = join(parent, 'inbox');
  const logLines: string[] = [];
  const log = createLog('trace', { write: (line) => void logLines.push(line) });
  const key = randomKey();
  return {
    folder,
    logLines,
    spool: new Spool(folder, key, log),
    other: new Spool(folder, randomKey(), log),
    [Symbol.asyncDispose]: () => rm(parent, { recursive: true, force: true }),
  };
}

const item = (id: string, seq: number): PlacedItem => ({
  id,
  chat: 'slack',
  lane: 'a',
  payload: { text: `canary-${id}` },
  seq,
  receivedAt: new Date(seq),
});

describe('what is kept beside the inbox', () => {
  it('comes back whole, in its order, until it is removed', async () => {
    await using t = await openSpool();
    expect(await t.spool.read()).toEqual([]);
    const later = { ...item('b', 2), notBefore: new Date(77) };
    for (const one of [later, item('c', 3), item('a', 1), item('a', 1)]) await t.spool.keep(one);
    expect(await t.spool.read()).toEqual([item('a', 1), later, item('c', 3)]);
    await t.spool.remove('b');
    await t.spool.remove('b');
    expect((await t.spool.read()).map(({ id }) => id)).toEqual(['a', 'c']);
  });

  it('is sealed, and for nobody else on this machine', async () => {
    await using t = await openSpool();
    await t.spool.keep(item('a', 1));
    const [name = ''] = await readdir(t.folder);
    expect(`${name}${await readFile(join(t.folder, name), 'latin1')}`).not.toContain('canary');
    expect((await stat(join(t.folder, name))).mode & 0o077).toBe(0);
    expect((await stat(t.folder)).mode & 0o077).toBe(0);
  });

  it('is left where it is if it cannot be opened: cut, moved, of other keys', async () => {
    await using t = await openSpool();
    await t.spool.keep(item('a', 1));
    expect(await t.other.read()).toEqual([]);
    const [name = ''] = await readdir(t.folder);
    await rename(join(t.folder, name), join(t.folder, `moved${name}`));
    await t.spool.keep(item('b', 2));
    const [cut = ''] = (await readdir(t.folder)).filter((one) => !one.startsWith('moved'));
    await writeFile(join(t.folder, cut), (await readFile(join(t.folder, cut))).subarray(0, 40));
    await t.spool.keep(item('c', 3));
    // What was being written when the process was killed.
    await writeFile(join(t.folder, 'x.item.7.1'), 'half');
    expect((await t.spool.read()).map(({ id }) => id)).toEqual(['c']);
    expect(await readdir(t.folder)).toHaveLength(4);
    expect(t.logLines.join('')).toContain('cannot be opened');
  });
});
