import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { fromBuffer } from 'yauzl';
import { changeAccount } from '../../src/admin/change-account.ts';
import { restrictFile } from '../../src/admin/restrict-file.ts';
import { createApiToken } from '../../src/accounts/api-tokens.ts';
import type { FileDoc } from '../../src/files/documents.ts';
import { trashFile } from '../../src/files/trash.ts';
import { replaceContent } from '../../src/files/versions.ts';
import { createDownloadLink } from '../../src/links/create-download-link.ts';
import { exportAccount } from '../../src/privacy/export-account.ts';
import { zipOf } from '../../src/privacy/zip.ts';
import { putGrant } from '../../src/sharing/grants.ts';
import { codeOf } from '../accounts/helpers.ts';
import { sha256, someBytes } from '../support/bytes.ts';
import { saveFile } from '../support/files.ts';
import { openTestLocker } from '../support/locker.ts';
import { openTestServer } from '../support/server.ts';

type Locker = Awaited<ReturnType<typeof openTestLocker>>;

/** What is in a ZIP archive. */
async function unzip(archive: Buffer): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>();
  await new Promise<void>((resolve, reject) => {
    fromBuffer(archive, { lazyEntries: true }, (opening, zip) => {
      if (opening !== null) return reject(opening);
      zip.on('error', reject);
      zip.on('end', resolve);
      zip.on('entry', (entry) => {
        zip.openReadStream(entry, (error, stream) => {
          if (error !== null) return reject(error);
          const pieces: Buffer[] = [];
          stream.on('error', reject);
          stream.on('data', (piece: Buffer) => pieces.push(piece));
          stream.on('end', () => {
            files.set(entry.fileName, Buffer.concat(pieces));
            zip.readEntry();
          });
        });
      });
      zip.readEntry();
    });
  });
  return files;
}

async function exported(t: Locker, who: Parameters<typeof exportAccount>[1], without: string[] = []) {
  const { parts } = await exportAccount(t.locker, who, { without });
  const pieces: Buffer[] = [];
  for await (const piece of zipOf(parts)) pieces.push(piece as Buffer);
  return unzip(Buffer.concat(pieces));
}

/** Id of what a file holds. */
function contentOf(entry: FileDoc | null) {
  const id = entry?.versions[0]?.id;
  if (id === undefined) throw new Error('there is no such file');
  return id;
}

const jsonOf = <T = unknown>(files: Map<string, Buffer>, path: string) =>
  JSON.parse(String(files.get(path))) as T;

