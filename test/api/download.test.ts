/* oxlint-disable unicorn/consistent-function-scoping -- a helper stands in the block that it serves */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultSegmentBytes } from '../../src/crypto/segments.ts';
import { type Client, openTestServer, type TestServer } from '../support/server.ts';
import {
  type FileBody,
  type ProblemBody,
  sendRaw,
  sharedServer,
  startPlainServer,
  upload,
} from './support.ts';

const letters = '0123456789abcdefghij';
const length = letters.length;

interface Download {
  readonly file: FileBody;
  readonly ask: (
    method: string,
    headers?: Record<string, string>,
    path?: string,
  ) => ReturnType<typeof sendRaw>;
}

/** A file on the server as operators run it, since the one that checks answers is set up differently. */
async function openDownload(t: TestServer, url: string, body: string): Promise<Download> {
  const alice = await t.signUp(`alice${body.length}`);
  const file = await upload(alice, 'letters.bin', body, {}, { 'content-type': 'image/png' });
  return {
    file,
    ask: (method, headers = {}, path = `/v1/files/${file.id}/content`) =>
      sendRaw(url, method, path, { authorization: `Bearer ${alice.token}`, ...headers }),
  };
}

/** Where each server of a block listens. */
function bothServers(bodies: Record<string, string>) {
  let close: (() => Promise<void>)[] = [];
  const downloads: Record<string, Download> = {};
  let checked: Download | undefined;
  beforeAll(async () => {
    const t = await openTestServer();
    const plain = await startPlainServer(t.locker);
    close = [async () => plain[Symbol.asyncDispose](), async () => t[Symbol.asyncDispose]()];
    for (const [name, body] of Object.entries(bodies))
      downloads[name] = await openDownload(t, plain.url, body);
    checked = await openDownload(t, t.url, letters.slice(1));
  });
  afterAll(async () => {
    for (const work of close) await work();
  });
  return {
    get(name: string): Download {
      const download = downloads[name];
      if (download === undefined) throw new Error(`no ${name}`);
      return download;
    },
    /** On the server that checks answers; one letter shorter. */
    get checked(): Download {
      if (checked === undefined) throw new Error('opened before the tests');
      return checked;
    },
  };
}

describe('a download', () => {
  const servers = bothServers({ letters, empty: '' });

  it('carries the bytes, and headers that make a browser save them', async () => {
    const { file, ask } = servers.get('letters');
    const { status, headers, text } = await ask('GET');
    expect([status, text]).toEqual([200, letters]);
    expect(headers).toMatchObject({
      'content-type': 'image/png',
      'content-length': String(length),
      'accept-ranges': 'bytes',
      'last-modified': new Date(file.createdAt).toUTCString(),
      'content-disposition': `attachment; filename="letters.bin"; filename*=UTF-8''letters.bin`,
      'repr-digest': `sha-256=:${createHash('sha256').update(letters).digest('base64')}:`,
      'x-content-type-options': 'nosniff',
      'content-security-policy': "sandbox; default-src 'none'",
      'cross-origin-resource-policy': 'same-origin',
      'referrer-policy': 'no-referrer',
      'cache-control': 'private, no-cache',
    });
    expect(headers.etag).toMatch(/^"[^"]+"$/);
    expect(headers['content-range']).toBeUndefined();
    expect(headers['content-encoding']).toBeUndefined();
  });

  it('of 0 bytes has a length of 0 and no body', async () => {
    const { status, headers, text } = await servers.get('empty').ask('GET');
    expect([status, headers['content-length'], text]).toEqual([200, '0', '']);
  });

  it('is not compressed, whatever is accepted', async () => {
    const { headers, text } = await servers
      .get('letters')
      .ask('GET', { 'accept-encoding': 'gzip, br, deflate' });
    expect([headers['content-encoding'], text]).toEqual([undefined, letters]);
  });

  it.each(['letters', 'empty'])('by HEAD has the headers of GET and no body (%s)', async (name) => {
    const { ask } = servers.get(name);
    const without = ({ date: _d, connection: _c, ratelimit: _r, ...headers }: Record<string, unknown>) =>
      headers;
    const [head, get] = [await ask('HEAD'), await ask('GET')];
    expect(head.status).toBe(200);
    expect(without(head.headers)).toEqual(without(get.headers));
    expect(head.text).toBe('');
  });

  it.each(['bytes=0-0', 'bytes=99-', 'bytes=-1'])('by HEAD ignores Range %s', async (range) => {
    const { status, headers, text } = await servers.get('letters').ask('HEAD', { range });
    expect([status, headers['content-length'], headers['content-range'], text]).toEqual([
      200,
      String(length),
      undefined,
      '',
    ]);
  });

  it('by HEAD evaluates conditions', async () => {
    const { ask } = servers.get('letters');
    const etag = (await ask('GET')).headers.etag ?? '';
    expect((await ask('HEAD', { 'if-none-match': etag })).status).toBe(304);
    expect((await ask('HEAD', { 'if-match': '"x"' })).status).toBe(412);
  });
});

