/* oxlint-disable unicorn/consistent-function-scoping -- a helper stands in the block that it serves */
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { MiB } from '../../src/config.ts';
import { type Client, openTestServer, type TestServer } from '../support/server.ts';
import {
  fatalErrors,
  field,
  type FileBody,
  filePart,
  form,
  nothingStored,
  openSocket,
  type ProblemBody,
  settled,
  sharedServer,
  upload,
} from './support.ts';

type Answer = FileBody & ProblemBody;

const sha256 = (bytes: Uint8Array | string, encoding: 'hex' | 'base64' = 'hex') =>
  createHash('sha256').update(bytes).digest(encoding);
const post = (client: Client, path: string, options: Parameters<Client['json']>[2]) =>
  client.json<Answer>('POST', path, options);
const content = async (client: Client, id: string) =>
  Buffer.from(await (await client.send('GET', `/v1/files/${id}/content`)).arrayBuffer());
const pieces = (...texts: string[]) => Readable.from(texts.map((text) => Buffer.from(text)));

/** Sends the head of a request and a part of its body, and leaves it at that. */
async function begin(
  t: TestServer,
  client: Client,
  path: string,
  headers: string[],
  body: string | Uint8Array,
) {
  const socket = await openSocket(t.url);
  const lines = [`POST ${path} HTTP/1.1`, 'host: x', `authorization: Bearer ${client.token}`, ...headers];
  socket.write(`${lines.join('\r\n')}\r\n\r\n`);
  socket.write(body);
  return socket;
}

/** For tests that work in accounts of their own. */
const people = sharedServer();

describe('a raw upload', () => {
  it('saves the bytes, and says what and where the file is', async () => {
    await using t = await openTestServer();
    const alice = await t.signUp('alice');
    const query = new URLSearchParams({
      name: 'Résumé 2026.pdf',
      folder: 'work//2026/',
      tags: '#CV, Job,cv',
      description: 'the last one',
    });
    const response = await alice.send('POST', `/v1/files?${String(query)}`, {
      body: 'hello',
      headers: { 'content-type': 'application/pdf; charset=binary' },
    });
    const file = (await response.json()) as FileBody;
    expect(response.status).toBe(201);
    expect(response.headers.get('location')).toBe(`/v1/files/${file.id}`);
    expect(file).toMatchObject({
      name: 'Résumé 2026.pdf',
      folder: '/work/2026',
      tags: ['cv', 'job'],
      description: 'the last one',
      mediaType: 'application/pdf',
      sizeBytes: 5,
      sha256: sha256('hello'),
      version: 1,
      owner: 'alice',
      access: 'owner',
      trashedAt: null,
    });
    expect((await content(alice, file.id)).toString()).toBe('hello');
    expect((await alice.json('GET', response.headers.get('location') ?? '')).body).toEqual(file);
  });

  it('takes a body of unknown length in chunks', async () => {
    await using t = await openTestServer();
    const alice = await t.signUp('alice');
    const { status, body } = await post(alice, '/v1/files?name=a.bin', { body: pieces('hel', 'l', 'o') });
    expect([status, body.sizeBytes, body.sha256]).toEqual([201, 5, sha256('hello')]);
    expect(await settled(t)).toMatchObject({ usedBytes: 5, pending: 0 });
  });

  it('takes several megabytes and gives the same bytes back', async () => {
    const alice = await people.newcomer();
    const bytes = Buffer.alloc(3 * MiB + 7, 'coffer');
    const file = await upload(alice, 'big.bin', bytes);
    expect([file.sizeBytes, file.sha256]).toEqual([bytes.length, sha256(bytes)]);
    expect(Buffer.compare(await content(alice, file.id), bytes)).toBe(0);
  });

  it.each([
    ['with a length', { body: '', headers: { 'content-type': 'text/plain' } }],
    ['in chunks', { body: Readable.from([]), headers: {} }],
    ['without a body at all', {}],
  ])('takes 0 bytes %s, and gives 0 bytes back', async (_what, options) => {
    const alice = await people.newcomer();
    const { status, body } = await post(alice, '/v1/files?name=empty', options);
    expect([status, body.sizeBytes, body.sha256]).toEqual([201, 0, sha256('')]);
    const response = await alice.send('GET', `/v1/files/${body.id}/content`);
    expect([response.status, response.headers.get('content-length'), await response.text()]).toEqual([
      200,
      '0',
      '',
    ]);
  });

  it('takes a body that says it is JSON or a form as the bytes that it is', async () => {
    const alice = await people.newcomer();
    for (const [type, kept] of [
      ['application/json', 'application/json'],
      // What curl says of everything: then the name knows better.
      ['application/x-www-form-urlencoded', 'application/pdf'],
    ] as const) {
      const file = await upload(alice, 'a.pdf', '{"a": no json', {}, { 'content-type': type });
      expect([file.mediaType, (await content(alice, file.id)).toString()]).toEqual([kept, '{"a": no json']);
    }
  });

  it.each([
    ['with parameters after a tab', 'text/plain\t;x', 'text/plain'],
    ['too long', `a/${'x'.repeat(200)}`, 'application/octet-stream'],
    ['in capitals', 'Image/PNG', 'image/png'],
  ])('brings a media type %s to its form, or forgets it', async (_what, type, kept) => {
    const file = await upload(await people.newcomer(), 'a', 'x', {}, { 'content-type': type });
    expect(file.mediaType).toBe(kept);
  });
});

