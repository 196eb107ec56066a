import { describe, expect, it } from 'vitest';
import { openApiDocument } from '../../api/openapi.ts';
import { operations } from '../../api/routes/index.ts';
import { openTestServer } from '../support/server.ts';
import { tus, create, started, patch, head, offsetOf, partType } from './tus-support.ts';

describe('tus 1.0: what the server says of itself', () => {
  it('answers OPTIONS without a sign-in', async () => {
    await using t = await openTestServer({ maxFileBytes: 12345 });
    const response = await t.stranger.send('OPTIONS', '/v1/uploads');
    expect(response.status).toBe(204);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'tus-resumable': '1.0.0',
      'tus-version': '1.0.0',
      'tus-max-size': '12345',
      'tus-checksum-algorithm': 'sha1,sha256,md5',
      'tus-extension': 'creation,creation-with-upload,creation-defer-length,expiration,termination,checksum',
    });
  });

  it('puts Tus-Resumable on every answer, errors too', async () => {
    await using t = await openTestServer();
    const alice = await t.signUp('alice');
    const responses = [
      await create(alice, { 'upload-length': '1' }),
      await create(alice, {}),
      await head(alice, '/v1/uploads/none'),
      await head(t.stranger, '/v1/uploads/none'),
      await alice.send('GET', '/v1/uploads/none'),
    ];
    expect(responses.map(({ status }) => status)).toEqual([201, 400, 404, 401, 404]);
    for (const response of responses) expect(response.headers.get('tus-resumable')).toBe('1.0.0');
  });

  it.each([undefined, '0.2.2', '1.0.0, 1.0.0', '2.0.0'])(
    'refuses version %s with 412 and its own',
    async (version) => {
      await using t = await openTestServer();
      const alice = await t.signUp('alice');
      const path = await started(alice, { 'upload-length': '3' });
      const spoken: Record<string, string> = version === undefined ? {} : { 'tus-resumable': version };
      const headers = { ...spoken, ...partType, 'upload-offset': '0' };
      const responses = [
        await alice.send('POST', '/v1/uploads', { headers: { ...spoken, 'upload-length': '3' } }),
        await alice.send('HEAD', path, { headers: spoken }),
        await alice.send('PATCH', path, { headers, body: Buffer.from('abc') }),
        await alice.send('DELETE', path, { headers: spoken }),
      ];
      for (const response of responses) {
        expect(response.status).toBe(412);
        expect(response.headers.get('tus-version')).toBe('1.0.0');
      }
      expect(await offsetOf(alice, path)).toBe('0');
    },
  );

  it('documents its headers, its media type and HEAD', async () => {
    const { paths } = openApiDocument(operations, 'http://x') as {
      paths: Record<
        string,
        Record<
          string,
          { parameters?: { name: string; in: string }[]; requestBody?: object; responses: object }
        >
      >;
    };
    expect(Object.keys(paths['/v1/uploads'] ?? {}).toSorted()).toEqual(['options', 'post']);
    const upload = paths['/v1/uploads/{id}'];
    expect(Object.keys(upload ?? {}).toSorted()).toEqual(['delete', 'get', 'head', 'patch']);
    expect(upload?.['patch']?.parameters?.filter((p) => p.in === 'header').map((p) => p.name)).toEqual([
      'Tus-Resumable',
      'Upload-Offset',
      'Upload-Length',
      'Upload-Checksum',
    ]);
    expect(upload?.['patch']?.requestBody).toMatchObject({
      content: { 'application/offset+octet-stream': {} },
    });
    expect(Object.keys(upload?.['patch']?.responses ?? {})).toEqual(
      expect.arrayContaining(['204', '400', '404', '409', '410', '412', '413', '415', '423', '460', '507']),
    );
  });
});

describe('tus 1.0: termination and overrides', () => {
  it('answers 204 to DELETE, and 404 from then on', async () => {
    await using t = await openTestServer();
    const alice = await t.signUp('alice');
    const path = await started(alice, { 'upload-length': '6' });
    await patch(alice, path, 0, Buffer.from('abc'));
    expect((await alice.send('DELETE', path, { headers: tus })).status).toBe(204);
    expect((await head(alice, path)).status).toBe(404);
    expect((await patch(alice, path, 3, Buffer.from('def'))).status).toBe(404);
    expect(await t.locker.collections.uploadTails.countDocuments()).toBe(0);
  });

  it('takes X-HTTP-Method-Override for the method, whatever that is, and only in uploads', async () => {
    await using t = await openTestServer();
    const alice = await t.signUp('alice');
    const path = await started(alice, { 'upload-length': '6' });
    const post = (method: string, headers: Record<string, string> = {}, body?: Uint8Array) =>
      alice.send('POST', path, {
        headers: { ...tus, 'x-http-method-override': method, ...headers },
        ...(body === undefined ? {} : { body }),
      });
    const sent = await post('PATCH', { ...partType, 'upload-offset': '0' }, Buffer.from('abc'));
    expect([sent.status, sent.headers.get('upload-offset')]).toEqual([204, '3']);
    const asked = await post('HEAD');
    expect([asked.status, asked.headers.get('upload-offset')]).toEqual([200, '3']);
    expect((await post('PUT')).status).toBe(404);
    const elsewhere = await alice.send('GET', '/v1/me', { headers: { 'x-http-method-override': 'DELETE' } });
    expect(elsewhere.status).toBe(200);
    const put = await alice.send('PUT', path, {
      headers: { ...tus, ...partType, 'x-http-method-override': 'PATCH', 'upload-offset': '3' },
      body: Buffer.from('d'),
    });
    expect([put.status, put.headers.get('upload-offset')]).toEqual([204, '4']);
    const get = await alice.send('GET', path, { headers: { ...tus, 'x-http-method-override': 'DELETE' } });
    expect(get.status).toBe(204);
    expect((await head(alice, path)).status).toBe(404);
  });
});
