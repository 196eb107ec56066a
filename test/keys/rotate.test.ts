import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { toBinary } from '../../src/database/binary.ts';
import { verifyAudit } from '../../src/audit/verify.ts';
import { describeFile } from '../../src/files/describe-file.ts';
import { openFile, openFileKey } from '../../src/files/download.ts';
import { editFile } from '../../src/files/edit.ts';
import { uploadFile } from '../../src/files/upload.ts';
import { deleteVersion, replaceContent } from '../../src/files/versions.ts';
import { addKey } from '../../src/keys/add.ts';
import { countByKey } from '../../src/keys/count-keys.ts';
import { retireKey } from '../../src/keys/retire.ts';
import { rotateKeys } from '../../src/keys/rotate.ts';
import type { Locker } from '../../src/locker.ts';
import type { Actor } from '../../src/accounts/actor.ts';
import { install, makeEntries, operator, person } from './support.ts';

const content = (text: string) => ({ bytes: Readable.from([Buffer.from(text)]) });
const upload = (locker: Locker, actor: Actor, name: string) =>
  uploadFile(locker, actor, { name, mediaType: 'text/plain', content: content(name) });
const textOf = async (locker: Locker, actor: Actor, id: string, n?: number) =>
  Buffer.concat(
    await Readable.from(await (await openFile(locker, actor, id, n)).read()).toArray(),
  ).toString();
const under = async (locker: Locker, keyId: string) =>
  Object.fromEntries(((await countByKey(locker)).get(keyId) ?? []).map(({ what, count }) => [what, count]));

/** Opens everything that was made, as its owner does. */
async function openAll(locker: Locker, actor: Actor, ids: readonly string[]): Promise<void> {
  for (const id of ids) {
    await describeFile(locker, actor, id);
    const file = await locker.collections.files.findOne({ _id: id });
    for (const version of file?.versions ?? []) openFileKey(locker, id, version);
  }
}