describe('a raw upload that is in order', () => {
  const shared = sharedServer();

  it.each(['identity', 'IDENTITY'])('takes Content-Encoding %s', async (encoding) => {
    const { status } = await post(await shared.newcomer(), '/v1/files?name=a', {
      body: 'hello',
      headers: { 'content-encoding': encoding },
    });
    expect(status).toBe(201);
  });

  it.each([
    ['255 bytes', 'x'.repeat(255)],
    ['quotes, percent signs and semicolons', `a"b'c%20d;e.txt`],
    ['emoji and right-to-left letters', '👩‍👩‍👧 שלום.txt'],
    ['what looks like an operator', '$where'],
    ['what looks like an object', '__proto__'],
    ['HTML', '<img src=x onerror=alert(1)>'.replace('/', '')],
  ])('takes a name of %s and gives it back as it is', async (_what, name) => {
    const alice = await shared.newcomer();
    const { id } = await upload(alice, name);
    expect((await alice.json<FileBody>('GET', `/v1/files/${id}`)).body.name).toBe(name);
  });
});

describe('a raw upload that is not in order', () => {
  const shared = sharedServer();

  it.each(['gzip', 'br', 'deflate', 'GZIP', 'gzip, identity', 'x'])(
    'refuses Content-Encoding %s and stores nothing',
    async (encoding) => {
      const alice = await shared.newcomer();
      const { status, body } = await post(alice, '/v1/files?name=a', {
        body: 'hello',
        headers: { 'content-encoding': encoding },
      });
      expect([status, body.code]).toEqual([415, 'unsupported_media']);
      expect(await settled(shared.t)).toEqual(nothingStored);
    },
  );

  it('refuses an upload without a name, and says how to name it', async () => {
    const { status, body } = await post(await shared.newcomer(), '/v1/files', { body: 'hello' });
    expect([status, body.code, body.subject]).toEqual([400, 'bad_request', 'name']);
    expect(body.detail).toContain('?name=');
    expect(await settled(shared.t)).toEqual(nothingStored);
  });

  it.each([
    ['empty', '', 'bad_request'],
    ['blank', ' ', 'invalid_name'],
    ['a dot', '.', 'invalid_name'],
    ['two dots', '..', 'invalid_name'],
    ['a path', '../../etc/passwd', 'invalid_name'],
    ['a Windows path', 'C:\\boot.ini', 'invalid_name'],
    ['with NUL', 'a\0.txt', 'invalid_name'],
    ['with CR LF', 'a\r\nSet-Cookie: x=1', 'invalid_name'],
    ['with a direction override', 'invoice\u202Efdp.exe', 'invalid_name'],
    ['with a zero-width space', 'a\u200bb', 'invalid_name'],
    ['of 256 bytes', 'x'.repeat(256), 'invalid_name'],
    ['of 86 characters in 258 bytes', '€'.repeat(86), 'invalid_name'],
    ['of 3000 characters', 'x'.repeat(3000), 'bad_request'],
  ])('refuses a name that is %s', async (_what, name, code) => {
    const query = new URLSearchParams({ name });
    const { status, body } = await post(await shared.newcomer(), `/v1/files?${String(query)}`, {
      body: 'hello',
    });
    expect([status, body.code]).toEqual([400, code]);
    expect(await settled(shared.t)).toEqual(nothingStored);
  });

  it.each([
    ['a folder that goes up', { folder: '/a/../b' }, 'invalid_folder'],
    ['a folder of 33 levels', { folder: '/a'.repeat(33) }, 'invalid_folder'],
    ['a folder with CR LF', { folder: '/a\r\nb' }, 'invalid_folder'],
    ['a tag with a space', { tags: 'a b' }, 'invalid_tag'],
    ['33 tags', { tags: Array.from({ length: 33 }, (_, n) => `t${n}`).join(',') }, 'invalid_tag'],
    ['a description of 4001 characters', { description: 'x'.repeat(4001) }, 'bad_request'],
    ['a parameter that there is not', { colour: 'red' }, 'bad_request'],
  ])('refuses %s', async (_what, query, code) => {
    const parameters = new URLSearchParams({ name: 'a', ...query } as Record<string, string>);
    const { status, body } = await post(await shared.newcomer(), `/v1/files?${String(parameters)}`, {
      body: 'hello',
    });
    expect([status, body.code]).toEqual([400, code]);
    expect(await settled(shared.t)).toEqual(nothingStored);
  });

  it('refuses a name that is given twice', async () => {
    const { status, body } = await post(await shared.newcomer(), '/v1/files?name=a&name=b', {
      body: 'hello',
    });
    expect([status, body.code]).toEqual([400, 'bad_request']);
  });
});