/** What is answered: the part, or the whole, or a refusal. */
type Expected = readonly [first: number, last: number] | 'whole' | 'refused';

const ranges: readonly (readonly [what: string, range: string, letters: Expected, empty: Expected])[] = [
  ['first and last', 'bytes=2-5', [2, 5], 'refused'],
  ['the first byte', 'bytes=0-0', [0, 0], 'refused'],
  ['the last byte', 'bytes=19-19', [19, 19], 'refused'],
  ['all bytes', 'bytes=0-19', [0, 19], 'refused'],
  ['last beyond the end', 'bytes=15-1000', [15, 19], 'refused'],
  ['last far beyond any size', `bytes=15-${'9'.repeat(30)}`, [15, 19], 'refused'],
  ['open', 'bytes=15-', [15, 19], 'refused'],
  ['open from the start', 'bytes=0-', [0, 19], 'refused'],
  ['open at the last byte', 'bytes=19-', [19, 19], 'refused'],
  ['leading zeros', 'bytes=0002-0005', [2, 5], 'refused'],
  ['a suffix', 'bytes=-5', [15, 19], 'whole'],
  ['a suffix of one byte', 'bytes=-1', [19, 19], 'whole'],
  ['a suffix as long as the file', 'bytes=-20', [0, 19], 'whole'],
  ['a suffix longer than the file', 'bytes=-1000', [0, 19], 'whole'],
  ['a suffix of no bytes', 'bytes=-0', 'refused', 'refused'],
  ['a start at the end', 'bytes=20-', 'refused', 'refused'],
  ['a start beyond the end', 'bytes=99-100', 'refused', 'refused'],
  ['a start far beyond any size', `bytes=${'9'.repeat(30)}-`, 'refused', 'refused'],
  ['the unit in capitals', 'BYTES=2-5', [2, 5], 'refused'],
  ['a last before the first', 'bytes=5-2', 'whole', 'whole'],
  ['several ranges', 'bytes=0-0,-1', 'whole', 'whole'],
  ['several ranges with spaces', 'bytes=0-0, 2-3', 'whole', 'whole'],
  ['a hundred ranges', `bytes=${Array.from({ length: 100 }, () => '0-').join(',')}`, 'whole', 'whole'],
  ['another unit', 'lines=1-2', 'whole', 'whole'],
  ['no unit', '1-2', 'whole', 'whole'],
  ['nothing', 'bytes=', 'whole', 'whole'],
  ['a hyphen', 'bytes=-', 'whole', 'whole'],
  ['garbage', 'bytes=a-b', 'whole', 'whole'],
  ['a number alone', 'bytes=5', 'whole', 'whole'],
  ['a negative first', 'bytes=--5', 'whole', 'whole'],
  ['a fraction', 'bytes=1.5-2', 'whole', 'whole'],
  ['hexadecimal', 'bytes=0x1-0x2', 'whole', 'whole'],
  ['spaces within', 'bytes=2 - 5', 'whole', 'whole'],
  ['a space before the equals sign', 'bytes =2-5', 'whole', 'whole'],
];

/** What a range is answered with, as far as it matters. */
async function answerOf({ ask }: Download, range: string) {
  const { status, headers, text } = await ask('GET', { range });
  const refused = status === 416;
  return {
    status,
    range: headers['content-range'],
    length: refused ? undefined : headers['content-length'],
    text: refused ? (JSON.parse(text) as ProblemBody).code : text,
    etag: refused ? 'any' : typeof headers.etag,
    acceptRanges: refused ? 'any' : headers['accept-ranges'],
  };
}