describe('an export of an account', () => {
  it('holds every version of every file, and all that is known about the person', async () => {
    await using t = await openTestLocker();
    const alice = await t.person('alice', 'owner');
    await t.person('bob');
    const large = someBytes(5_000_000);
    const kept = await saveFile(t.locker, alice, 'Übersicht 🙂.bin', {
      bytes: large,
      folder: '/2026/tax',
      tags: ['tax'],
    });
    const empty = await saveFile(t.locker, alice, 'empty', { bytes: Buffer.alloc(0) });
    const twin = await saveFile(t.locker, alice, 'EMPTY', { bytes: someBytes(10) });
    const gone = await saveFile(t.locker, alice, 'old.txt', { bytes: someBytes(100) });
    await replaceContent(t.locker, alice, twin.id, { content: { bytes: [someBytes(20)] } as never });
    await trashFile(t.locker, alice, gone.id);
    await putGrant(
      t.locker,
      alice,
      { kind: 'folder', folder: '/2026' },
      { grantee: 'bob', role: 'viewer', expiresAt: null },
    );
    await createDownloadLink(t.locker, alice, kept.id, {
      label: 'for the office',
      expiresAt: null,
      password: null,
      maxDownloads: 3,
    });
    await createApiToken(t.locker, alice, { name: 'script', scopes: ['files:read'], ttlSeconds: 3600 });
    await t.locker.audit.flush();

    const files = await exported(t, alice);
    interface Described {
      id: string;
      name: string;
      folder: string;
      tags: string[];
      versions: { n: number; path: string; sha256: string }[];
    }
    const described = jsonOf<Described[]>(files, 'files.json');
    expect(described.map(({ id }) => id).toSorted()).toEqual(
      [kept, empty, twin, gone].map(({ id }) => id).toSorted(),
    );
    for (const { versions } of described)
      for (const { path, sha256: digest } of versions)
        expect(sha256(files.get(path) ?? Buffer.from('?'))).toBe(digest);
    expect(described.find(({ id }) => id === kept.id)).toMatchObject({
      name: 'Übersicht 🙂.bin',
      folder: '/2026/tax',
      tags: ['tax'],
      versions: [{ path: 'files/2026/tax/Übersicht 🙂.bin' }],
    });
    expect(described.find(({ id }) => id === twin.id)?.versions.map(({ n }) => n)).toEqual([1, 2]);
    expect([...files.keys()].filter((path) => path.startsWith('trash/'))).toEqual(['trash/old.txt']);
    expect(files.has('PROBLEMS.txt')).toBe(false);
    expect(String(files.get('README.txt'))).toContain('about alice');
    expect(jsonOf(files, 'account.json')).toMatchObject({
      handle: 'alice',
      role: 'owner',
      fileCount: 4,
      tokens: [{ name: 'script' }],
    });
    expect(jsonOf(files, 'sharing.json')).toMatchObject({
      given: [{ to: 'bob', folder: '/2026', role: 'viewer' }],
      received: [],
      links: [{ label: 'for the office', file: kept.id, limit: 3 }],
    });
    const activity = jsonOf<{ action: string }[]>(files, 'activity.json').map(({ action }) => action);
    for (const action of ['file.upload', 'file.trash', 'grant.put', 'token.create', 'account.export'])
      expect(activity).toContain(action);
    const secrets = [...files]
      .filter(([path]) => path.endsWith('.json'))
      .map(([, bytes]) => String(bytes))
      .join('\n');
    expect(secrets).not.toMatch(/hash|secret|token":|refresh/i);
  });

  it('is for people, with nothing of others in it', async () => {
    await using t = await openTestLocker();
    const alice = await t.person('alice', 'owner');
    const bob = await t.person('bob');
    const file = await saveFile(t.locker, alice, 'mine.txt', { bytes: someBytes(10) });
    await putGrant(
      t.locker,
      alice,
      { kind: 'file', fileId: file.id },
      { grantee: 'bob', role: 'viewer', expiresAt: null },
    );
    const files = await exported(t, bob);
    expect(jsonOf(files, 'files.json')).toEqual([]);
    expect(jsonOf(files, 'sharing.json')).toMatchObject({
      given: [],
      received: [{ from: 'alice', file: file.id }],
    });
    expect([...files.keys()].filter((path) => path.includes('/'))).toEqual([]);
    const token = { ...alice, credential: { kind: 'token' as const, id: 'x' } };
    expect(await codeOf(exportAccount(t.locker, token))).toBe('forbidden');
  });

  it('leaves out what does not open, what is restricted and what it is told to, and says so', async () => {
    await using t = await openTestLocker();
    const alice = await t.person('alice', 'owner');
    const bob = await t.person('bob');
    const [whole, broken, shut, unwanted] = await Promise.all(
      ['whole', 'broken', 'shut', 'unwanted'].map((name) =>
        saveFile(t.locker, bob, name, { bytes: someBytes(1000) }),
      ),
    );
    if (whole === undefined || broken === undefined || shut === undefined || unwanted === undefined)
      throw new Error('not saved');
    const entry = await t.locker.collections.files.findOne({ _id: broken.id });
    await t.locker.collections.chunks.deleteOne({ files_id: contentOf(entry) });
    await restrictFile(t.locker, alice, shut.id, { reason: 'a complaint' });
    const files = await exported(t, bob, [unwanted.id]);
    expect([...files.keys()].filter((path) => path.startsWith('files/'))).toEqual(['files/whole']);
    const problems = String(files.get('PROBLEMS.txt'));
    expect(problems).toContain('files/broken: damaged');
    expect(problems).toContain('files/shut: An administrator restricted this file: a complaint');
    expect(problems).toContain('files/unwanted: left out, as you asked');
  });

  it('leaves a file out that is damaged in its middle or at its end, and gives the rest', async () => {
    await using t = await openTestLocker();
    const bob = await t.person('bob');
    const files = await Promise.all(
      ['middle', 'end', 'whole'].map((name) =>
        saveFile(t.locker, bob, name, { bytes: someBytes(9_000_000) }),
      ),
    );
    for (const [i, file] of files.slice(0, 2).entries()) {
      const id = contentOf(await t.locker.collections.files.findOne({ _id: file.id }));
      const last = (await t.locker.collections.chunks.countDocuments({ files_id: id })) - 1;
      await t.locker.collections.chunks.deleteOne({ files_id: id, n: i === 0 ? 1 : last });
    }
    const found = await exported(t, bob);
    expect([...found.keys()].filter((path) => path.startsWith('files/'))).toEqual(['files/whole']);
    const problems = String(found.get('PROBLEMS.txt'));
    for (const name of ['middle', 'end']) expect(problems).toContain(`files/${name}: damaged`);
  });

  it('stops reading a file that nobody waits for any more', async () => {
    await using t = await openTestLocker();
    const bob = await t.person('bob');
    await saveFile(t.locker, bob, 'large', { bytes: someBytes(9_000_000) });
    const gone = new AbortController();
    const { parts } = await exportAccount(t.locker, bob, { signal: gone.signal });
    for (let part = await parts.next(); part.done !== true; part = await parts.next()) {
      for await (const _ of part.value.bytes);
      if (part.value.path !== 'files.json') continue;
      gone.abort();
      break;
    }
    await expect(parts.next()).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('breaks off at what is damaged while it is sent, and when the account is suspended', async () => {
    await using t = await openTestLocker();
    const alice = await t.person('alice', 'owner');
    const bob = await t.person('bob');
    const file = await saveFile(t.locker, bob, 'large', { bytes: someBytes(40_000_000) });
    const entry = await t.locker.collections.files.findOne({ _id: file.id });
    const parts = async () => (await exportAccount(t.locker, bob)).parts;
    const suspended = await parts();
    await suspended.next();
    await changeAccount(t.locker, alice, 'bob', { status: 'suspended' });
    await delay(150);
    expect(
      await codeOf(
        (async () => {
          for await (const _ of suspended);
        })(),
      ),
    ).toBe('account_suspended');
    await changeAccount(t.locker, alice, 'bob', { status: 'active' });
    await delay(150);
    const damagedLate = async function* () {
      for await (const part of await parts()) {
        const chunks = { files_id: contentOf(entry) };
        // The second half: what is read ahead by then is less.
        const half = (await t.locker.collections.chunks.countDocuments(chunks)) / 2;
        if (part.path === 'files/large')
          await t.locker.collections.chunks.deleteMany({ ...chunks, n: { $gt: half } });
        yield part;
      }
    };
    await expect(
      (async () => {
        for await (const _ of zipOf(damagedLate()));
      })(),
    ).rejects.toMatchObject({ code: 'content_damaged' });
  });
});

describe('GET /v1/me/export', () => {
  it('sends the archive, and stops reading when nobody takes it', async () => {
    await using t = await openTestServer();
    const alice = await t.signUp('alice');
    const bytes = someBytes(3_000_000);
    await alice.json('POST', '/v1/files?name=a.bin', { body: bytes });
    const response = await alice.send('GET', '/v1/me/export');
    expect([
      response.status,
      response.headers.get('content-type'),
      response.headers.get('cache-control'),
    ]).toEqual([200, 'application/zip', 'no-store']);
    expect(response.headers.get('content-disposition')).toMatch(/coffer-alice-\d{4}-\d\d-\d\d\.zip/);
    const files = await unzip(Buffer.from(await response.arrayBuffer()));
    expect(files.get('files/a.bin')?.equals(bytes)).toBe(true);
    const head = await alice.send('HEAD', '/v1/me/export');
    expect([head.status, await head.text()]).toEqual([200, '']);
    await alice.json('POST', '/v1/files?name=b.bin', { body: someBytes(40_000_000) });
    const abort = new AbortController();
    const cut = await fetch(`${t.url}/v1/me/export`, {
      headers: { authorization: `Bearer ${alice.token}` },
      signal: abort.signal,
    });
    await cut.body?.getReader().read();
    abort.abort();
    await vi.waitFor(() => expect(t.locker.database.pool.inUse).toBe(0));
  });
});