describe('the checksum of an upload', () => {
  it.each(['repr-digest', 'content-digest'])('is accepted when it matches, in %s', async (header) => {
    const alice = await people.newcomer();
    for (const value of [
      `sha-256=:${sha256('hello', 'base64')}:`,
      `sha-512=:AAAA:, sha-256=:${sha256('hello', 'base64')}:`,
      'md5=:XUFAKrxLKna5cZ2REBfFkg==:',
    ]) {
      const { status } = await post(alice, '/v1/files?name=a', {
        body: 'hello',
        headers: { [header]: value },
      });
      expect([value, status]).toEqual([value, 201]);
    }
  });

  it.each(['repr-digest', 'content-digest'])(
    'is refused when it does not, in %s, and nothing is stored',
    async (header) => {
      await using t = await openTestServer();
      const alice = await t.signUp('alice');
      const { status, body } = await post(alice, '/v1/files?name=a', {
        body: 'hello',
        headers: { [header]: `sha-256=:${sha256('other', 'base64')}:` },
      });
      expect([status, body.code]).toEqual([422, 'checksum_mismatch']);
      expect(await settled(t)).toEqual(nothingStored);
    },
  );

  it('is refused when it does not match the file of a form', async () => {
    await using t = await openTestServer();
    const alice = await t.signUp('alice');
    const { body, headers } = form([filePart('a.txt')]);
    const digest = (text: string) => ({ 'repr-digest': `sha-256=:${sha256(text, 'base64')}:` });
    const bad = await post(alice, '/v1/files', { body, headers: { ...headers, ...digest('other') } });
    expect([bad.status, bad.body.code]).toEqual([422, 'checksum_mismatch']);
    expect(await settled(t)).toEqual(nothingStored);
    const good = await post(alice, '/v1/files', { body, headers: { ...headers, ...digest('hello') } });
    expect(good.status).toBe(201);
  });
});

