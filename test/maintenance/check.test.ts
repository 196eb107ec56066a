import { Binary, type Long, ObjectId } from 'mongodb';
import { describe, expect, it } from 'vitest';
import { sealBulk } from '../../src/crypto/bulk.ts';
import { randomKey } from '../../src/crypto/keyring.ts';
import { defaultSegmentBytes } from '../../src/crypto/segments.ts';
import { storeKey } from '../../src/database/binary.ts';
import type { FileDoc, VersionDoc } from '../../src/files/documents.ts';
import { deleteFile } from '../../src/files/delete.ts';
import { replaceContent } from '../../src/files/versions.ts';
import type { Locker } from '../../src/locker.ts';
import { check } from '../../src/maintenance/check.ts';
import { scrub } from '../../src/maintenance/scrub.ts';
import { flipBit, inPieces, sha256, someBytes } from '../support/bytes.ts';
import { saveFile } from '../support/files.ts';
import { openTestLocker, type TestLocker } from '../support/locker.ts';

const size = defaultSegmentBytes + 100;

/** Two files of two segments each; the second is damaged by the test. */
async function withTwo() {
  const t = await openTestLocker();
  const alice = await t.person('alice');
  const intact = await saveFile(t.locker, alice, 'secret name one', { bytes: someBytes(size) });
  const { id } = await saveFile(t.locker, alice, 'secret name two', { bytes: someBytes(size) });
  const file = await t.locker.collections.files.findOne({ _id: id });
  const other = await t.locker.collections.files.findOne({ _id: intact.id });
  const version = file?.versions[0];
  if (file === null || other === null || version === undefined) throw new RangeError('nothing saved');
  return { t, alice, id, file, other, version };
}

interface Stored {
  readonly file: FileDoc;
  readonly other: FileDoc;
  readonly version: VersionDoc;
}

const chunkOf = async ({ collections }: Locker, { id }: VersionDoc, n: number) =>
  Buffer.from((await collections.chunks.findOne({ files_id: id, n }))?.data.value() ?? Buffer.alloc(0));
const setChunk = ({ collections }: Locker, { id }: VersionDoc, n: number, token: Buffer) =>
  collections.chunks.updateOne({ files_id: id, n }, { $set: { data: new Binary(token) } });
const setFile = ({ collections }: Locker, { _id }: FileDoc, fields: object) =>
  collections.files.updateOne({ _id }, { $set: fields });

type Damage = (locker: Locker, stored: Stored) => Promise<unknown>;
const damages: [string, number | null, string, Damage][] = [
  [
    'a flipped bit in its first segment',
    1,
    'damaged in segment 0',
    async (locker, { version }) =>
      setChunk(locker, version, 0, flipBit(await chunkOf(locker, version, 0), 5000)),
  ],
  [
    'a flipped bit in its last segment',
    1,
    'damaged in segment 1',
    async (locker, { version }) =>
      setChunk(locker, version, 1, flipBit(await chunkOf(locker, version, 1), 500)),
  ],
  [
    'a missing chunk',
    1,
    '1 chunks are stored, 2 belong to it',
    (locker, { version }) => locker.collections.chunks.deleteOne({ files_id: version.id, n: 1 }),
  ],
  [
    'an appended chunk',
    1,
    '3 chunks are stored, 2 belong to it',
    (locker, { version }) =>
      locker.collections.chunks.insertOne({
        _id: new ObjectId(),
        files_id: version.id,
        n: 2,
        data: new Binary(sealBulk(randomKey(), [])),
      }),
  ],
  [
    'a chunk that was moved away to another number',
    1,
    'damaged in segment 1',
    (locker, { version }) =>
      locker.collections.chunks.updateOne({ files_id: version.id, n: 1 }, { $set: { n: 9 } }),
  ],
  [
    'a chunk of another file',
    1,
    'damaged in segment 1',
    async (locker, { version, other }) =>
      setChunk(locker, version, 1, await chunkOf(locker, other.versions[0] ?? version, 1)),
  ],
  [
    'a missing GridFS file',
    1,
    'its GridFS file document is missing',
    (locker, { version }) => locker.collections.contentFiles.deleteOne({ _id: version.id }),
  ],
  [
    'the sealed record of another file',
    null,
    'its sealed record does not open',
    (locker, { file, other }) => setFile(locker, file, { sealed: other.sealed }),
  ],
  [
    'the versions of another file',
    1,
    'its sealed record does not open',
    (locker, { file, other }) => setFile(locker, file, { versions: other.versions }),
  ],
  [
    'a version that is gone from the clear part',
    1,
    'its sealed record does not open',
    (locker, { file }) => setFile(locker, file, { versions: [] }),
  ],
  [
    'a version that the sealed record does not name',
    2,
    'a version that the sealed record does not name',
    (locker, { file, version }) =>
      setFile(locker, file, { versions: [version, { ...version, n: 2, id: new ObjectId() }] }),
  ],
  [
    'the file key of another version',
    1,
    'damaged in segment 0',
    (locker, { file, version, other }) =>
      setFile(locker, file, { versions: [{ ...version, key: other.versions[0]?.key }] }),
  ],
  [
    'another size in the clear part',
    1,
    'its sealed record does not open',
    (locker, { file, version }) => setFile(locker, file, { versions: [{ ...version, sizeBytes: size - 1 }] }),
  ],
  [
    'an owner who does not exist',
    null,
    'its owner does not exist',
    (locker, { file }) => setFile(locker, file, { owner: 'nobody' }),
  ],
];

