import { describe, expect, it } from 'vitest';
import { openTestServer } from '../support/server.ts';
import { base64, create, started, patch, head, contentOf } from './tus-support.ts';

describe('tus 1.0: creation', () => {
  it('answers 201 with a relative address, the offset and the expiry', async () => {
    await using t = await openTestServer();
    const alice = await t.signUp('alice');
    const response = await create(alice, { 'upload-length': '10' });
    expect(response.status).toBe(201);
    expect(response.headers.get('location')).toMatch(/^\/v1\/uploads\/[0-9a-z]{16}$/);
    expect(response.headers.get('upload-offset')).toBe('0');
    const expires = response.headers.get('upload-expires') ?? '';
    expect(new Date(expires).toUTCString()).toBe(expires);
    expect(await response.json()).toMatchObject({
      name: 'unnamed',
      sizeBytes: 10,
      offsetBytes: 0,
      file: null,
    });
  });

  it('takes name, folder, tags, description and type from the metadata, and gives it back as it was', async () => {
    await using t = await openTestServer();
    const alice = await t.signUp('alice');
    const metadata = [
      `filename ${base64('Übung 1.pdf')}`,
      `folder ${base64('/work')}`,
      `tags ${base64('tax,2026')}`,
      `description ${base64('text')}`,
      `filetype ${base64('application/pdf')}`,
      'is_confidential',
      `other ${base64('kept')}`,
    ].join(', ');
    const path = await started(alice, { 'upload-length': '3', 'upload-metadata': metadata });
    expect((await head(alice, path)).headers.get('upload-metadata')).toBe(metadata);
    const done = await patch(alice, path, 0, Buffer.from('abc'));
    const { body } = await alice.json('GET', `/v1/files/${done.headers.get('coffer-file-id') ?? ''}`);
    expect(body).toMatchObject({
      name: 'Übung 1.pdf',
      folder: '/work',
      tags: ['tax', '2026'],
      description: 'text',
      mediaType: 'application/pdf',
    });
  });

  it.each([
    ['no length', {}],
    ['a length and a deferred one', { 'upload-length': '1', 'upload-defer-length': '1' }],
    ['a negative length', { 'upload-length': '-1' }],
    ['a length with a fraction', { 'upload-length': '1.5' }],
    ['a length in hexadecimal', { 'upload-length': '0x10' }],
    ['a length beyond all numbers', { 'upload-length': '9'.repeat(30) }],
    ['another value of Upload-Defer-Length', { 'upload-defer-length': '2' }],
    ['metadata that is not base64', { 'upload-length': '1', 'upload-metadata': 'name !!!' }],
    ['metadata with a key twice', { 'upload-length': '1', 'upload-metadata': 'a YQ==,a YQ==' }],
    ['metadata with an empty pair', { 'upload-length': '1', 'upload-metadata': 'a YQ==,,b YQ==' }],
    ['metadata with three words', { 'upload-length': '1', 'upload-metadata': 'a YQ== YQ==' }],
    [
      'metadata that is not UTF-8',
      { 'upload-length': '1', 'upload-metadata': `name ${base64(Buffer.from([0xff]))}` },
    ],
    ['a bad name', { 'upload-length': '1', 'upload-metadata': `name ${base64('a/b')}` }],
    ['a bad folder', { 'upload-length': '1', 'upload-metadata': `folder ${base64('/a\u202eb')}` }],
    ['a bad tag', { 'upload-length': '1', 'upload-metadata': `tags ${base64('a b')}` }],
  ])('refuses %s with 400', async (_what, headers) => {
    await using t = await openTestServer();
    const alice = await t.signUp('alice');
    expect((await create(alice, headers)).status).toBe(400);
    expect(await t.locker.collections.uploads.countDocuments()).toBe(0);
  });

  it('refuses what is larger than the largest file with 413, and what the quota has no room for with 507', async () => {
    await using t = await openTestServer({ maxFileBytes: 100, quotaBytes: 50 });
    const alice = await t.signUp('alice');
    expect((await create(alice, { 'upload-length': '101' })).status).toBe(413);
    expect((await create(alice, { 'upload-length': '51' })).status).toBe(507);
    expect((await create(alice, { 'upload-length': '50' })).status).toBe(201);
  });

  it('makes an empty file at once', async () => {
    await using t = await openTestServer();
    const alice = await t.signUp('alice');
    const response = await create(alice, { 'upload-length': '0' });
    expect(response.status).toBe(201);
    expect((await contentOf(alice, response)).length).toBe(0);
  });

  it('takes the first part with the creation', async () => {
    await using t = await openTestServer();
    const alice = await t.signUp('alice');
    const response = await create(alice, { 'upload-length': '6' }, Buffer.from('abc'));
    expect([response.status, response.headers.get('upload-offset')]).toEqual([201, '3']);
    const done = await patch(alice, response.headers.get('location') ?? '', 3, Buffer.from('def'));
    expect((await contentOf(alice, done)).toString()).toBe('abcdef');

    const whole = await create(alice, { 'upload-length': '3' }, Buffer.from('xyz'));
    expect([whole.status, whole.headers.get('upload-offset')]).toEqual([201, '3']);
    expect((await contentOf(alice, whole)).toString()).toBe('xyz');
  });

  it('refuses a first part of another type with 415', async () => {
    await using t = await openTestServer();
    const alice = await t.signUp('alice');
    const headers = { 'upload-length': '3', 'content-type': 'text/plain' };
    expect((await create(alice, headers, Buffer.from('abc'))).status).toBe(415);
  });

  it('takes a length that is declared later, once', async () => {
    await using t = await openTestServer();
    const alice = await t.signUp('alice');
    const path = await started(alice, { 'upload-defer-length': '1' });
    const before = await head(alice, path);
    expect([before.headers.get('upload-defer-length'), before.headers.get('upload-length')]).toEqual([
      '1',
      null,
    ]);
    expect((await patch(alice, path, 0, Buffer.from('ab'))).status).toBe(204);
    expect((await patch(alice, path, 2, Buffer.from('c'), { 'upload-length': '1' })).status).toBe(400);
    expect((await patch(alice, path, 2, Buffer.from('c'), { 'upload-length': '6' })).status).toBe(204);
    const after = await head(alice, path);
    expect([after.headers.get('upload-defer-length'), after.headers.get('upload-length')]).toEqual([
      null,
      '6',
    ]);
    expect((await patch(alice, path, 3, Buffer.from('def'), { 'upload-length': '7' })).status).toBe(400);
    const done = await patch(alice, path, 3, Buffer.from('def'), { 'upload-length': '6' });
    expect((await contentOf(alice, done)).toString()).toBe('abcdef');
  });
});