describe('an upload that does not come to its end', () => {
  it('leaves nothing behind when the client hangs up before the announced length', async () => {
    await using t = await openTestServer();
    const alice = await t.signUp('alice');
    const fatal = await fatalErrors(async () => {
      const socket = await begin(
        t,
        alice,
        '/v1/files?name=a',
        [`content-length: ${8 * MiB}`],
        Buffer.alloc(3 * MiB, 'x'),
      );
      await expect
        .poll(() => t.locker.collections.accounts.countDocuments({ pendingBytes: { $gt: 0 } }), {
          timeout: 5000,
        })
        .toBe(1);
      socket.hangUp();
      expect(await settled(t)).toEqual(nothingStored);
    });
    expect(fatal).toEqual([]);
  });

  it('leaves nothing behind when the client hangs up in the middle of chunks', async () => {
    await using t = await openTestServer();
    const alice = await t.signUp('alice');
    const fatal = await fatalErrors(async () => {
      const socket = await begin(
        t,
        alice,
        '/v1/files?name=a',
        ['transfer-encoding: chunked'],
        '5\r\nhello\r\n',
      );
      await expect
        .poll(() => t.locker.collections.accounts.countDocuments({ 'pending.0': { $exists: true } }), {
          timeout: 5000,
        })
        .toBe(1);
      socket.hangUp();
      expect(await settled(t)).toEqual(nothingStored);
    });
    expect(fatal).toEqual([]);
  });

  it('leaves nothing behind when the client hangs up in the middle of a form', async () => {
    await using t = await openTestServer();
    const alice = await t.signUp('alice');
    const fatal = await fatalErrors(async () => {
      const { body, headers } = form([filePart('a.txt', 'x'.repeat(200_000))]);
      const socket = await begin(
        t,
        alice,
        '/v1/files',
        [`content-type: ${headers['content-type']}`, `content-length: ${body.length}`],
        body.slice(0, 150_000),
      );
      await expect
        .poll(() => t.locker.collections.accounts.countDocuments({ 'pending.0': { $exists: true } }), {
          timeout: 5000,
        })
        .toBe(1);
      socket.hangUp();
      expect(await settled(t)).toEqual(nothingStored);
    });
    expect(fatal).toEqual([]);
  });

  it('leaves nothing behind, and the server up, when the client hangs up in the fields of a form', async () => {
    await using t = await openTestServer();
    const alice = await t.signUp('alice');
    const fatal = await fatalErrors(async () => {
      const { body, headers } = form([field('name', 'a'), filePart('a.txt')]);
      const socket = await begin(
        t,
        alice,
        '/v1/files',
        [`content-type: ${headers['content-type']}`, `content-length: ${body.length}`],
        body.slice(0, 40),
      );
      await new Promise((resolve) => setTimeout(resolve, 50));
      socket.hangUp();
      await socket.closed;
      await expect.poll(() => t.logLines.filter((line) => line.includes('"aborted":true')).length).toBe(1);
      expect(await settled(t)).toEqual(nothingStored);
    });
    expect(fatal).toEqual([]);
    expect((await alice.send('GET', '/v1/me')).status).toBe(200);
  });

  it.each([
    ['too large for a file', { maxFileBytes: 1 * MiB }, 413, 'file_too_large'],
    ['too large for the quota', { quotaBytes: 1 * MiB }, 507, 'quota_exceeded'],
  ])('is refused before its body is sent when it is announced as %s', async (_what, limits, status, code) => {
    await using t = await openTestServer(limits);
    const alice = await t.signUp('alice');
    const socket = await begin(t, alice, '/v1/files?name=a', [`content-length: ${1 * MiB + 1}`], 'x');
    const answer = await socket.closed;
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(answer).toContain(`"code":"${code}"`);
    expect(answer).toMatch(/^connection: close/im);
    expect(await settled(t)).toEqual(nothingStored);
  });

  it.each([
    ['too large for a file', { maxFileBytes: 1 * MiB }, 413, 'file_too_large'],
    ['too large for the quota', { quotaBytes: 1 * MiB }, 507, 'quota_exceeded'],
  ])('is refused when it turns out %s, and leaves nothing behind', async (_what, limits, status, code) => {
    await using t = await openTestServer(limits);
    const alice = await t.signUp('alice');
    const body = Buffer.alloc(1 * MiB + 1, 'x');
    const socket = await begin(
      t,
      alice,
      '/v1/files?name=a',
      ['transfer-encoding: chunked', 'connection: close'],
      '',
    );
    socket.write(`${body.length.toString(16)}\r\n`);
    socket.write(body);
    socket.write('\r\n0\r\n\r\n');
    const seen = await socket.closed;
    expect(seen).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(seen).toContain(`"code":"${code}"`);
    expect(await settled(t)).toEqual(nothingStored);
  });

  it('is taken when it fills the quota to the byte', async () => {
    await using t = await openTestServer({ quotaBytes: 5 });
    const alice = await t.signUp('alice');
    await upload(alice, 'a', 'hello');
    await upload(alice, 'b', '');
    const { status, body } = await post(alice, '/v1/files?name=c', { body: 'x' });
    expect([status, body.code]).toEqual([507, 'quota_exceeded']);
  });
});