function answerThat(body: string, expected: Expected): object {
  if (expected === 'refused') {
    return {
      status: 416,
      range: `bytes */${body.length}`,
      length: undefined,
      text: 'range_not_satisfiable',
      etag: 'any',
      acceptRanges: 'any',
    };
  }
  const [first, last] = expected === 'whole' ? [0, body.length - 1] : expected;
  return {
    status: expected === 'whole' ? 200 : 206,
    range: expected === 'whole' ? undefined : `bytes ${first}-${last}/${body.length}`,
    length: String(last - first + 1),
    text: body.slice(first, last + 1),
    etag: 'string',
    acceptRanges: 'bytes',
  };
}

describe('a range', () => {
  const servers = bothServers({ letters, empty: '' });

  it.each(ranges)('of %s (%s) is answered as RFC 9110 section 14 says', async (_what, range, expected) => {
    expect(await answerOf(servers.get('letters'), range)).toEqual(answerThat(letters, expected));
  });

  it.each(ranges)('of %s (%s) is answered for 0 bytes', async (_what, range, _letters, expected) => {
    expect(await answerOf(servers.get('empty'), range)).toEqual(answerThat('', expected));
  });

  it.each(['bytes=5-2', 'lines=1-2', 'bytes=a-b', 'bytes=0-0,-1', 'bytes=2-5', 'bytes=99-'])(
    'of %s is answered alike by the server that checks its answers: tests see what operators run',
    async (range) => {
      const [plain, checked] = [
        await servers.get('letters').ask('GET', { range }),
        await servers.checked.ask('GET', { range }),
      ];
      expect(checked.status).toBe(plain.status);
    },
  );

  it('says in a part the digest of the whole, and the type, not multipart', async () => {
    const { headers } = await servers.get('letters').ask('GET', { range: 'bytes=1-2' });
    expect(headers['repr-digest']).toBe(`sha-256=:${createHash('sha256').update(letters).digest('base64')}:`);
    expect(headers['content-type']).toBe('image/png');
  });
});

describe('a range across segments', () => {
  it('is cut to the byte', async () => {
    await using t = await openTestServer();
    const alice = await t.signUp('alice');
    const size = defaultSegmentBytes;
    const bytes = Buffer.alloc(2 * size + 7, Buffer.from(Array.from({ length: 251 }, (_, n) => n)));
    const { id } = await upload(alice, 'a', bytes);
    for (const [first, last] of [
      [0, 0],
      [0, size - 1],
      [size - 1, size],
      [size, size],
      [size, 2 * size - 1],
      [size - 3, 2 * size + 3],
      [1, 2 * size + 5],
      [2 * size, 2 * size + 6],
      [2 * size + 6, 2 * size + 6],
    ] as const) {
      const response = await alice.send('GET', `/v1/files/${id}/content`, {
        headers: { range: `bytes=${first}-${last}` },
      });
      const part = Buffer.from(await response.arrayBuffer());
      expect([first, last, response.status, part.equals(bytes.subarray(first, last + 1))]).toEqual([
        first,
        last,
        206,
        true,
      ]);
    }
  });
});

