import { randomBytes } from 'node:crypto';
import type { Server } from '@hapi/hapi';
import { Upload, type UploadOptions } from 'tus-js-client';
import { describe, expect, it } from 'vitest';
import { createServer } from '../../api/server.ts';
import { AccountKeys } from '../../src/accounts/account-keys.ts';
import { connect } from '../../src/database/connect.ts';
import type { Locker } from '../../src/locker.ts';
import { check } from '../../src/maintenance/check.ts';
import { ContentStore } from '../../src/storage/content-store.ts';
import { openCollections } from '../../src/database/collections.ts';
import { type Client, openTestServer, type TestServer } from '../support/server.ts';
import { gate } from '../uploads/support.ts';

const MiB = 1024 * 1024;

/** Uploads with tus-js-client. @returns id of the file. */
function upload(content: Buffer, client: Client, options: Partial<UploadOptions>): Promise<string> {
  return new Promise((resolve, reject) => {
    new Upload(content, {
      retryDelays: [0, 100, 500, 1000, 2000, 4000],
      headers: { Authorization: `Bearer ${client.token ?? ''}` },
      metadata: { filename: 'big.bin', filetype: 'application/x-big', folder: '/in' },
      onError: reject,
      onSuccess: ({ lastResponse }) => resolve(lastResponse.getHeader('Coffer-File-Id') ?? ''),
      ...options,
    }).start();
  });
}

const download = async (client: Client, id: string): Promise<Buffer> =>
  Buffer.from(await (await client.send('GET', `/v1/files/${id}/content`)).arrayBuffer());

/** Another instance of the app on the same database, that shares nothing with the first one. */
async function openInstance(t: TestServer): Promise<{ server: Server; locker: Locker } & AsyncDisposable> {
  const database = await connect(
    t.database.client.options.hosts.map(String).reduce((uri, host) => `${uri}${host}`, 'mongodb://') +
      `/${t.database.db.databaseName}`,
  );
  const collections = openCollections(database.db);
  const locker: Locker = {
    ...t.locker,
    collections,
    content: new ContentStore(collections),
    accountKeys: new AccountKeys(t.locker.keyring),
  };
  const server = await createServer(locker, {
    host: '127.0.0.1',
    port: 0,
    log: locker.log,
    validateAnswers: true,
  });
  await server.start();
  return {
    server,
    locker,
    [Symbol.asyncDispose]: async () => {
      await server.stop({ timeout: 1000 });
      await database.close();
    },
  };
}

describe('tus-js-client', () => {
  it('uploads 10 MiB in parts of an odd size', async () => {
    await using t = await openTestServer();
    const alice = await t.signUp('alice');
    const content = randomBytes(10 * MiB);
    const endpoint = `${t.url}/v1/uploads`;
    const id = await upload(content, alice, { endpoint, chunkSize: 1_234_567 });
    expect(Buffer.compare(await download(alice, id), content)).toBe(0);
    const { body } = await alice.json('GET', `/v1/files/${id}`);
    expect(body).toMatchObject({ name: 'big.bin', mediaType: 'application/x-big', folder: '/in' });
  });

  it.each([
    ['with the first part in the creation', { uploadDataDuringCreation: true, chunkSize: 3 * MiB }],
    ['with a length that it declares last', { uploadLengthDeferred: true, chunkSize: 1_999_999 }],
    ['with POST instead of PATCH', { overridePatchMethod: true, chunkSize: 3 * MiB }],
    ['in one part', {}],
  ])('uploads %s', async (_how, options) => {
    await using t = await openTestServer();
    const alice = await t.signUp('alice');
    const content = randomBytes(7 * MiB + 1);
    const id = await upload(content, alice, { endpoint: `${t.url}/v1/uploads`, ...options });
    expect(Buffer.compare(await download(alice, id), content)).toBe(0);
  });

  it('uploads an empty file', async () => {
    await using t = await openTestServer();
    const alice = await t.signUp('alice');
    const id = await upload(Buffer.alloc(0), alice, { endpoint: `${t.url}/v1/uploads` });
    expect((await download(alice, id)).length).toBe(0);
  });

  it('is cut in the middle of a part, and goes on with another instance of the server', async () => {
    await using t = await openTestServer();
    const alice = await t.signUp('alice');
    const content = randomBytes(10 * MiB);
    const cut = gate();
    const first = new Upload(content, {
      endpoint: `${t.url}/v1/uploads`,
      headers: { Authorization: `Bearer ${alice.token ?? ''}` },
      chunkSize: 3_333_333,
      retryDelays: [],
      onError: () => {},
      onProgress: (sent) => {
        if (sent > 5 * MiB) cut.open();
      },
    });
    first.start();
    await cut.passed;
    await first.abort();
    const { pathname } = new URL(first.url ?? '');

    await using other = await openInstance(t);
    const id = await upload(content, alice, {
      uploadUrl: `${other.server.info.uri}${pathname}`,
      chunkSize: 777_777,
    });
    expect(Buffer.compare(await download(alice, id), content)).toBe(0);
    expect((await check(t.locker)).findings).toEqual([]);
    expect(await t.locker.collections.uploadTails.countDocuments()).toBe(0);
  });

  it('does no harm when three of them send to one upload through two instances', async () => {
    await using t = await openTestServer();
    await using other = await openInstance(t);
    const alice = await t.signUp('alice');
    const content = randomBytes(9 * MiB + 5);
    const created = await alice.send('POST', '/v1/uploads', {
      headers: { 'tus-resumable': '1.0.0', 'upload-length': String(content.length) },
    });
    const path = created.headers.get('location') ?? '';
    const retryDelays = Array.from({ length: 40 }, () => 50);
    const send = (url: string, chunkSize: number) =>
      upload(content, alice, { uploadUrl: `${url}${path}`, chunkSize, retryDelays });
    const ids = await Promise.all([
      send(t.url, 1_000_003),
      send(other.server.info.uri, 800_009),
      send(t.url, 2_500_001),
    ]);
    expect(new Set(ids).size).toBe(1);
    expect(Buffer.compare(await download(alice, ids[0] ?? ''), content)).toBe(0);
    expect(await t.locker.collections.files.countDocuments()).toBe(1);
    expect((await check(t.locker)).findings).toEqual([]);
  });

  it('gives an upload up on the server, too', async () => {
    await using t = await openTestServer();
    const alice = await t.signUp('alice');
    const started = gate();
    const running = new Upload(randomBytes(6 * MiB), {
      endpoint: `${t.url}/v1/uploads`,
      headers: { Authorization: `Bearer ${alice.token ?? ''}` },
      chunkSize: MiB,
      retryDelays: [50, 50, 50, 50, 500, 1000],
      onError: () => {},
      onChunkComplete: () => started.open(),
    });
    running.start();
    await started.passed;
    await running.abort(true);
    expect(await t.locker.collections.uploads.countDocuments()).toBe(0);
    expect(await t.locker.collections.chunks.countDocuments()).toBe(0);
  });
});