describe('a form', () => {
  const send = async (t: TestServer, made: ReturnType<typeof form>, query = '') => {
    const alice = await t.signUp('alice');
    return { alice, ...(await post(alice, `/v1/files${query}`, made)) };
  };

  it('is taken with its fields before the file', async () => {
    await using t = await openTestServer();
    const { alice, status, body } = await send(
      t,
      form([
        field('name', 'Übung.txt'),
        field('folder', '/work'),
        field('tags', 'a,b'),
        field('description', 'one\ntwo'),
        filePart('ignored.txt', 'line\r\n--frontie\r\nline', 'text/csv; charset=utf-8'),
      ]),
    );
    expect(status).toBe(201);
    expect(body).toMatchObject({
      name: 'Übung.txt',
      folder: '/work',
      tags: ['a', 'b'],
      description: 'one\ntwo',
      mediaType: 'text/csv',
    });
    expect((await content(alice, body.id)).toString()).toBe('line\r\n--frontie\r\nline');
  });

  it('is taken with its fields in the query, which those of the form outdo', async () => {
    await using t = await openTestServer();
    const { body } = await send(
      t,
      form([field('folder', '/form'), filePart('a.txt')]),
      '?folder=/query&tags=t',
    );
    expect(body).toMatchObject({ name: 'a.txt', folder: '/form', tags: ['t'] });
  });

  it('is taken as fetch sends it, with several megabytes', async () => {
    const alice = await people.newcomer();
    const bytes = Buffer.alloc(2 * MiB + 1, 'y');
    const made = new FormData();
    made.append('folder', '/a');
    made.append('file', new File([bytes], 'größe.bin', { type: 'image/png' }));
    const { status, body } = await post(alice, '/v1/files', { body: made });
    expect(status).toBe(201);
    expect(body).toMatchObject({
      name: 'größe.bin',
      folder: '/a',
      mediaType: 'image/png',
      sha256: sha256(bytes),
    });
  });

  it('is taken with a file of 0 bytes', async () => {
    await using t = await openTestServer();
    const { status, body } = await send(t, form([filePart('a.txt', '')]));
    expect([status, body.sizeBytes]).toEqual([201, 0]);
  });
});

describe('the name of a form that has no field name', () => {
  const shared = sharedServer();

  it.each([
    ['a path', '/home/alice/../a.txt', 'a.txt'],
    ['a Windows path', 'C:\\\\Users\\\\a.txt', 'a.txt'],
    ['only a path', '../../', 'unnamed'],
    ['two dots', '..', 'unnamed'],
    ['nothing', '', 'unnamed'],
    ['UTF-8', 'größe 日本 😀.txt', 'größe 日本 😀.txt'],
    ['a direction override', 'invoice\u202Efdp.exe', 'invoicefdp.exe'],
    ['300 characters', `${'x'.repeat(300)}.txt`, `${'x'.repeat(251)}.txt`],
    ['a backslash before a quote, as older clients write it', 'say \\"hi\\".txt', 'say "hi".txt'],
    ['%22, as browsers and curl write a quote', 'say %22hi%22.txt', 'say "hi".txt'],
    ['other percent signs, which nobody encodes', '100%25 %41 %zz 5%.txt', '100%25 %41 %zz 5%.txt'],
    ['a semicolon', 'a;b=c.txt', 'a;b=c.txt'],
  ])('names the file after a filename of %s', async (_what, filename, name) => {
    const made = form([filePart(filename)]);
    const { status, body } = await post(await shared.newcomer(), '/v1/files', made);
    expect([status, body.name]).toEqual([201, name]);
  });

  it('gives a name with quotes back that fetch sent', async () => {
    const alice = await shared.newcomer();
    const made = new FormData();
    made.append('file', new File(['hello'], 'say "hi".txt'));
    expect((await post(alice, '/v1/files', { body: made })).body.name).toBe('say "hi".txt');
  });
});

