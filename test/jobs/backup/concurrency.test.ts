import { describe, expect, it } from 'vitest';
import { exportSnapshot } from '../../../jobs/backup/export-snapshot.ts';
import { listSnapshots } from '../../../jobs/backup/list-snapshots.ts';
import { verifySnapshot } from '../../../jobs/backup/verify-snapshot.ts';
import { verifyAudit } from '../../../src/audit/verify.ts';
import { LockerError } from '../../../src/errors.ts';
import { deleteFile } from '../../../src/files/delete.ts';
import { editFile } from '../../../src/files/edit.ts';
import { deleteVersion, replaceContent } from '../../../src/files/versions.ts';
import { check } from '../../../src/maintenance/check.ts';
import { inPieces, sha256, someBytes } from '../../support/bytes.ts';
import { readFile, saveFile, usage } from '../../support/files.ts';
import { poll } from '../../support/program.ts';
import { openTestBackup, restoreAnew } from './support.ts';

describe('an export while others write and delete', () => {
  it('restores to a state in which each file once was, with exact usage and a whole trail', async () => {
    await using t = await openTestBackup();
    const { locker } = t;
    const people = await Promise.all(['ann', 'ben', 'cy', 'dee'].map((handle) => t.person(handle)));
    // Half of what is saved stays: what is deleted soon after is not restored, and would prove nothing.
    /** What each file ever held, whose it is, and what it was called. */
    const history = new Map<string, { owner: string; contents: Set<string>; names: Set<string> }>();
    const stop = new AbortController();
    const work = async (who: (typeof people)[number]) => {
      const mine: string[] = [];
      for (let i = 0; !stop.signal.aborted; i++) {
        const bytes = someBytes(1 + Math.floor(Math.random() * 60_000));
        const content = { bytes: inPieces(bytes) };
        const id = mine[Math.floor(Math.random() * mine.length)];
        const known = id === undefined ? undefined : history.get(id);
        try {
          if (id === undefined || known === undefined || i % 4 === 0) {
            const name = `${i}.bin`;
            const saved = await saveFile(locker, who, name, { bytes });
            history.set(saved.id, {
              owner: who.account,
              contents: new Set([sha256(bytes)]),
              names: new Set([name]),
            });
            mine.push(saved.id);
          } else if (i % 4 === 1) {
            known.contents.add(sha256(bytes));
            await replaceContent(locker, who, id, { content });
          } else if (i % 8 !== 7) {
            known.names.add(`renamed ${i}`);
            await editFile(locker, who, id, { name: `renamed ${i}` });
            await deleteVersion(locker, who, id, 1);
          } else {
            await deleteFile(locker, who, id);
            mine.splice(mine.indexOf(id), 1);
          }
        } catch (error) {
          // Version 1 is the current one, or gone.
          if (!(error instanceof LockerError) || !['conflict', 'not_found'].includes(error.code)) throw error;
        }
      }
    };
    const workers = people.map(work);
    await poll(() => (history.size >= 12 ? true : undefined));
    const reports = [];
    for (let i = 0; i < 6; i++) reports.push(await exportSnapshot(locker, t.target));
    stop.abort();
    await Promise.all(workers);
    expect(reports.flatMap(({ lost }) => lost)).toEqual([]);
    expect(await listSnapshots(t.target)).toHaveLength(6);
    let files = 0;
    // The last one first: what it holds must not be taken for shredded by itself.
    for (const { id } of reports.slice(-3).toReversed()) {
      expect((await verifySnapshot(t.target, { keyring: t.keyring }, { snapshot: id })).problems).toEqual([]);
      await using restored = await restoreAnew(await t.open(id));
      expect(restored.report.damaged).toEqual([]);
      expect((await check(restored.locker)).findings).toEqual([]);
      expect((await verifyAudit(restored.locker)).problem).toBeUndefined();
      for (const who of people) {
        const entries = await restored.locker.collections.files.find({ owner: who.account }).toArray();
        let bytes = 0;
        for (const { _id, versions } of entries) {
          files++;
          const known = history.get(_id);
          expect(known?.owner).toBe(who.account);
          for (const { n, sizeBytes } of versions) {
            bytes += sizeBytes;
            expect(known?.contents.has(sha256(await readFile(restored.locker, who, _id, n)))).toBe(true);
          }
        }
        expect(await usage(restored.locker, who)).toEqual({ usedBytes: bytes, pendingBytes: 0, pending: 0 });
      }
    }
    expect(files).toBeGreaterThan(0);
  });

  it('leaves out a file that is deleted between the reading of its entry and of its content', async () => {
    await using t = await openTestBackup();
    const alice = await t.person('alice');
    const ids: string[] = [];
    for (let i = 0; i < 6; i++) ids.push((await saveFile(t.locker, alice, `${i}.txt`)).id);
    const edited = await saveFile(t.locker, alice, 'edited.txt', { bytes: Buffer.from('one') });
    await replaceContent(t.locker, alice, edited.id, { content: { bytes: inPieces(Buffer.from('two')) } });
    const { contentFiles } = t.locker.collections;
    let struck = false;
    const find: typeof contentFiles.find = contentFiles.find.bind(contentFiles);
    // All entries of the batch are read by then, and none of the contents is.
    contentFiles.find = ((...args: Parameters<typeof find>) => {
      const cursor = find(...args);
      const toArray = cursor.toArray.bind(cursor);
      cursor.toArray = async () => {
        const found = await toArray();
        if (!struck) {
          struck = true;
          for (const id of ids.slice(0, 3)) await deleteFile(t.locker, alice, id);
          await deleteVersion(t.locker, alice, edited.id, 1);
        }
        return found;
      };
      return cursor;
    }) as typeof find;
    const report = await exportSnapshot(t.locker, t.target);
    contentFiles.find = find;
    expect(struck).toBe(true);
    expect(report).toMatchObject({ files: 4, versions: 4, lost: [] });
    await using restored = await restoreAnew(await t.open());
    expect((await check(restored.locker)).findings).toEqual([]);
    expect((await readFile(restored.locker, alice, edited.id)).toString()).toBe('two');
  });
});