describe('rotation', () => {
  it('brings thousands of entries under a new key while others read and write, without one failed read, and the old key retires', async () => {
    await using installation = await install();
    const { locker: server } = await installation.open();
    const { locker: command } = await installation.open();
    const oldId = server.keyring.primaryId;
    const alice = await person(server, 'alice');
    const made = await makeEntries(server, alice, 2500);
    const real = await Promise.all(['a', 'b', 'c', 'd'].map((name) => upload(server, alice, name)));

    const newId = await addKey(command, operator, installation.keysFile);
    const traffic = new AbortController();
    let reads = 0;
    const reading = (async () => {
      for (let i = 0; !traffic.signal.aborted; i++) {
        await openAll(server, alice, [made[(i * 37) % made.length] ?? '']);
        const file = real[i % real.length];
        expect(await textOf(server, alice, file?.id ?? '', 1)).toBe(file?.name);
        reads++;
      }
    })();
    let writes = 0;
    const writing = (async () => {
      for (let i = 0; !traffic.signal.aborted; i++) {
        // The one that changes most: a new version, a new name, and an old version that goes.
        const id = real[0]?.id ?? '';
        const { version } = await replaceContent(server, alice, id, { content: content(`new ${i}`) });
        await editFile(server, alice, id, { description: String(i) });
        if (version > 3) await deleteVersion(server, alice, id, version - 1);
        await editFile(server, alice, made[(i * 11) % made.length] ?? '', { tags: [String(i % 7)] });
        await upload(server, alice, `w${i}`);
        writes++;
      }
    })();
    const progress: number[] = [];
    const report = await rotateKeys(command, operator, { onProgress: ({ done }) => progress.push(done) });
    traffic.abort();
    await Promise.all([reading, writing]);

    expect(report.unopened).toEqual([]);
    expect(report.rewrapped.map(({ what }) => what)).toEqual(['file versions', 'accounts', 'audit keys']);
    expect(report.rewrapped[0]?.count).toBeGreaterThanOrEqual(5000);
    expect(Math.min(reads, writes)).toBeGreaterThan(0);
    expect(progress.length).toBeGreaterThan(20);
    expect(await under(server, oldId)).toEqual({});
    expect((await under(server, newId))['file versions']).toBeGreaterThan(5004);

    await retireKey(command, operator, { keyId: oldId, keysFile: installation.keysFile, settleMs: 0 });
    expect(server.keyring.ids).toEqual([newId]);
    const { locker: fresh } = await installation.open();
    expect(fresh.keyring.ids).toEqual([newId]);
    await openAll(fresh, alice, made);
    for (const { id, name } of real.slice(1)) expect(await textOf(fresh, alice, id)).toBe(name);
    expect(await textOf(fresh, alice, real[0]?.id ?? '')).toBe(`new ${writes - 1}`);
    await server.audit.flush();
    expect((await verifyAudit(fresh)).problem).toBeUndefined();
  }, 240_000);

  it('loses no change that someone makes between its reading and its writing', async () => {
    await using installation = await install();
    const { locker } = await installation.open();
    const alice = await person(locker, 'alice');
    const files = await Promise.all(['a', 'b', 'c'].map((name) => upload(locker, alice, name)));
    await addKey(locker, operator, installation.keysFile);
    await Promise.all([
      rotateKeys(locker, operator, {}),
      ...files.flatMap(({ id }) => [
        editFile(locker, alice, id, { name: `renamed ${id}` }),
        replaceContent(locker, alice, id, { content: content(`second ${id}`) }),
      ]),
    ]);
    await rotateKeys(locker, operator, {});
    for (const { id, name } of files) {
      const file = await describeFile(locker, alice, id);
      expect(file).toMatchObject({ name: `renamed ${id}`, version: 2 });
      expect(await textOf(locker, alice, id, 1)).toBe(name);
      expect(await textOf(locker, alice, id, 2)).toBe(`second ${id}`);
    }
    expect(Object.keys(await under(locker, locker.keyring.primaryId))).toContain('file versions');
    expect((await countByKey(locker)).size).toBe(1);
  });

  it('continues where a SIGKILL cut it off', async () => {
    await using installation = await install();
    const { locker } = await installation.open();
    const oldId = locker.keyring.primaryId;
    const alice = await person(locker, 'alice');
    const made = await makeEntries(locker, alice, 2000);
    const newId = await addKey(locker, operator, installation.keysFile);

    const root = join(import.meta.dirname, '../..');
    const child = spawn(process.execPath, ['--import', 'tsx', 'main.ts', 'keys', 'rotate'], {
      cwd: root,
      env: { ...process.env, ...installation.env },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    child.kill('SIGKILL');
    await once(child, 'close');
    expect(line.toString()).toMatch(/^wrapping: \d+ of 2002 records/);
    const left = (await under(locker, oldId))['file versions'] ?? 0;
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThan(4000);
    await openAll(locker, alice, made.slice(0, 50));

    const report = await rotateKeys(locker, operator, {});
    expect(report.rewrapped.find(({ what }) => what === 'file versions')?.count).toBe(left);
    expect(await under(locker, oldId)).toEqual({});
    expect(await under(locker, newId)).toEqual({ 'file versions': 4000, accounts: 1, 'audit keys': 1 });
    await openAll(locker, alice, made.slice(-50));
  }, 120_000);

  it('leaves a wrapped key that does not open as it is, and says where it stands', async () => {
    await using installation = await install();
    const { locker } = await installation.open();
    const alice = await person(locker, 'alice');
    const [id = ''] = await makeEntries(locker, alice, 1);
    const broken = { keyId: 'ffffffffffffffff', token: toBinary(new Uint8Array(105)) };
    await locker.collections.files.updateOne({ _id: id }, { $set: { 'versions.1.key': broken } });
    await addKey(locker, operator, installation.keysFile);
    const report = await rotateKeys(locker, operator, {});
    expect(report.unopened).toEqual([`files ${id} versions.1.key`]);
    const file = await locker.collections.files.findOne({ _id: id });
    expect(file?.versions[0]?.key.keyId).toBe(locker.keyring.primaryId);
    expect(file?.versions[1]?.key.keyId).toBe('ffffffffffffffff');
  });
});