describe('a form that is not in order', () => {
  const shared = sharedServer();

  it.each([
    ['fields after the file', form([filePart('a.txt'), field('name', 'b')])],
    ['two files', form([filePart('a.txt'), filePart('b.txt')])],
    ['two files, the first of 0 bytes', form([filePart('a.txt', ''), filePart('b.txt')])],
    ['no file', form([field('name', 'a')])],
    ['no parts', form([])],
    ['a file that is a plain field', form([field('file', 'hello')])],
    ['a field that there is not', form([field('colour', 'red'), filePart('a.txt')])],
    ['too many fields', form([...Array.from({ length: 17 }, () => field('name', 'a')), filePart('a.txt')])],
    ['a field of 20 kB', form([field('description', 'x'.repeat(20_000)), filePart('a.txt')])],
    ['a field that is too long', form([field('description', 'x'.repeat(4001)), filePart('a.txt')])],
    ['a bad name', form([field('name', '../a'), filePart('a.txt')])],
    ['a bad folder', form([field('folder', '/..'), filePart('a.txt')])],
    ['an end that is missing', form([filePart('a.txt')], { end: false })],
    ['an end that is missing after a field', form([field('name', 'a')], { end: false })],
    ['an end in the middle of a header', { ...form([]), body: '--frontier\r\nContent-Disp' }],
    [
      'another boundary in the body',
      { ...form([filePart('a.txt')], { boundary: 'b' }), headers: form([]).headers },
    ],
    ['nothing in it', { ...form([]), body: '' }],
    [
      'a boundary that is missing',
      { ...form([filePart('a.txt')]), headers: { 'content-type': 'multipart/form-data' } },
    ],
    [
      'a boundary that is empty',
      { ...form([filePart('a.txt')]), headers: { 'content-type': 'multipart/form-data; boundary=' } },
    ],
    ['a large file after a bad field', form([field('colour', 'x'), filePart('a', 'x'.repeat(3_000_000))])],
    [
      'a large file after a missing boundary',
      {
        ...form([filePart('a', 'x'.repeat(3_000_000))]),
        headers: { 'content-type': 'multipart/form-data' },
      },
    ],
    ['a large second file', form([filePart('a'), filePart('b', 'x'.repeat(3_000_000))])],
  ])('is refused with %s; nothing is stored, and the server lives on', async (_what, made) => {
    const alice = await shared.newcomer();
    let answer: { status: number; body: Answer } | undefined;
    const fatal = await fatalErrors(async () => {
      answer = await post(alice, '/v1/files', made);
      expect(await settled(shared.t)).toEqual(nothingStored);
    });
    expect(fatal).toEqual([]);
    expect(answer?.status).toBe(400);
    expect(answer?.body.code).toMatch(/^(bad_request|invalid_name|invalid_folder|upload_incomplete)$/);
    expect((await alice.send('GET', '/v1/me')).status).toBe(200);
  });

  it('is refused with Content-Encoding', async () => {
    const made = form([filePart('a.txt')]);
    const { status } = await post(await shared.newcomer(), '/v1/files', {
      ...made,
      headers: { ...made.headers, 'content-encoding': 'gzip' },
    });
    expect(status).toBe(415);
    expect(await settled(shared.t)).toEqual(nothingStored);
  });
});

describe('a form with fields for an attack', () => {
  const shared = sharedServer();

  it('attack: fields named after parts of an object change nothing', async () => {
    const alice = await shared.newcomer();
    for (const name of ['__proto__', 'constructor', 'prototype', 'hasOwnProperty']) {
      const made = form([field(name, '{"polluted":true}'), filePart('a.txt')]);
      const { status } = await post(alice, '/v1/files', made);
      expect([201, 400]).toContain(status);
    }
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    expect((await alice.send('GET', '/v1/me')).status).toBe(200);
  });
});

