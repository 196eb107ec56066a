import { ObjectId } from 'mongodb';
import { describe, expect, it } from 'vitest';
import { chooseSample, sampleBytes, sampleFiles } from '../../../jobs/backup/choose-sample.ts';
import { drillSnapshot } from '../../../jobs/backup/drill-snapshot.ts';
import { exportSnapshot } from '../../../jobs/backup/export-snapshot.ts';
import type { RecordedFile } from '../../../jobs/backup/open-snapshot.ts';
import { saveFile } from '../../support/files.ts';
import { openTestBackup } from './support.ts';

/** Files `0`, `1` and so on, each with the sealed bytes of its versions. */
async function* filesOf(...sizes: number[][]): AsyncGenerator<RecordedFile> {
  for (const [i, versions] of sizes.entries()) {
    const contents = versions.map(
      (sealedBytes) =>
        [new ObjectId().toHexString(), { sealedBytes, chunkBytes: sealedBytes, parts: [] }] as const,
    );
    yield { file: { _id: String(i) } as RecordedFile['file'], contents: Object.fromEntries(contents) };
  }
}

const many = 100;
const part = (fraction: number) => Math.floor(sampleBytes * fraction);

describe('the sample of a restore drill', () => {
  it('is of so many files, and not always of the same', async () => {
    const small = Array.from({ length: 40 }, () => [100]);
    const seen = new Set<string>();
    for (let i = 0; i < many; i++) {
      const sample = await chooseSample(filesOf(...small));
      expect(sample.size).toBe(sampleFiles);
      for (const id of sample) seen.add(id);
    }
    expect(seen.size).toBe(40);
  });

  it('is no larger than its budget with all versions, and each file has its turn', async () => {
    const sizes = [[part(0.2), part(0.2)], [part(0.4)], [part(0.4)], [part(0.9)], [part(0.05)]];
    const seen = new Set<string>();
    for (let i = 0; i < many; i++) {
      const sample = await chooseSample(filesOf(...sizes));
      const bytes = [...sample].flatMap((id) => sizes[Number(id)] ?? []).reduce((sum, size) => sum + size, 0);
      expect(bytes).toBeLessThanOrEqual(sampleBytes);
      for (const id of sample) seen.add(id);
    }
    expect(seen.size).toBe(sizes.length);
  });

  it('passes over a file that is larger than the budget by itself, unless there is no other: then it is the smallest', async () => {
    for (let i = 0; i < many; i++) {
      expect([...(await chooseSample(filesOf([2 * sampleBytes], [part(0.6), part(0.6)], [1])))]).toEqual([
        '2',
      ]);
      expect([
        ...(await chooseSample(filesOf([4 * sampleBytes], [2 * sampleBytes], [3 * sampleBytes]))),
      ]).toEqual(['1']);
    }
    expect((await chooseSample(filesOf())).size).toBe(0);
  });

  it('is all that a drill restores', async () => {
    await using t = await openTestBackup();
    const alice = await t.person('alice');
    for (let i = 0; i < 4; i++) await saveFile(t.locker, alice, `${i}.txt`);
    await exportSnapshot(t.locker, t.target);
    const snapshot = await t.open();
    const claimed = {
      ...snapshot,
      readFiles: async function* () {
        let isFirst = true;
        for await (const { file, contents } of snapshot.readFiles()) {
          const [[id, content] = []] = Object.entries(contents);
          if (id === undefined || content === undefined) throw new RangeError('no content');
          yield isFirst
            ? { file, contents: { [id]: { ...content, sealedBytes: 2 * sampleBytes } } }
            : { file, contents };
          isFirst = false;
        }
      },
    };
    expect(await drillSnapshot(t.locker, claimed)).toMatchObject({ files: 3, versions: 3 });
  });
});
