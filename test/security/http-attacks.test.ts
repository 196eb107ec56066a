import { gzipSync } from 'node:zlib';
import { describe, expect, it, vi } from 'vitest';
import { exchange, openRaw, statusesIn } from '../support/raw-http.ts';
import { openTestServer, type TestServer } from '../support/server.ts';

/** Nothing of an upload is left, and its bytes are given back. */
async function expectNothingLeft(t: TestServer) {
  const { accounts, chunks, files, contentFiles } = t.locker.collections;
  await vi.waitFor(
    async () => {
      const [account] = await accounts.find().toArray();
      expect(account).toMatchObject({ pending: [], pendingBytes: 0, usedBytes: 0 });
    },
    { timeout: 20_000, interval: 50 },
  );
  expect(await chunks.countDocuments()).toBe(0);
  expect(await contentFiles.countDocuments()).toBe(0);
  expect(await files.countDocuments()).toBe(0);
}

const uploadHead = (token: string | undefined, ...lines: string[]) =>
  [
    'POST /v1/files?name=slow.bin HTTP/1.1',
    'Host: coffer',
    `Authorization: Bearer ${token}`,
    'Content-Type: application/octet-stream',
    ...lines,
    '',
    '',
  ].join('\r\n');

describe('slow HTTP', () => {
  it('ends 50 connections that never finish their headers (slowloris), and serves others meanwhile', async () => {
    await using t = await openTestServer({}, { headersTimeoutMs: 600 });
    const slow = Array.from({ length: 50 }, () => openRaw(t.url));
    for (const raw of slow) raw.write('GET /v1/me HTTP/1.1\r\nHost: coffer\r\nX-A: b');
    const drip = setInterval(() => {
      for (const raw of slow) raw.write('\r\nX-A: b');
    }, 100);
    const alice = await t.signUp('alice');
    expect((await alice.send('GET', '/v1/me')).status).toBe(200);
    const answers = await Promise.all(slow.map((raw) => raw.ended));
    clearInterval(drip);
    expect(answers.flatMap(statusesIn).every((status) => status === 408 || status === 400)).toBe(true);
    expect((await alice.send('GET', '/v1/me')).status).toBe(200);
  });

  it('aborts an upload that stands still, and leaves nothing of it', async () => {
    await using t = await openTestServer({}, { uploadIdleMs: 400 });
    const alice = await t.signUp('alice');
    const raw = openRaw(t.url);
    raw.write(uploadHead(alice.token, 'Content-Length: 10000000'));
    raw.write(Buffer.alloc(3_000_000, 1));
    expect(statusesIn(await raw.ended).filter((status) => status < 400)).toEqual([]);
    await expectNothingLeft(t);
  });

  it('aborts a form that stands still in the middle of its file, and leaves nothing of it', async () => {
    await using t = await openTestServer({}, { uploadIdleMs: 400 });
    const alice = await t.signUp('alice');
    const raw = openRaw(t.url);
    raw.write(
      [
        'POST /v1/files HTTP/1.1',
        'Host: coffer',
        `Authorization: Bearer ${alice.token}`,
        'Content-Type: multipart/form-data; boundary=x',
        'Content-Length: 5000000',
        '',
        '--x',
        'Content-Disposition: form-data; name="file"; filename="slow.bin"',
        '',
        'some of it',
      ].join('\r\n'),
    );
    expect(statusesIn(await raw.ended).filter((status) => status < 400)).toEqual([]);
    await expectNothingLeft(t);
  });

  it('keeps an upload that is slow but moves', async () => {
    await using t = await openTestServer({}, { uploadIdleMs: 2_000 });
    const alice = await t.signUp('alice');
    const raw = openRaw(t.url);
    raw.write(uploadHead(alice.token, 'Content-Length: 12288', 'Connection: close'));
    for (let i = 0; i < 12; i++) {
      raw.write('x'.repeat(1024));
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
    expect(statusesIn(await raw.ended)).toEqual([201]);
  });

  it('aborts an upload that only drips', async () => {
    await using t = await openTestServer({}, { uploadIdleMs: 400 });
    const alice = await t.signUp('alice');
    const raw = openRaw(t.url);
    raw.write(uploadHead(alice.token, 'Content-Length: 10000000'));
    const drip = setInterval(() => raw.write('x'), 50);
    expect(statusesIn(await raw.ended).filter((status) => status < 400)).toEqual([]);
    clearInterval(drip);
    await expectNothingLeft(t);
  });

  it('cuts a download that nobody reads, and not one that is read slowly', async () => {
    await using t = await openTestServer({}, { unreadMs: 1000 });
    const alice = await t.signUp('alice');
    const bytes = Buffer.alloc(40_000_000, 1);
    const { body: file } = await alice.json<{ id: string }>('POST', '/v1/files?name=large.bin', {
      body: bytes,
    });
    const fetching = () => {
      const raw = openRaw(t.url);
      raw.write(
        `GET /v1/files/${file.id}/content HTTP/1.1\r\nHost: coffer\r\nAuthorization: Bearer ${alice.token}\r\nConnection: close\r\n\r\n`,
      );
      return raw;
    };
    const unread = fetching();
    unread.pause();
    const slow = fetching();
    const reading = setInterval(() => {
      slow.resume();
      setTimeout(() => slow.pause(), 10);
    }, 400);
    const whole = (await slow.ended).length;
    clearInterval(reading);
    expect(whole).toBeGreaterThan(bytes.length);
    // Notices the end of a connection from which it reads nothing.
    const poke = setInterval(() => unread.write('x'), 100);
    expect((await unread.ended).length).toBeLessThan(bytes.length);
    clearInterval(poke);
  }, 60_000);

  it('cleans up after an upload whose connection breaks', async () => {
    await using t = await openTestServer();
    const alice = await t.signUp('alice');
    const raw = openRaw(t.url);
    raw.write(uploadHead(alice.token, 'Content-Length: 10000000'));
    raw.write(Buffer.alloc(5_000_000, 1));
    await vi.waitFor(async () =>
      expect(await t.locker.collections.chunks.countDocuments()).toBeGreaterThan(0),
    );
    raw.destroy();
    await expectNothingLeft(t);
  });
});

describe('malformed HTTP', () => {
  it.each([
    ['no HTTP at all', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
    ['an unknown method', 'STEAL /v1/me HTTP/1.1\r\nHost: coffer\r\n\r\n'],
    ['a version that does not exist', 'GET / HTTP/9.9\r\nHost: coffer\r\n\r\n'],
    ['no Host', 'GET /health/live HTTP/1.1\r\nConnection: close\r\n\r\n'],
    ['a header without a colon', 'GET / HTTP/1.1\r\nHost: coffer\r\nnonsense\r\n\r\n'],
    ['a space before the colon', 'GET / HTTP/1.1\r\nHost : coffer\r\n\r\n'],
    ['a NUL in a header', 'GET / HTTP/1.1\r\nHost: coffer\r\nX-A: a\0b\r\n\r\n'],
    ['a folded header', 'GET / HTTP/1.1\r\nHost: coffer\r\nX-A: a\r\n b: c\r\n\r\n'],
    ['headers of 100 kB', `GET / HTTP/1.1\r\nHost: coffer\r\nX-A: ${'a'.repeat(100_000)}\r\n\r\n`],
    ['a URL of 100 kB', `GET /${'a'.repeat(100_000)} HTTP/1.1\r\nHost: coffer\r\n\r\n`],
    [
      'a broken escape in the path',
      'GET /v1/files/%zz HTTP/1.1\r\nHost: coffer\r\nConnection: close\r\n\r\n',
    ],
    [
      'an overlong escape in the path',
      'GET /v1/files/%c0%ae HTTP/1.1\r\nHost: coffer\r\nConnection: close\r\n\r\n',
    ],
    ['a NUL in the path', 'GET /v1/files/%00 HTTP/1.1\r\nHost: coffer\r\nConnection: close\r\n\r\n'],
    ['a path out of the root', 'GET /../../etc/passwd HTTP/1.1\r\nHost: coffer\r\nConnection: close\r\n\r\n'],
    [
      'an absolute URL of another host',
      'GET http://evil.example/ HTTP/1.1\r\nHost: coffer\r\nConnection: close\r\n\r\n',
    ],
    ['CONNECT', 'CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example:443\r\n\r\n'],
    [
      'an upgrade',
      'GET /v1/me HTTP/1.1\r\nHost: c\r\nConnection: Upgrade, close\r\nUpgrade: websocket\r\n\r\n',
    ],
  ])('answers %s with an error of the client, or not at all', async (_what, bytes) => {
    await using t = await openTestServer();
    const statuses = statusesIn(await exchange(t.url, bytes));
    expect(statuses.length).toBeLessThanOrEqual(1);
    for (const status of statuses) {
      // The public page is what an absolute URL leads to: its host is not looked at.
      expect(status).toBeLessThan(500);
      expect(status === 200).toBe(false);
    }
    expect((await t.stranger.send('GET', '/health/live')).status).toBe(200);
  });

  const smuggled = 'GET /health/live HTTP/1.1\r\nHost: coffer\r\n\r\n';
  it.each([
    [
      'CL.TE',
      `Content-Length: ${smuggled.length + 5}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`,
    ],
    ['TE.CL', `Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n5c\r\n${smuggled}\r\n0\r\n\r\n`],
    ['two lengths that differ', `Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello${smuggled}`],
    ['a list of lengths', `Content-Length: 5, 6\r\n\r\nhello${smuggled}`],
    ['a negative length', `Content-Length: -5\r\n\r\nhello${smuggled}`],
    ['a hexadecimal length', `Content-Length: 0x5\r\n\r\nhello${smuggled}`],
    ['an encoding behind chunked', `Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n${smuggled}`],
    ['an obfuscated encoding', `Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n${smuggled}`],
    ['an encoding behind a tab', `Transfer-Encoding\t: chunked\r\n\r\n0\r\n\r\n${smuggled}`],
    ['a chunk size that overflows', `Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\nx${smuggled}`],
    ['a chunk size with junk', `Transfer-Encoding: chunked\r\n\r\n5 x\r\nhello\r\n0\r\n\r\n${smuggled}`],
    ['bare line feeds in chunks', `Transfer-Encoding: chunked\r\n\r\n5\nhello\n0\n\n${smuggled}`],
  ])('never takes the rest of a body for a second request: %s', async (_what, rest) => {
    await using t = await openTestServer();
    const raw = openRaw(t.url);
    raw.write(`POST /v1/token HTTP/1.1\r\nHost: coffer\r\nContent-Type: application/json\r\n${rest}`);
    await vi.waitFor(() => expect(statusesIn(raw.received()).length).toBeGreaterThan(0));
    // Whatever would be taken for another request would be answered before this one's connection closes.
    const statuses = statusesIn(await raw.ended);
    expect(statuses).toHaveLength(1);
    expect(statuses[0]).toBeGreaterThanOrEqual(400);
    expect(statuses[0]).toBeLessThan(500);
  });
});

describe('compressed bodies', () => {
  it.each(['gzip', 'deflate', 'br', 'gzip, gzip', 'GZIP', 'x-gzip'])(
    'refuses a zip bomb by Content-Encoding: %s, and inflates nothing',
    async (encoding) => {
      await using t = await openTestServer();
      const alice = await t.signUp('alice');
      const bomb = gzipSync(Buffer.alloc(50_000_000));
      const headers = { 'content-encoding': encoding };
      const upload = await alice.json('POST', '/v1/files?name=bomb', { body: bomb, headers });
      expect(upload).toMatchObject({ status: 415, body: { code: 'unsupported_media' } });
      const json = await alice.json('POST', '/v1/tokens', {
        body: bomb,
        headers: { ...headers, 'content-type': 'application/json' },
      });
      expect(json.status).toBeOneOf([400, 415]);
      await expectNothingLeft(t);
    },
  );
});
