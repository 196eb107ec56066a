import { describe, expect, it } from 'vitest';
import { exportSnapshot } from '../../../jobs/backup/export-snapshot.ts';
import { listSnapshots } from '../../../jobs/backup/list-snapshots.ts';
import { headKey, readHeadKey, readSnapshotId, timeOfNext } from '../../../jobs/backup/names.ts';
import { prune } from '../../../jobs/backup/prune.ts';
import { verifySnapshot } from '../../../jobs/backup/verify-snapshot.ts';
import { watchBackupsJob } from '../../../jobs/watch-backups.ts';
import { backupAge, noteVerified } from '../../../src/backup/snapshot-ledger.ts';
import { readConfig } from '../../../src/config.ts';
import { describeBackups } from '../../../src/jobs/describe-backups.ts';
import { saveFile } from '../../support/files.ts';
import { openTestBackup } from './support.ts';

const dayMs = 24 * 3600 * 1000;
const { signal } = new AbortController();

/** A snapshot that was made while the clock was ten days ahead; it is right again. */
async function aheadOnce() {
  const t = await openTestBackup();
  const owner = await t.person('owner', 'owner');
  await saveFile(t.locker, owner, 'a.txt');
  t.advance(10 * dayMs);
  const ahead = await exportSnapshot(t.locker, t.target);
  await noteVerified(t.locker, ahead.id);
  t.advance(-10 * dayMs);
  return { ...t, owner, ahead: ahead.id };
}

describe('a snapshot from a clock that was ahead', () => {
  it('is not the latest once another one was made, which says when that was', async () => {
    await using t = await aheadOnce();
    await saveFile(t.locker, t.owner, 'b.txt');
    const { id, createdAt } = await exportSnapshot(t.locker, t.target);
    expect(createdAt.getTime()).toBeLessThanOrEqual(t.locker.now().getTime());
    expect(await t.open()).toMatchObject({ id, createdAt, files: 2 });
    expect(await verifySnapshot(t.target, { keyring: t.keyring })).toMatchObject({ snapshot: id, createdAt });
    expect((await listSnapshots(t.target)).map((snapshot) => snapshot.id)).toEqual([t.ahead, id]);
    expect((await listSnapshots(t.target)).at(-1)).toMatchObject({ createdAt });
    expect((await describeBackups(t.locker, t.owner)).snapshots.map((snapshot) => snapshot.id)).toEqual([
      id,
      t.ahead,
    ]);
  });

  it('is dropped before those after it, each of which counts for its own day', async () => {
    await using t = await aheadOnce();
    const ids: string[] = [];
    for (let day = 0; day < 3; day++) {
      ids.push((await exportSnapshot(t.locker, t.target)).id);
      t.advance(dayMs);
    }
    expect((await prune(t.target, { last: 1 }, { dryRun: true })).kept).toEqual([ids[2]]);
    expect((await prune(t.target, { daily: 3 }, { dryRun: true })).kept).toEqual(ids);
    expect((await prune(t.target, { daily: 4 }, { dryRun: true })).kept).toEqual([t.ahead, ...ids]);
  });

  it('does not hide that no backup was made since, nor that none was proven', async () => {
    await using t = await aheadOnce();
    expect(await backupAge(t.locker)).toEqual({
      lastSnapshotAt: null,
      lastVerifiedSnapshotAt: null,
      lastDrillAt: null,
    });
    const { id, createdAt } = await exportSnapshot(t.locker, t.target);
    const settings = readConfig({ COFFER_BACKUP_DIR: t.folder }, '/').backup;
    const overdue = async () => (await watchBackupsJob(settings).run(t.locker, signal))['overdue'];
    expect(await overdue()).toBe(0);
    t.advance(4 * dayMs);
    expect(await overdue()).toBe(1);
    // The time of the one that was ahead has come, and it is still older than the other.
    t.advance(7 * dayMs);
    expect(await overdue()).toBe(1);
    await noteVerified(t.locker, id);
    expect(await backupAge(t.locker)).toMatchObject({
      lastSnapshotAt: createdAt,
      lastVerifiedSnapshotAt: createdAt,
    });
  });

  it('is told of though the installation is from such a clock as well', async () => {
    await using t = await aheadOnce();
    const settings = readConfig({ COFFER_BACKUP_DIR: t.folder }, '/').backup;
    t.advance(-100 * dayMs);
    expect(await watchBackupsJob(settings).run(t.locker, signal)).toEqual({ overdue: 2 });
  });
});

describe('the id of the next snapshot', () => {
  const salt = '-0123456789abcdef01234567';

  it('is of now, or just after the newest that is there', () => {
    const now = new Date('2026-11-23T03:00:00.000Z');
    expect(timeOfNext(now, [])).toEqual(now);
    expect(timeOfNext(now, [`20261122T030000000Z${salt}`])).toEqual(now);
    expect(timeOfNext(now, [`20270101T000000999Z${salt}`, `20261122T030000000Z${salt}`])).toEqual(
      new Date('2027-01-01T00:00:01.000Z'),
    );
  });

  it('can be written though a stranger put a head at the end of time, or at none', async () => {
    await using t = await openTestBackup();
    for (const time of ['99991231T235959999Z', '20269999T999999999Z'])
      await t.target.put(headKey(`${time}${salt}`), Buffer.from('x'));
    const { id, createdAt } = await exportSnapshot(t.locker, t.target);
    expect(readHeadKey(headKey(id))).toBe(id);
    expect(readSnapshotId(id)?.time).toEqual(createdAt);
    expect((await listSnapshots(t.target)).map((snapshot) => snapshot.id)).toContain(id);
  });
});
