import { createHash, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { openTestServer } from '../support/server.ts';
import {
  tus,
  base64,
  started,
  patch,
  head,
  offsetOf,
  codeOf,
  contentOf,
  cutOff,
  settledOffset,
  sum,
  partType,
} from './tus-support.ts';

describe('tus 1.0: parts', () => {
  it('answers 204 with the new offset and the expiry, and HEAD says the same without being cached', async () => {
    await using t = await openTestServer();
    const alice = await t.signUp('alice');
    const path = await started(alice, { 'upload-length': '10' });
    const response = await patch(alice, path, 0, Buffer.from('abcd'));
    expect([response.status, await response.text()]).toEqual([204, '']);
    expect(response.headers.get('upload-offset')).toBe('4');
    expect(response.headers.get('upload-expires')).not.toBeNull();
    const now = await head(alice, path);
    expect(now.status).toBe(200);
    expect(Object.fromEntries(now.headers)).toMatchObject({
      'upload-offset': '4',
      'upload-length': '10',
      'cache-control': 'no-store',
    });
    expect(now.headers.has('upload-metadata')).toBe(false);
    const { body } = await alice.json('GET', path);
    expect(body).toMatchObject({ offsetBytes: 4, sizeBytes: 10, file: null });
  });

  it.each([
    ['another type with 415', { 'content-type': 'application/octet-stream' }, 415],
    ['a content encoding with 415', { 'content-encoding': 'gzip' }, 415],
    ['another offset with 409', { 'upload-offset': '1' }, 409],
    ['an offset that is no number with 400', { 'upload-offset': 'x' }, 400],
    ['a negative offset with 400', { 'upload-offset': '-0' }, 400],
    ['an unknown checksum algorithm with 400', { 'upload-checksum': `crc32 ${base64('x')}` }, 400],
    ['a checksum that is not base64 with 400', { 'upload-checksum': 'sha1 !!' }, 400],
    ['a checksum without a digest with 400', { 'upload-checksum': 'sha1' }, 400],
  ])('refuses %s and keeps nothing', async (_what, headers, status) => {
    await using t = await openTestServer();
    const alice = await t.signUp('alice');
    const path = await started(alice, { 'upload-length': '10' });
    expect((await patch(alice, path, 0, Buffer.from('abcd'), headers)).status).toBe(status);
    expect(await offsetOf(alice, path)).toBe('0');
  });

  it('refuses a part without an offset with 400', async () => {
    await using t = await openTestServer();
    const alice = await t.signUp('alice');
    const path = await started(alice, { 'upload-length': '10' });
    const response = await alice.send('PATCH', path, {
      body: Buffer.from('a'),
      headers: { ...tus, ...partType },
    });
    expect([response.status, await codeOf(response)]).toEqual([400, 'bad_request']);
  });

  it('refuses more than the length with 413, announced or not', async () => {
    await using t = await openTestServer();
    const alice = await t.signUp('alice');
    const path = await started(alice, { 'upload-length': '3' });
    expect((await patch(alice, path, 0, Buffer.from('abcd'))).status).toBe(413);
    const chunked = new ReadableStream({
      start: (controller) => {
        for (const piece of ['ab', 'cd', 'ef']) controller.enqueue(Buffer.from(piece));
        controller.close();
      },
    });
    expect((await patch(alice, path, 0, chunked as unknown as Uint8Array)).status).toBe(413);
    const done = await patch(alice, path, Number(await offsetOf(alice, path)), Buffer.from('abc'));
    expect((await contentOf(alice, done)).toString()).toBe('abc');
  });

  it('keeps a part whose checksum is right, and nothing of one whose checksum is wrong (460)', async () => {
    await using t = await openTestServer();
    const alice = await t.signUp('alice');
    const path = await started(alice, { 'upload-length': '8' });
    expect((await patch(alice, path, 0, Buffer.from('ab'), sum('sha1', 'ab'))).status).toBe(204);
    const wrong = await patch(alice, path, 2, Buffer.from('cd'), sum('sha1', 'xx'));
    expect([wrong.status, await codeOf(wrong)]).toEqual([460, 'upload_checksum_mismatch']);
    const cut = {
      'upload-checksum': `sha1 ${base64(createHash('sha1').update('cd').digest().subarray(0, 4))}`,
    };
    expect((await patch(alice, path, 2, Buffer.from('cd'), cut)).status).toBe(460);
    expect(await offsetOf(alice, path)).toBe('2');
    expect((await patch(alice, path, 2, Buffer.from('cd'), sum('sha256', 'cd'))).status).toBe(204);
    expect((await patch(alice, path, 4, Buffer.from('efgh'), sum('md5', 'efgX'))).status).toBe(460);
    const done = await patch(alice, path, 4, Buffer.from('efgh'), sum('md5', 'efgh'));
    expect((await contentOf(alice, done)).toString()).toBe('abcdefgh');
  });

  it('answers a finished upload the same again, and refuses to change it', async () => {
    await using t = await openTestServer();
    const alice = await t.signUp('alice');
    const path = await started(alice, { 'upload-length': '3' });
    const done = await patch(alice, path, 0, Buffer.from('abc'));
    const again = await patch(alice, path, 3, Buffer.alloc(0));
    for (const response of [again, await head(alice, path)]) {
      expect(response.headers.get('upload-offset')).toBe('3');
      expect(response.headers.get('coffer-file-id')).toBe(done.headers.get('coffer-file-id'));
    }
    expect(again.status).toBe(204);
    expect((await patch(alice, path, 0, Buffer.from('abc'))).status).toBe(409);
    expect((await patch(alice, path, 3, Buffer.from('d'))).status).toBe(413);
    expect(await t.locker.collections.files.countDocuments()).toBe(1);
  });

  it('keeps what came before the connection broke', async () => {
    await using t = await openTestServer();
    const alice = await t.signUp('alice');
    const content = randomBytes(5 * 1024 * 1024);
    const path = await started(alice, { 'upload-length': String(content.length) });
    await cutOff(t, alice, path, content, 4 * 1024 * 1024);
    const offset = await settledOffset(alice, path);
    expect(offset).toBeGreaterThan(0);
    expect(offset).toBeLessThanOrEqual(4 * 1024 * 1024);
    const done = await patch(alice, path, offset, content.subarray(offset));
    expect(Buffer.compare(await contentOf(alice, done), content)).toBe(0);
  });

  it('answers 404 for none, and the same for one of somebody else, everywhere', async () => {
    await using t = await openTestServer();
    const [alice, bob] = [await t.signUp('alice'), await t.signUp('bob', 'admin')];
    const path = await started(alice, { 'upload-length': '3' });
    for (const target of [path, '/v1/uploads/0000000000000000']) {
      const responses = [
        await head(bob, target),
        await patch(bob, target, 0, Buffer.from('abc')),
        await bob.send('DELETE', target, { headers: tus }),
        await bob.send('GET', target),
      ];
      expect(responses.map(({ status }) => status)).toEqual([404, 404, 404, 404]);
      expect(responses[0]?.headers.has('upload-offset')).toBe(false);
    }
    for (const method of ['HEAD', 'PATCH', 'DELETE', 'GET'])
      expect((await t.stranger.send(method, path, { headers: tus })).status).toBe(401);
    expect(await offsetOf(alice, path)).toBe('0');
  });

  it('answers 410 once it has expired', async () => {
    await using t = await openTestServer();
    const alice = await t.signUp('alice');
    const path = await started(alice, { 'upload-length': '3' });
    await t.locker.collections.uploads.updateOne({}, { $set: { expiresAt: t.locker.now() } });
    expect((await head(alice, path)).status).toBe(410);
    expect((await patch(alice, path, 0, Buffer.from('abc'))).status).toBe(410);
    expect((await alice.send('DELETE', path, { headers: tus })).status).toBe(410);
  });
});