describe('conditions', () => {
  const servers = bothServers({ letters });

  /** The headers of a condition, from the file's ETag and its date moved by seconds. */
  type Condition = (etag: string, date: (seconds: number) => string) => Record<string, string>;
  const cases: readonly (readonly [what: string, status: 200 | 206 | 304 | 412, condition: Condition])[] = [
    ['If-None-Match with the ETag', 304, (etag) => ({ 'if-none-match': etag })],
    ['If-None-Match with the ETag made weak', 304, (etag) => ({ 'if-none-match': `W/${etag}` })],
    ['If-None-Match with a list', 304, (etag) => ({ 'if-none-match': `"x", ${etag}, "y"` })],
    ['If-None-Match with a list without spaces', 304, (etag) => ({ 'if-none-match': `"x",W/${etag}` })],
    ['If-None-Match with *', 304, () => ({ 'if-none-match': '*' })],
    ['If-None-Match with another', 200, () => ({ 'if-none-match': '"x"' })],
    [
      'If-None-Match with the ETag inside another',
      200,
      (etag) => ({ 'if-none-match': `"x${etag.slice(1)}` }),
    ],
    ['If-None-Match without quotes', 200, (etag) => ({ 'if-none-match': etag.replaceAll('"', '') })],
    ['If-None-Match with a comma in a tag', 200, (etag) => ({ 'if-none-match': `"a,${etag.slice(1, -1)}"` })],
    ['If-Match with the ETag', 200, (etag) => ({ 'if-match': etag })],
    ['If-Match with a list', 200, (etag) => ({ 'if-match': `"x", ${etag}` })],
    ['If-Match with *', 200, () => ({ 'if-match': '*' })],
    ['If-Match with the ETag made weak', 412, (etag) => ({ 'if-match': `W/${etag}` })],
    ['If-Match with another', 412, () => ({ 'if-match': '"x"' })],
    ['If-Modified-Since with the date', 304, (_etag, date) => ({ 'if-modified-since': date(0) })],
    ['If-Modified-Since with a later date', 304, (_etag, date) => ({ 'if-modified-since': date(60) })],
    ['If-Modified-Since with an earlier date', 200, (_etag, date) => ({ 'if-modified-since': date(-60) })],
    ['If-Modified-Since with no date', 200, () => ({ 'if-modified-since': 'yesterday' })],
    ['If-Unmodified-Since with the date', 200, (_etag, date) => ({ 'if-unmodified-since': date(0) })],
    ['If-Unmodified-Since with a later date', 200, (_etag, date) => ({ 'if-unmodified-since': date(60) })],
    [
      'If-Unmodified-Since with an earlier date',
      412,
      (_etag, date) => ({ 'if-unmodified-since': date(-60) }),
    ],
    ['If-Unmodified-Since with no date', 200, () => ({ 'if-unmodified-since': 'yesterday' })],
    [
      'If-None-Match before If-Modified-Since',
      200,
      (_etag, date) => ({ 'if-none-match': '"x"', 'if-modified-since': date(60) }),
    ],
    [
      'If-Match before If-Unmodified-Since',
      200,
      (etag, date) => ({ 'if-match': etag, 'if-unmodified-since': date(-60) }),
    ],
    [
      'If-Match and If-None-Match with the ETag',
      304,
      (etag) => ({ 'if-match': etag, 'if-none-match': etag }),
    ],
    [
      'If-Match with another and If-None-Match',
      412,
      (etag) => ({ 'if-match': '"x"', 'if-none-match': etag }),
    ],
    ['a good If-None-Match before Range', 304, (etag) => ({ 'if-none-match': etag, range: 'bytes=0-1' })],
    ['a good If-Match with a Range', 206, (etag) => ({ 'if-match': etag, range: 'bytes=0-1' })],
    ['If-Range with the ETag', 206, (etag) => ({ 'if-range': etag, range: 'bytes=0-1' })],
    ['If-Range with the ETag made weak', 200, (etag) => ({ 'if-range': `W/${etag}`, range: 'bytes=0-1' })],
    ['If-Range with another ETag', 200, () => ({ 'if-range': '"x"', range: 'bytes=0-1' })],
    ['If-Range with the date', 206, (_etag, date) => ({ 'if-range': date(0), range: 'bytes=0-1' })],
    ['If-Range with an earlier date', 200, (_etag, date) => ({ 'if-range': date(-60), range: 'bytes=0-1' })],
    [
      'If-Range with a later date, which is not exactly it',
      200,
      (_etag, date) => ({ 'if-range': date(60), range: 'bytes=0-1' }),
    ],
    ['If-Range with garbage', 200, () => ({ 'if-range': 'x', range: 'bytes=0-1' })],
    ['a stale If-Range with a range beyond the end', 200, () => ({ 'if-range': '"x"', range: 'bytes=99-' })],
    ['If-Range without Range', 200, (etag) => ({ 'if-range': etag })],
  ];

  it.each(cases)('%s is answered %i', async (_what, status, condition) => {
    const { ask } = servers.get('letters');
    const plain = (await ask('GET')).headers;
    const date = (seconds: number) =>
      new Date(Date.parse(plain['last-modified'] ?? '') + seconds * 1000).toUTCString();
    const answer = await ask('GET', condition(plain.etag ?? '', date));
    const { etag, 'last-modified': modified, 'cache-control': cacheControl } = plain;
    const expected = {
      200: { text: letters, headers: { etag } },
      206: { text: '01', headers: { etag } },
      304: { text: '', headers: { etag, 'last-modified': modified, 'cache-control': cacheControl } },
      412: { text: expect.stringContaining('"code":"precondition_failed"') as string, headers: {} },
    };
    expect(answer).toMatchObject({ status, ...expected[status] });
    expect(answer.headers['content-disposition'] === undefined).toBe(status >= 300);
  });

  it('hold for the content, not for the name: the ETag stays with a rename and goes with a new version', async () => {
    await using t = await openTestServer();
    const alice = await t.signUp('alice');
    const { id } = await upload(alice, 'a', 'one');
    const etag = async () => (await alice.send('GET', `/v1/files/${id}/content`)).headers.get('etag');
    const first = await etag();
    await alice.send('PATCH', `/v1/files/${id}`, { body: { name: 'b' } });
    expect(await etag()).toBe(first);
    await alice.send('PUT', `/v1/files/${id}/content`, { body: 'one' });
    expect(await etag()).not.toBe(first);
  });
});