describe('check', () => {
  it('finds nothing wrong in an intact locker, and counts what it read', async () => {
    await using t = await openTestLocker();
    const [alice, bob] = [await t.person('alice'), await t.person('bob')];
    const { id } = await saveFile(t.locker, alice, 'a', { bytes: someBytes(100) });
    await replaceContent(t.locker, alice, id, { content: { bytes: inPieces(someBytes(size)) } });
    await saveFile(t.locker, bob, 'empty', { bytes: Buffer.alloc(0) });
    const progress: number[] = [];
    const report = await check(t.locker, ({ bytes, totalBytes }) => void progress.push(bytes / totalBytes));
    expect(report).toEqual({ files: 2, versions: 3, bytes: 100 + size, findings: [] });
    expect(progress).toEqual(progress.toSorted((a, b) => a - b));
    expect(progress.at(-1)).toBe(1);
  });

  it.each(damages)('reports the file with %s, and only this one', async (_, version, problem, damage) => {
    const { t, ...stored } = await withTwo();
    await using _t = t;
    await damage(t.locker, stored);
    const { findings, files } = await check(t.locker);
    expect(files).toBe(2);
    expect([...new Set(findings.map(({ fileId }) => fileId))]).toEqual([stored.id]);
    expect(findings).toContainEqual({ fileId: stored.id, version, problem });
    expect(JSON.stringify(findings)).not.toContain('secret name');
  });

  it('calls no file damaged that is deleted while it is read, and reads one that is changed again', async () => {
    const { t, alice, id, version } = await withTwo();
    await using _t = t;
    const { content } = t.locker;
    const measure = content.measure.bind(content);
    const whenRead = (work: () => Promise<unknown>) => {
      content.measure = async (versionId) => {
        if (versionId.equals(version.id)) {
          content.measure = measure;
          await work();
        }
        return measure(versionId);
      };
    };
    whenRead(async () => {
      await replaceContent(t.locker, alice, id, { content: { bytes: inPieces(Buffer.from('2')) } });
      await content.remove(version.id);
    });
    const changed = await check(t.locker);
    expect(changed.findings.map(({ fileId, version: n }) => [fileId, n])).toContainEqual([id, 1]);
    expect(new Set(changed.findings.map((finding) => JSON.stringify(finding))).size).toBe(
      changed.findings.length,
    );
    whenRead(() => deleteFile(t.locker, alice, id));
    expect((await check(t.locker)).findings).toEqual([]);
  });

  it('reports a file whose key is under a master key that the ring lacks, and names that key', async () => {
    const { t, id, file, version } = await withTwo();
    await using _t = t;
    const key = {
      ...version.key,
      ...storeKey({ token: sealBulk(randomKey(), [randomKey()]), keyId: '0123456789abcdef' }),
    };
    await setFile(t.locker, file, { versions: [{ ...version, key }] });
    const { findings } = await check(t.locker);
    expect(findings).toMatchObject([
      { fileId: id, version: 1, problem: expect.stringContaining('0123456789abcdef') },
    ]);
  });

  it('reports a damaged old version though the current one is intact, and goes on after it', async () => {
    const { t, alice, id, version } = await withTwo();
    await using _t = t;
    await replaceContent(t.locker, alice, id, { content: { bytes: inPieces(Buffer.from('next')) } });
    await setChunk(t.locker, version, 0, flipBit(await chunkOf(t.locker, version, 0), 5000));
    const report = await check(t.locker);
    expect(report.findings).toEqual([{ fileId: id, version: 1, problem: 'damaged in segment 0' }]);
    expect(report.versions).toBe(3);
  });

  it('reports content that was exchanged by someone who holds the file key: its SHA-256 is another', async () => {
    await using t = await openTestLocker();
    const alice = await t.person('alice');
    const { id } = await saveFile(t.locker, alice, 'a', { bytes: someBytes(100) });
    const file = await t.locker.collections.files.findOne({ _id: id });
    const version = file?.versions[0];
    if (version === undefined) throw new RangeError('nothing saved');
    const fileKey = t.locker.keyring.unwrap({ token: version.key.token.value(), keyId: version.key.keyId });
    await t.locker.content.remove(version.id);
    await t.locker.content.write({ id: version.id, fileKey }, inPieces(someBytes(100)));
    expect((await check(t.locker)).findings).toEqual([
      { fileId: id, version: 1, problem: 'its content has another SHA-256 than the sealed record says' },
    ]);
  });

  it('changes nothing', async () => {
    const { t, version } = await withTwo();
    await using _t = t;
    await setChunk(t.locker, version, 0, flipBit(await chunkOf(t.locker, version, 0), 5000));
    const all = () =>
      Promise.all(
        Object.values(t.locker.collections).map(async (collection) => {
          const documents: unknown[] = await collection.find({}, { raw: true }).sort({ _id: 1 }).toArray();
          return sha256(Buffer.concat(documents as Uint8Array[]));
        }),
      );
    // The note of the audit trail's length comes a little later.
    await t.locker.audit.flush();
    const before = await all();
    await check(t.locker);
    expect(await all()).toEqual(before);
  });
});

