import { copyFile, mkdir, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { exportSnapshot } from '../../../jobs/backup/export-snapshot.ts';
import { prune } from '../../../jobs/backup/prune.ts';
import { verifyTarget } from '../../../jobs/backup/verify-target.ts';
import { noteRemoval, notedSnapshots } from '../../../src/backup/snapshot-ledger.ts';
import { deleteFile } from '../../../src/files/delete.ts';
import { flipBit, someBytes } from '../../support/bytes.ts';
import { saveFile } from '../../support/files.ts';
import { filesOf, openTestBackup, type TestBackup } from './support.ts';

/** Two snapshots; the older one needs a file that was deleted for good since. */
async function backups() {
  const t = await openTestBackup();
  const alice = await t.person('alice');
  const { id: gone } = await saveFile(t.locker, alice, 'gone.txt', { bytes: someBytes(5000) });
  const { id: older } = await exportSnapshot(t.locker, t.target);
  const [goneObject = ''] = await filesOf(t.folder, 'objects');
  await saveFile(t.locker, alice, 'kept.txt', { bytes: someBytes(6000) });
  await deleteFile(t.locker, alice, gone);
  const { id: newest } = await exportSnapshot(t.locker, t.target);
  return { ...t, older, newest, goneObject };
}

const verify = async (t: TestBackup, options = {}) =>
  verifyTarget(t.target, { keyring: t.keyring }, await notedSnapshots(t.locker, t.target.name), options);

const headOf = (t: TestBackup, id: string) => join(t.folder, 'snapshots', `${id}.head`);

describe('verification of a whole backup', () => {
  it('finds nothing in one that is whole, and reads what only older snapshots need', async () => {
    await using t = await backups();
    expect(await verify(t)).toMatchObject({
      snapshot: t.newest,
      snapshots: 2,
      readVersions: 1,
      readOlderObjects: 1,
      problems: [],
    });
  });

  it('finds what is changed, cut or missing of an older snapshot', async () => {
    await using t = await backups();
    const older = (await filesOf(t.folder)).filter((path) => path.includes(t.older));
    const paths = [...older, t.goneObject];
    expect(paths.length).toBeGreaterThan(4);
    for (const path of paths) {
      const at = join(t.folder, path);
      const whole = await readFile(at);
      for (const attack of [
        () => writeFile(at, flipBit(whole, whole.length * 4)),
        () => truncate(at, whole.length - 40),
        () => rm(at),
      ]) {
        await attack();
        const named = (await verify(t)).problems.join();
        expect([path, named.includes(path === t.goneObject ? path : t.older)]).toEqual([path, true]);
        await writeFile(at, whole);
      }
    }
    expect((await verify(t)).problems).toEqual([]);
  });

  it('misses a snapshot that was removed, and all of them', async () => {
    await using t = await backups();
    await rm(headOf(t, t.older));
    expect((await verify(t)).problems).toEqual([
      `snapshot ${t.older} is missing: it was made, and not removed by this locker.`,
    ]);
    await rm(t.folder, { recursive: true });
    await mkdir(t.folder);
    expect((await verify(t)).problems).toHaveLength(2);
  });

  it('notices a snapshot that was pruned and put back', async () => {
    await using t = await backups();
    const head = headOf(t, t.older);
    await copyFile(head, `${t.folder}.head`);
    await prune(t.target, { last: 1 }, { onRemoval: async (ids) => void (await noteRemoval(t.locker, ids)) });
    expect((await verify(t)).problems).toEqual([]);
    await rename(`${t.folder}.head`, head);
    expect((await verify(t)).problems.join()).toContain(`snapshot ${t.older} was removed on`);
  });

  it('notices an older head under a newer name, and one in the place of another', async () => {
    await using t = await backups();
    await copyFile(headOf(t, t.older), headOf(t, t.newest));
    expect((await verify(t)).problems).toContain(
      `snapshots/${t.newest}.head is the head of another snapshot.`,
    );
  });

  it('notices a snapshot of a stranger, and still looks at its own', async () => {
    await using t = await backups();
    await using stranger = await openTestBackup();
    const { id } = await exportSnapshot(stranger.locker, t.target);
    const { problems, snapshot } = await verify(t);
    expect(snapshot).toBe(t.newest);
    expect(problems).toEqual([`snapshot ${id} was not made by this locker.`]);
  });

  it('names what does not belong there', async () => {
    await using t = await backups();
    await writeFile(join(t.folder, 'objects', 'holiday.mov'), 'x');
    expect((await verify(t)).problems.join()).toContain('objects/holiday.mov does not belong to a backup');
  });

  it('does without a database, and then knows nothing of snapshots that are missing', async () => {
    await using t = await backups();
    await rm(headOf(t, t.older));
    expect((await verifyTarget(t.target, { keyring: t.keyring }, undefined)).problems).toEqual([]);
  });

  it('leaves an object alone that was damaged on its way only', async () => {
    await using t = await backups();
    let first = true;
    const flaky = Object.assign(Object.create(t.target) as typeof t.target, {
      get: async (key: string) => {
        const bytes = await t.target.get(key);
        const isDamaged = first && key === t.goneObject && bytes !== undefined;
        if (isDamaged) first = false;
        return isDamaged ? flipBit(bytes, 999) : bytes;
      },
      name: t.target.name,
      list: (prefix: string) => t.target.list(prefix),
    });
    const ledger = await notedSnapshots(t.locker, t.target.name);
    const report = await verifyTarget(flaky, { keyring: t.keyring }, ledger, { setAside: true });
    expect(report.problems).toHaveLength(1);
    expect((await verify(t)).problems).toEqual([]);
  });
});
