import { utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { exportSnapshot } from '../../../jobs/backup/export-snapshot.ts';
import { prune } from '../../../jobs/backup/prune.ts';
import type { BackupTarget } from '../../../jobs/backup/target.ts';
import { verifySnapshot } from '../../../jobs/backup/verify-snapshot.ts';
import { deleteFile } from '../../../src/files/delete.ts';
import { saveFile } from '../../support/files.ts';
import { filesOf, openTestBackup, type TestBackup } from './support.ts';

const dayMs = 24 * 3600 * 1000;

/** Makes everything that is there now so old, a month if not said. */
async function age(t: TestBackup, days = 30): Promise<void> {
  const old = new Date(Date.now() - days * dayMs);
  for (const path of await filesOf(t.folder)) await utimes(join(t.folder, path), old, old);
}

/** Three snapshots: the first alone needs one content, all need another, the last alone a third. */
async function threeSnapshots(): Promise<TestBackup & { ids: string[] }> {
  const t = await openTestBackup();
  const alice = await t.person('alice');
  const first = await saveFile(t.locker, alice, 'first.txt');
  await saveFile(t.locker, alice, 'all.txt');
  const ids = [(await exportSnapshot(t.locker, t.target)).id];
  await deleteFile(t.locker, alice, first.id);
  ids.push((await exportSnapshot(t.locker, t.target)).id);
  await saveFile(t.locker, alice, 'last.txt');
  ids.push((await exportSnapshot(t.locker, t.target)).id);
  return { ...t, ids };
}

/** A target that dies after so many removals, as a killed process does. */
const dying = (target: BackupTarget, removals: number): BackupTarget => {
  let left = removals;
  return new Proxy(target, {
    get: (_, name: keyof BackupTarget) => {
      const member: unknown = target[name];
      if (typeof member !== 'function') return member;
      return (...args: unknown[]) => {
        if (name === 'remove' && left-- <= 0) throw new Error('killed');
        return (member as (...all: unknown[]) => unknown).apply(target, args);
      };
    },
  });
};

const problems = async (t: TestBackup, snapshot: string) =>
  (await verifySnapshot(t.target, { keyring: t.keyring }, { snapshot })).problems;

describe('prune', () => {
  it('removes what no kept snapshot needs, and nothing else', async () => {
    await using t = await threeSnapshots();
    await age(t);
    const [first = '', second = '', third = ''] = t.ids;
    const dry = await prune(t.target, { last: 2 }, { dryRun: true });
    expect(dry).toMatchObject({ removed: [first], removedObjects: 4 + 1 });
    expect(await filesOf(t.folder, 'objects')).toHaveLength(3);
    expect(await prune(t.target, { last: 2 })).toEqual(dry);
    expect(await filesOf(t.folder, 'objects')).toHaveLength(2);
    for (const id of [second, third]) expect(await problems(t, id)).toEqual([]);
    expect(await prune(t.target, { last: 2 })).toMatchObject({ removed: [], removedObjects: 0 });
  });

  it('cut off after any removal, every snapshot that is still there is whole, and the next one finishes', async () => {
    for (let removals = 0; ; removals++) {
      await using t = await threeSnapshots();
      await age(t);
      const killed = await prune(dying(t.target, removals), { last: 1 }).then(
        () => false,
        () => true,
      );
      const heads = (await filesOf(t.folder, 'snapshots')).map((path) => path.slice(10, -5));
      expect(heads).toContain(t.ids[2]);
      for (const id of heads) expect(await problems(t, id), `${id} after ${removals}`).toEqual([]);
      await prune(t.target, { last: 1 });
      expect(await filesOf(t.folder, 'objects')).toHaveLength(2);
      expect(await filesOf(t.folder, 'records')).toHaveLength(4);
      if (!killed) break;
    }
  });

  it('leaves alone what is younger than an export may take: it may belong to one that is running', async () => {
    await using t = await threeSnapshots();
    await t.target.put('records/20200101T000000000Z-000000000000000000000000/files-000000', Buffer.from('x'));
    const report = await prune(t.target, { last: 1 });
    expect(report.removed).toHaveLength(2);
    expect(await filesOf(t.folder, 'objects')).toHaveLength(3);
    expect((await filesOf(t.folder, 'records')).some((path) => path.includes('20200101'))).toBe(true);
    await prune(t.target, { last: 1 }, { now: new Date(Date.now() + 15 * dayMs) });
    expect(await filesOf(t.folder, 'objects')).toHaveLength(2);
    expect((await filesOf(t.folder, 'records')).some((path) => path.includes('20200101'))).toBe(false);
  });

  it('removes no content while the list of a kept snapshot is damaged, and never what it does not know', async () => {
    await using t = await threeSnapshots();
    await age(t);
    await writeFile(join(t.folder, 'objects', 'notes.txt'), 'mine', { flag: 'wx' });
    const [list = ''] = (await filesOf(t.folder, 'records')).filter((path) =>
      path.includes(`${t.ids[2]}/versions`),
    );
    await writeFile(join(t.folder, list), 'damaged');
    expect(await prune(t.target, { last: 1 })).toMatchObject({ unreadable: [t.ids[2]] });
    expect(await filesOf(t.folder, 'objects')).toHaveLength(4);
  });

  it('keeps a snapshot whose head is damaged, and does not count it', async () => {
    await using t = await threeSnapshots();
    await age(t);
    await writeFile(join(t.folder, 'snapshots', `${t.ids[2]}.head`), 'damaged');
    const report = await prune(t.target, { last: 1 });
    expect(report.removed).toEqual([t.ids[0]]);
    expect(report.kept).toEqual([t.ids[1], t.ids[2]]);
    expect(await problems(t, t.ids[1] ?? '')).toEqual([]);
  });

  it('does not take away what an export that began before relies on', async () => {
    await using t = await threeSnapshots();
    await age(t);
    // Only the second needs nothing of its own; the first content is old and no snapshot that stays needs it.
    await prune(t.target, { last: 1 });
    const alice = await t.person('bob');
    await saveFile(t.locker, alice, 'more.txt');
    const orphan = await exportSnapshot(t.locker, t.target);
    await t.target.remove(`snapshots/${orphan.id}.head`);
    await age(t);
    // No snapshot needs the object and it is old: a prune at this moment would remove it, so it is copied anew.
    expect(await exportSnapshot(t.locker, t.target)).toMatchObject({ copiedVersions: 1 });
    await prune(t.target, { last: 1 });
    expect(await problems(t, 'latest')).toEqual([]);
  });

  it('leaves what cut-off exports copied in a week to the next one, and for as long again', async () => {
    await using t = await openTestBackup();
    await saveFile(t.locker, await t.person('alice'), 'large.txt');
    /** Exports, as one that was cut off before its head. */
    const cutOff = async () => {
      const { id, copiedVersions } = await exportSnapshot(t.locker, t.target);
      await t.target.remove(`snapshots/${id}.head`);
      return copiedVersions;
    };
    expect(await cutOff()).toBe(1);
    await age(t, 6.9);
    expect(await cutOff()).toBe(0);
    await age(t, 7.1);
    expect(await cutOff()).toBe(1);
    await age(t, 13.9);
    expect(await prune(t.target, {})).toMatchObject({ removedObjects: 0 });
    await age(t, 14.1);
    await prune(t.target, {});
    expect(await filesOf(t.folder, 'objects')).toEqual([]);
  });
});