describe('a look at every file', () => {
  it.each([
    ['check', (locker: Locker) => check(locker)],
    ['scrub', (locker: Locker) => scrub(locker, { from: 0, to: 1 })],
  ])(
    'comes to the end though the server gives up every cursor while content is read: %s',
    async (_, look) => {
      const { t, file } = await withTwo();
      await using _t = t;
      const { files } = t.locker.collections;
      // Read after the two, which have content.
      const more = Array.from({ length: 250 }, (_none, i) => ({ ...file, _id: `~${i}` }));
      await files.insertMany(more);
      const { content } = t.locker;
      const measure = content.measure.bind(content);
      const isRead = new Set<string>();
      content.measure = async (versionId) => {
        isRead.add(versionId.toHexString());
        await giveUpCursors(t, files.namespace);
        return measure(versionId);
      };
      expect(await look(t.locker)).toMatchObject({ files: 252, versions: 2 });
      expect(isRead.size).toBe(2);
    },
  );
});

/** Closes the cursors that wait to be read on, as the server does in time. */
async function giveUpCursors({ database }: TestLocker, namespace: string): Promise<void> {
  const idle = database.client
    .db('admin')
    .aggregate<{ cursor: { cursorId: Long } }>([
      { $currentOp: { idleCursors: true } },
      { $match: { type: 'idleCursor', ns: namespace } },
    ]);
  const cursors = (await idle.toArray()).map(({ cursor }) => cursor.cursorId);
  if (cursors.length > 0)
    await database.db.command({ killCursors: namespace.slice(namespace.indexOf('.') + 1), cursors });
}