describe('a new version', () => {
  const etagOf = async (client: Client, id: string) =>
    (await client.send('GET', `/v1/files/${id}/content`)).headers.get('etag') ?? '';
  const put = (client: Client, id: string, body: string, headers: Record<string, string> = {}) =>
    client.json<Answer>('PUT', `/v1/files/${id}/content`, { body, headers });

  it('becomes the content, and the old one stays', async () => {
    await using t = await openTestServer();
    const alice = await t.signUp('alice');
    const { id } = await upload(alice, 'a.txt', 'one', {}, { 'content-type': 'text/plain' });
    const { status, body } = await put(alice, id, 'three', { 'content-type': 'text/markdown' });
    expect([status, body.version, body.sizeBytes, body.mediaType]).toEqual([200, 2, 5, 'text/markdown']);
    expect((await content(alice, id)).toString()).toBe('three');
    const first = await alice.send('GET', `/v1/files/${id}/versions/1/content`);
    expect(await first.text()).toBe('one');
    expect((await settled(t)).usedBytes).toBe(8);
  });

  it('is never made of a part of it, or of a form around it', async () => {
    const alice = await people.newcomer();
    const { id } = await upload(alice, 'a.txt', 'one');
    const part = await put(alice, id, 'wo', { 'content-range': 'bytes 1-2/3' });
    expect([part.status, part.body.code]).toEqual([400, 'bad_request']);
    expect(part.body.detail).toContain('whole content');
    const { body, headers } = form([filePart('a.txt')]);
    const made = await put(alice, id, body, headers);
    expect([made.status, made.body.code]).toEqual([415, 'unsupported_media']);
    expect(made.body.detail).toContain('curl -T');
    expect((await content(alice, id)).toString()).toBe('one');
    const fresh = await post(alice, '/v1/files?name=b.txt', {
      body: 'wo',
      headers: { 'content-range': 'bytes 1-2/3' },
    });
    expect([fresh.status, fresh.body.code]).toEqual([400, 'bad_request']);
  });

  it('is taken with a matching If-Match, with * and with a list', async () => {
    const alice = await people.newcomer();
    const { id } = await upload(alice, 'a.txt', 'one');
    expect((await put(alice, id, 'two', { 'if-match': await etagOf(alice, id) })).status).toBe(200);
    expect((await put(alice, id, 'three', { 'if-match': '*' })).status).toBe(200);
    expect((await put(alice, id, 'four', { 'if-match': `"x", ${await etagOf(alice, id)}` })).status).toBe(
      200,
    );
  });

  it.each([
    ['stale', (etag: string) => etag],
    ['unknown', () => '"x"'],
    ['weak', (_stale: string, current: string) => `W/${current}`],
    ['without quotes', (_stale: string, current: string) => current.replaceAll('"', '')],
    ['empty', () => '""'],
  ])('is refused with an If-Match that is %s, and nothing is stored', async (_what, header) => {
    await using t = await openTestServer();
    const alice = await t.signUp('alice');
    const { id } = await upload(alice, 'a.txt', 'one');
    const stale = await etagOf(alice, id);
    await put(alice, id, 'two');
    const before = await settled(t);
    const { status, body } = await put(alice, id, 'three', {
      'if-match': header(stale, await etagOf(alice, id)),
    });
    expect([status, body.code]).toEqual([412, 'precondition_failed']);
    expect((await content(alice, id)).toString()).toBe('two');
    expect(await settled(t)).toEqual(before);
  });

  it('is refused with If-None-Match: *, since there is a content (RFC 9110 section 13.1.2)', async () => {
    const alice = await people.newcomer();
    const { id } = await upload(alice, 'a.txt', 'one');
    expect((await put(alice, id, 'two', { 'if-none-match': '*' })).status).toBe(412);
    expect((await content(alice, id)).toString()).toBe('one');
  });

  it('is refused with an If-Unmodified-Since that has passed (RFC 9110 section 13.1.4)', async () => {
    const alice = await people.newcomer();
    const { id } = await upload(alice, 'a.txt', 'one');
    const { status } = await put(alice, id, 'two', {
      'if-unmodified-since': 'Mon, 01 Jan 2024 00:00:00 GMT',
    });
    expect(status).toBe(412);
    expect((await content(alice, id)).toString()).toBe('one');
  });

  it('is committed once, of ten that name the same version', async () => {
    await using t = await openTestServer();
    const alice = await t.signUp('alice');
    const { id } = await upload(alice, 'a.txt', 'one');
    const etag = await etagOf(alice, id);
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, n) => put(alice, id, `next ${n}`, { 'if-match': etag })),
    );
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([
      200,
      ...Array<number>(9).fill(412),
    ]);
    expect(await settled(t)).toMatchObject({ contents: 2, chunks: 2, pending: 0 });
  });

  it('is refused with a bad checksum or Content-Encoding; the old content stays', async () => {
    await using t = await openTestServer();
    const alice = await t.signUp('alice');
    const { id } = await upload(alice, 'a.txt', 'one');
    const digest = `sha-256=:${sha256('other', 'base64')}:`;
    expect((await put(alice, id, 'two', { 'repr-digest': digest })).status).toBe(422);
    expect((await put(alice, id, 'two', { 'content-encoding': 'gzip' })).status).toBe(415);
    expect((await content(alice, id)).toString()).toBe('one');
    expect(await settled(t)).toMatchObject({ contents: 1, chunks: 1, usedBytes: 3 });
  });

  it('is refused for a file in the trash', async () => {
    const alice = await people.newcomer();
    const { id } = await upload(alice, 'a.txt', 'one');
    await alice.send('DELETE', `/v1/files/${id}`);
    const { status, body } = await put(alice, id, 'two');
    expect([status, body.code]).toEqual([409, 'conflict']);
  });
});