describe('the name to save under', () => {
  const shared = sharedServer();

  /** Reads Content-Disposition as RFC 6266 and RFC 8187 say, strictly: anything left over is an error. */
  function parse(header: string): { plain: string; exact: string } {
    const match =
      /^attachment; filename="([\x20\x21\x23-\x5b\x5d-\x7e]*)"; filename\*=UTF-8''((?:[A-Za-z0-9!#$&+.^_`|~-]|%[0-9A-F]{2})*)$/.exec(
        header,
      );
    expect([header, match !== null]).toEqual([header, true]);
    return { plain: match?.[1] ?? '', exact: decodeURIComponent(match?.[2] ?? '') };
  }

  it.each([
    'report.pdf',
    'with space.txt',
    'quote".txt',
    `both"'.txt`,
    'semi;colon=x.txt',
    'comma,colon:.txt',
    'percent%22%0d%0a.txt',
    '100%.txt',
    "it's (a) *test*.txt",
    'größe.txt',
    '日本語.txt',
    '👩‍👩‍👧.txt',
    'שלום.txt',
    '=?UTF-8?B?eA==?=',
    `"; filename="evil.exe`,
    `x"; filename*=UTF-8''evil.exe; y="`,
    '<script>.html',
    'a\u00a0b.txt',
    '~`!@#$^&()_+-={}[]|.txt',
    'é'.repeat(127),
    '.htaccess',
    'trailing.',
  ])('of %s parses back to it', async (name) => {
    const alice = await shared.newcomer();
    const { id } = await upload(alice, name);
    const response = await alice.send('GET', `/v1/files/${id}/content`);
    const { plain, exact } = parse(response.headers.get('content-disposition') ?? '');
    expect(exact).toBe(name);
    expect(plain).toMatch(/^[^"\\%]+$/);
  });
});

describe('the type of a download', () => {
  const shared = sharedServer();

  it.each(['text/html', 'image/svg+xml', 'application/javascript', 'application/xhtml+xml'])(
    'is %s as it was sent, and never runs: saved, sandboxed, not sniffed',
    async (type) => {
      const alice = await shared.newcomer();
      const { id } = await upload(alice, 'a', '<script>alert(1)</script>', {}, { 'content-type': type });
      const { headers } = await alice.send('GET', `/v1/files/${id}/content`);
      expect(headers.get('content-type')).toMatch(new RegExp(`^${type.replace('+', '\\+')}(;|$)`));
      expect(headers.get('content-disposition')).toMatch(/^attachment; /);
      expect(headers.get('content-security-policy')).toBe("sandbox; default-src 'none'");
      expect(headers.get('x-content-type-options')).toBe('nosniff');
    },
  );

  it('claims no character set that nobody stated', async () => {
    const alice = await shared.newcomer();
    const { id } = await upload(
      alice,
      'a',
      Buffer.from('größe', 'latin1'),
      {},
      { 'content-type': 'text/plain; charset=iso-8859-1' },
    );
    const { headers } = await alice.send('GET', `/v1/files/${id}/content`);
    expect(headers.get('content-type')).toBe('text/plain');
  });
});

describe('a version', () => {
  async function twoVersions(t: TestServer): Promise<{ alice: Client; id: string }> {
    const alice = await t.signUp('alice');
    const { id } = await upload(alice, 'a.txt', 'one');
    await alice.send('PUT', `/v1/files/${id}/content`, { body: 'second' });
    return { alice, id };
  }

  it('is downloaded by its number, with an ETag, a range and a digest of its own', async () => {
    await using t = await openTestServer();
    const { alice, id } = await twoVersions(t);
    const get = (n: number | string, headers = {}) =>
      alice.send('GET', `/v1/files/${id}/versions/${n}/content`, { headers });
    const [one, two, current] = [
      await get(1),
      await get(2),
      await alice.send('GET', `/v1/files/${id}/content`),
    ];
    expect([await one.text(), await two.text(), await current.text()]).toEqual(['one', 'second', 'second']);
    expect(two.headers.get('etag')).toBe(current.headers.get('etag'));
    expect(one.headers.get('etag')).not.toBe(current.headers.get('etag'));
    expect(one.headers.get('repr-digest')).toBe(
      `sha-256=:${createHash('sha256').update('one').digest('base64')}:`,
    );
    const part = await get(1, { range: 'bytes=1-' });
    expect([part.status, part.headers.get('content-range'), await part.text()]).toEqual([
      206,
      'bytes 1-2/3',
      'ne',
    ]);
    expect((await get(1, { 'if-none-match': one.headers.get('etag') ?? '' })).status).toBe(304);
    expect(
      (await alice.send('HEAD', `/v1/files/${id}/versions/1/content`)).headers.get('content-length'),
    ).toBe('3');
  });

  it('is listed with its author, the newest first', async () => {
    await using t = await openTestServer();
    const { alice, id } = await twoVersions(t);
    const { body } = await alice.json<{ versions: Record<string, unknown>[] }>(
      'GET',
      `/v1/files/${id}/versions`,
    );
    expect(body.versions).toMatchObject([
      { n: 2, sizeBytes: 6, createdBy: 'alice' },
      { n: 1, sizeBytes: 3, createdBy: 'alice' },
    ]);
  });

  it('that never was is not found, and a number that is none is refused', async () => {
    await using t = await openTestServer();
    const { alice, id } = await twoVersions(t);
    const status = async (n: string) =>
      (await alice.send('GET', `/v1/files/${id}/versions/${n}/content`)).status;
    expect(await status('3')).toBe(404);
    for (const n of ['0', '-1', '1.5', 'x', '1e99', '%5B%24gt%5D', 'NaN']) {
      expect([n, await status(n)]).toEqual([n, 400]);
    }
  });

  it('is gone once it was deleted; the current one cannot be', async () => {
    await using t = await openTestServer();
    const { alice, id } = await twoVersions(t);
    const current = await alice.json<ProblemBody>('DELETE', `/v1/files/${id}/versions/2`);
    expect([current.status, current.body.code]).toEqual([409, 'conflict']);
    expect((await alice.send('DELETE', `/v1/files/${id}/versions/1`)).status).toBe(204);
    expect((await alice.send('GET', `/v1/files/${id}/versions/1/content`)).status).toBe(404);
    expect(await (await alice.send('GET', `/v1/files/${id}/content`)).text()).toBe('second');
    expect(await t.locker.collections.contentFiles.countDocuments()).toBe(1);
  });
});

describe('a download of damaged content', () => {
  it('attack: a flipped byte in the first segment is answered as damage, with no byte of it', async () => {
    await using t = await openTestServer();
    const alice = await t.signUp('alice');
    const { id } = await upload(alice, 'a', 'secret text');
    const chunk = await t.locker.collections.chunks.findOne({});
    const data = Buffer.from(chunk?.data.buffer ?? []);
    data[40] = (data[40] ?? 0) ^ 1;
    await t.database.db.collection('fs.chunks').updateOne({}, { $set: { data } });
    const response = await alice.send('GET', `/v1/files/${id}/content`);
    const text = await response.text();
    expect(response.status).toBe(500);
    expect(JSON.parse(text)).toMatchObject({ code: 'content_damaged' });
    expect(text).not.toContain('secret');
    expect(response.headers.get('content-disposition')).toBeNull();
  });

  it('attack: a flipped byte further on ends the connection before the announced length', async () => {
    await using t = await openTestServer();
    const alice = await t.signUp('alice');
    const size = 2 * defaultSegmentBytes + 7;
    const { id } = await upload(alice, 'a', Buffer.alloc(size, 'x'));
    const chunk = await t.locker.collections.chunks.findOne({}, { sort: { n: -1 } });
    const data = Buffer.from(chunk?.data.buffer ?? []);
    data[40] = (data[40] ?? 0) ^ 1;
    await t.database.db.collection('fs.chunks').updateOne({ n: chunk?.n }, { $set: { data } });
    const response = await alice.send('GET', `/v1/files/${id}/content`);
    expect(response.status).toBe(200);
    await expect(response.arrayBuffer()).rejects.toThrow(/terminated|aborted|reset|closed/i);
  });
});
