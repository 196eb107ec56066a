import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Binary, ObjectId } from 'mongodb';
import { describe, expect, it, vi } from 'vitest';
import type { Proof } from '../../src/files/proof.ts';
import { type Client, openTestServer, type TestServer } from '../support/server.ts';

const segmentBytes = 1024 * 1024;

async function upload(client: Client, content: Uint8Array | string): Promise<string> {
  const { body } = await client.json<{ id: string }>('POST', '/v1/files?name=secret-name.bin', {
    body: content,
  });
  return body.id;
}

const prove = async (client: Client, id: string, query = '') =>
  (await client.json<Proof>('GET', `/v1/files/${id}/proof${query}`)).body;

const chunkOf = async ({ locker }: TestServer, proof: Proof, n: number) => {
  const chunk = await locker.collections.chunks.findOne({
    files_id: new ObjectId(proof.database.contentId),
    n,
  });
  if (chunk === null) throw new Error('no such chunk');
  return chunk;
};

describe('GET /v1/files/{id}/proof', () => {
  it('reports what is stored, how it begins, and that all of it verified', async () => {
    await using t = await openTestServer();
    const alice = await t.signUp('alice');
    const content = randomBytes(2 * segmentBytes + 1000);
    const id = await upload(alice, content);
    const proof = await prove(alice, id);
    expect(proof).toMatchObject({
      fileId: id,
      version: 1,
      format: 'coffer/v1',
      keyId: t.keyring.primaryId,
      segments: 3,
      segmentBytes,
      plaintextBytes: content.length,
      macsVerified: 3,
      sha256: createHash('sha256').update(content).digest('hex'),
      sha256Matches: true,
      intact: true,
      damaged: [],
      database: { collection: 'fs.chunks' },
    });
    const chunk = await chunkOf(t, proof, 0);
    expect(proof.database.sampleHex).toBe(Buffer.from(chunk.data.value()).toString('hex', 0, 32));
    expect(proof.database.sampleHex).toMatch(/^80/);
    const [{ total } = { total: 0 }] = await t.locker.collections.chunks
      .aggregate<{ total: number }>([{ $group: { _id: null, total: { $sum: { $binarySize: '$data' } } } }])
      .toArray();
    expect(proof.sealedBytes).toBe(total);
  });

  it('gives out nothing of the content or the name', async () => {
    await using t = await openTestServer();
    const alice = await t.signUp('alice');
    const canary = 'canary-of-the-content';
    const id = await upload(alice, canary);
    const text = await (await alice.send('GET', `/v1/files/${id}/proof`)).text();
    for (const secret of [canary, 'secret-name'])
      for (const form of [
        secret,
        Buffer.from(secret).toString('hex'),
        Buffer.from(secret).toString('base64'),
      ])
        expect(text).not.toContain(form);
  });

  it('proves an empty file, and an older version', async () => {
    await using t = await openTestServer();
    const alice = await t.signUp('alice');
    const id = await upload(alice, '');
    await alice.send('PUT', `/v1/files/${id}/content`, { body: 'second' });
    expect(await prove(alice, id)).toMatchObject({ version: 2, plaintextBytes: 6, intact: true });
    expect(await prove(alice, id, '?version=1')).toMatchObject({
      version: 1,
      plaintextBytes: 0,
      segments: 1,
      macsVerified: 1,
      intact: true,
    });
    expect((await alice.json('GET', `/v1/files/${id}/proof?version=3`)).status).toBe(404);
  });

  it('names the segments that were changed or are missing, and goes on after them', async () => {
    await using t = await openTestServer();
    const alice = await t.signUp('alice');
    const id = await upload(alice, randomBytes(3 * segmentBytes));
    const whole = await prove(alice, id);
    const { chunks } = t.locker.collections;
    const second = await chunkOf(t, whole, 1);
    const bytes = Buffer.from(second.data.value());
    bytes[5000] = (bytes[5000] ?? 0) ^ 1;
    await chunks.updateOne({ _id: second._id }, { $set: { data: new Binary(bytes) } });
    expect(await prove(alice, id)).toMatchObject({
      intact: false,
      damaged: [1],
      macsVerified: 2,
      sha256Matches: false,
      sealedBytes: whole.sealedBytes,
    });
    await chunks.deleteOne({ _id: (await chunkOf(t, whole, 0))._id });
    const broken = await prove(alice, id);
    expect(broken).toMatchObject({ intact: false, damaged: [0, 1], macsVerified: 1 });
    expect(broken.database.sampleHex).toBe('');
  });

  it('notices segments that changed places, and one that was put behind the last', async () => {
    await using t = await openTestServer();
    const alice = await t.signUp('alice');
    const id = await upload(alice, randomBytes(2 * segmentBytes));
    const whole = await prove(alice, id);
    const { chunks } = t.locker.collections;
    const [first, second] = [await chunkOf(t, whole, 0), await chunkOf(t, whole, 1)];
    await chunks.insertOne({ ...second, _id: new ObjectId(), n: 2 });
    expect(await prove(alice, id)).toMatchObject({ intact: false, damaged: [], sha256Matches: true });
    await chunks.deleteOne({ files_id: second.files_id, n: 2 });
    await chunks.updateOne({ _id: first._id }, { $set: { data: second.data } });
    await chunks.updateOne({ _id: second._id }, { $set: { data: first.data } });
    expect(await prove(alice, id)).toMatchObject({ intact: false, damaged: [0, 1], macsVerified: 0 });
  });

  it('is there for those who may view the file, and for others the same 404 as for none', async () => {
    await using t = await openTestServer();
    const [alice, bob, carol] = [await t.signUp('alice'), await t.signUp('bob'), await t.signUp('carol')];
    const id = await upload(alice, 'x');
    await alice.send('PUT', `/v1/files/${id}/grants/bob`, { body: { role: 'viewer' } });
    expect((await prove(bob, id)).intact).toBe(true);
    const refused = await carol.json<{ requestId?: string }>('GET', `/v1/files/${id}/proof`);
    const missing = await carol.json<{ requestId?: string }>('GET', '/v1/files/zzzzzz/proof');
    expect(refused.status).toBe(404);
    expect({ ...refused.body, requestId: '' }).toEqual({ ...missing.body, requestId: '' });
    expect((await t.stranger.json('GET', `/v1/files/${id}/proof`)).status).toBe(401);
  });

  it('stops when the client went away, and the trail says so', async () => {
    await using t = await openTestServer();
    const alice = await t.signUp('alice');
    const id = await upload(alice, randomBytes(3 * segmentBytes));
    const connected = once(t.server.listener, 'connection');
    const socket = connect(Number(new URL(t.url).port), '127.0.0.1');
    socket.on('error', () => {});
    const { chunks } = t.locker.collections;
    const find = chunks.find.bind(chunks) as (...args: unknown[]) => ReturnType<typeof chunks.find>;
    let reads = 0;
    vi.spyOn(chunks, 'find').mockImplementation((...args: unknown[]) => {
      const cursor = find(...args);
      const toArray = cursor.toArray.bind(cursor);
      cursor.toArray = async () => {
        reads++;
        if (!socket.destroyed) {
          const gone = once(connection, 'close');
          socket.destroy();
          await gone;
        }
        return toArray();
      };
      return cursor;
    });
    const [connection] = (await connected) as [Socket];
    socket.write(
      `GET /v1/files/${id}/proof HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${alice.token}\r\n\r\n`,
    );
    await vi.waitFor(
      async () => {
        const record = await t.locker.collections.audit.findOne({ action: 'file.prove' });
        expect(record).toMatchObject({ outcome: 'cancelled', file: id });
      },
      { timeout: 30_000 },
    );
    expect(reads).toBe(1);
  });
});
