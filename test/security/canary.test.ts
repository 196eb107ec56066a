import { BSON } from 'mongodb';
import { describe, expect, it } from 'vitest';
import { deleteFile } from '../../src/files/delete.ts';
import { editFile } from '../../src/files/edit.ts';
import { listFiles, sortKeys } from '../../src/files/list.ts';
import { trashFile } from '../../src/files/trash.ts';
import { replaceContent } from '../../src/files/versions.ts';
import { check } from '../../src/maintenance/check.ts';
import { sweep } from '../../src/maintenance/sweep.ts';
import { putGrant } from '../../src/sharing/grants.ts';
import { inPieces, sha256 } from '../support/bytes.ts';
import { readFile, saveFile } from '../support/files.ts';
import { openTestLocker, type TestLocker } from '../support/locker.ts';

/** Capitals and small letters, so that a folded copy is another string; long, so that no accident makes it. */
const canary = 'KanarienvogelXy7Q';

/** Every form in which the canary might lie around. */
function forms(text: string): { form: string; bytes: Buffer }[] {
  const spellings = [text, text.toLowerCase(), text.toUpperCase(), text.split('').toReversed().join('')];
  return spellings.flatMap((spelling) => [
    { form: `${spelling} in UTF-8`, bytes: Buffer.from(spelling, 'utf8') },
    { form: `${spelling} in UTF-16LE`, bytes: Buffer.from(spelling, 'utf16le') },
    { form: `${spelling} in hexadecimal`, bytes: Buffer.from(Buffer.from(spelling).toString('hex')) },
    // Base64 of the text at each of the three places at which it can start in a longer one, without its unsure ends.
    ...[0, 1, 2].map((offset) => ({
      form: `${spelling} in base64, ${offset} bytes in`,
      bytes: Buffer.from(
        Buffer.from('_'.repeat(offset) + spelling)
          .toString('base64')
          .slice(offset === 0 ? 0 : 4, -4),
      ),
    })),
  ]);
}

/** All documents of all collections, as the bytes that go over the wire. */
async function dump(t: TestLocker): Promise<{ where: string; bytes: Buffer }[]> {
  const collections = await t.database.db.listCollections({}, { nameOnly: true }).toArray();
  const dumps = await Promise.all(
    collections.map(async ({ name }) => {
      const documents = await t.database.db.collection(name).find({}, { raw: true }).toArray();
      return documents.map((document) => ({
        where: name,
        bytes: Buffer.from(document as unknown as Uint8Array),
      }));
    }),
  );
  return dumps.flat();
}

const findings = (places: readonly { where: string; bytes: Buffer }[], text: string): string[] =>
  places.flatMap(({ where, bytes }) =>
    forms(text)
      .filter((form) => bytes.includes(form.bytes))
      .map(({ form }) => `${form} in ${where}`),
  );

const logOf = (t: TestLocker) => [{ where: 'log', bytes: Buffer.from(t.logLines.join('')) }];

describe('the search for a canary', () => {
  it.each(['', 'x', 'xy'])('finds it in every form, wherever in a text it starts: after "%s"', (before) => {
    const text = Buffer.from(`${before}${canary} and more`);
    const document = Buffer.from(
      BSON.serialize({
        plain: text.toString(),
        binary: new BSON.Binary(Buffer.from(text.toString(), 'utf16le')),
        base64: text.toString('base64'),
        hex: text.toString('hex'),
      }),
    );
    const found = findings([{ where: 'test', bytes: document }], canary).join('\n');
    for (const form of ['UTF-8', 'UTF-16LE', 'base64', 'hexadecimal'])
      expect(found).toContain(`${canary} in ${form}`);
  });
});

describe('a canary in name, folder, tag, description and content', () => {
  it('is in no document of any collection and in no log line, whatever is done with the file', async () => {
    await using t = await openTestLocker({ quotaBytes: 5_000_000 });
    const [alice] = [await t.person('alice'), await t.person('bob')];
    const bytes = Buffer.from(`${canary} `.repeat(5000));
    const said = {
      folder: `/${canary}/sub`,
      tags: [canary],
      description: `It says ${canary}.`,
      mediaType: `x/${canary}`,
    };
    const { id } = await saveFile(t.locker, alice, `${canary}.txt`, { ...said, bytes });
    const other = await saveFile(t.locker, alice, `more ${canary}`, { ...said, bytes });
    await putGrant(
      t.locker,
      alice,
      { kind: 'folder', folder: said.folder },
      { grantee: 'bob', role: 'viewer', expiresAt: null },
    );
    await editFile(t.locker, alice, id, { name: `${canary}2.txt`, tags: [canary, `${canary}2`] });
    await replaceContent(t.locker, alice, id, {
      content: { bytes: inPieces(bytes) },
      mediaType: `y/${canary}`,
    });
    for (const sort of sortKeys) {
      const page = await listFiles(t.locker, alice, {
        query: canary,
        folder: said.folder,
        tag: canary,
        sort,
        limit: 1,
      });
      expect(page.files).toHaveLength(1);
      expect(
        findings([{ where: 'cursor', bytes: Buffer.from(page.next ?? '', 'base64url') }], canary),
      ).toEqual([]);
    }
    await trashFile(t.locker, alice, other.id);
    expect((await readFile(t.locker, alice, id)).includes(canary)).toBe(true);

    const documents = await dump(t);
    const holding = new Set(documents.map(({ where }) => where));
    expect([...holding]).toEqual(
      expect.arrayContaining(['accounts', 'files', 'grants', 'fs.chunks', 'fs.files', 'installation']),
    );
    expect(findings(documents, canary)).toEqual([]);
    expect(findings(documents, sha256(bytes))).toEqual([]);
    expect(findings(logOf(t), canary)).toEqual([]);
  });

  it('is in no log line and no document after everything that can fail has failed', async () => {
    await using t = await openTestLocker({ quotaBytes: 200_000, maxFileBytes: 100_000 });
    const [alice, bob] = [await t.person('alice'), await t.person('bob')];
    const bytes = Buffer.from(`${canary} `.repeat(1000));
    const { id } = await saveFile(t.locker, alice, `${canary}.txt`, {
      bytes,
      folder: `/${canary}`,
      tags: [canary],
    });
    const source = async function* () {
      yield bytes;
      throw new Error(`the line broke at ${canary}`);
    };
    const failures = [
      saveFile(t.locker, alice, `${canary}/`),
      saveFile(t.locker, alice, canary.repeat(30)),
      saveFile(t.locker, alice, canary, { folder: `/${canary}/..` }),
      saveFile(t.locker, alice, canary, { tags: [`${canary} ${canary}`] }),
      saveFile(t.locker, alice, canary, { description: canary.repeat(300) }),
      saveFile(t.locker, alice, canary, { bytes: Buffer.alloc(100_001, canary) }),
      saveFile(t.locker, alice, canary, { content: { bytes: source() } }),
      saveFile(t.locker, alice, canary, {
        content: { bytes: inPieces(bytes), sha256: sha256(Buffer.from('')) },
      }),
      saveFile(t.locker, bob, canary, { owner: 'alice', folder: `/${canary}` }),
      editFile(t.locker, bob, id, { name: canary }),
      listFiles(t.locker, alice, { limit: 1, cursor: canary }),
      listFiles(t.locker, alice, { limit: 1, folder: `${canary}\\` }),
    ];
    const results = await Promise.allSettled(failures);
    expect(results.filter(({ status }) => status === 'fulfilled')).toEqual([]);
    // Damage that is met by reading, listing and checking.
    await t.locker.collections.chunks.deleteMany({});
    await expect(readFile(t.locker, alice, id)).rejects.toMatchObject({ code: 'content_damaged' });
    const damaged = await saveFile(t.locker, alice, `second ${canary}`, { bytes });
    const first = await t.locker.collections.files.findOne({ _id: id });
    await t.locker.collections.files.updateOne({ _id: damaged.id }, {
      $set: { sealed: first?.sealed },
    } as never);
    await listFiles(t.locker, alice, { query: canary, limit: 9 });
    expect((await check(t.locker)).findings).not.toEqual([]);
    await sweep(t.locker, 0);

    expect(t.logLines.length).toBeGreaterThan(0);
    expect(findings(logOf(t), canary)).toEqual([]);
    expect(findings(await dump(t), canary)).toEqual([]);
  });

  it('is nowhere in the database after the file is deleted for good, and neither is anything else of it but its id in the audit trail and in the tombstone that restores honour', async () => {
    await using t = await openTestLocker();
    const alice = await t.person('alice');
    const { id } = await saveFile(t.locker, alice, canary, { tags: [canary] });
    const file = await t.locker.collections.files.findOne({ _id: id });
    const version = file?.versions[0];
    if (version === undefined) throw new RangeError('no version');
    await deleteFile(t.locker, alice, id);
    const traces = (await dump(t)).filter(
      ({ where, bytes }) =>
        (where !== 'audit' && where !== 'tombstones' && bytes.includes(id)) ||
        bytes.includes(Buffer.from(version.id.id)) ||
        bytes.includes(Buffer.from(version.key.token.value())),
    );
    expect(traces).toEqual([]);
  });
});
