import { describe, expect, it } from 'vitest';
import { sendRaw, sharedServer, upload } from './support.ts';

describe('input', () => {
  const shared = sharedServer();

  it.each([
    ['a number as text', { maxDownloads: '5' }, 'maxDownloads', 'maxDownloads must be a number, not text.'],
    [
      'a number as empty text',
      { maxDownloads: '' },
      'maxDownloads',
      'maxDownloads must be a number, not text.',
    ],
    ['a day', { expiresAt: '2099-01-01' }, 'expiresAt', /time with its zone/],
    ['a time without a zone', { expiresAt: '2099-01-01T00:00:00' }, 'expiresAt', /time with its zone/],
    ['a zone without a colon', { expiresAt: '2099-01-01T00:00:00+0100' }, 'expiresAt', /time with its zone/],
    ['no seconds', { expiresAt: '2099-01-01T00:00Z' }, 'expiresAt', /time with its zone/],
    ['a space for the T', { expiresAt: '2099-01-01 00:00:00Z' }, 'expiresAt', /time with its zone/],
    ['the 30th of February', { expiresAt: '2099-02-30T00:00:00Z' }, 'expiresAt', /time with its zone/],
    ['the 29th of February of no leap year', { expiresAt: '2099-02-29T00:00:00Z' }, 'expiresAt', /zone/],
    ['a zone that there is not', { expiresAt: '2099-01-01T00:00:00+25:00' }, 'expiresAt', /zone/],
    ['JSON in text', '{"maxDownloads":5}', undefined, 'The body must be an object, not text.'],
    ['null', null, undefined, 'The body must be an object, not text.'],
  ])(
    'in JSON is refused if it has another form than documented: %s',
    async (_what, body, subject, detail) => {
      const alice = await shared.newcomer();
      const { id } = await upload(alice, 'a.txt');
      const answer = await alice.json('POST', `/v1/files/${id}/links`, {
        body: JSON.stringify(body),
        headers: { 'content-type': 'application/json' },
      });
      expect(answer).toMatchObject({ status: 400, body: { code: 'bad_request' } });
      expect(answer.body['subject']).toBe(subject);
      expect(answer.body['detail']).toMatch(detail);
      expect((await alice.json('GET', '/v1/links')).body).toEqual({ links: [] });
    },
  );

  it.each(['2096-02-29T23:59:59Z', '2099-01-01T00:00:00.5+02:00'])(
    'in JSON is taken as a time: %s',
    async (expiresAt) => {
      const alice = await shared.newcomer();
      const { id } = await upload(alice, 'a.txt');
      const answer = await alice.json('POST', `/v1/files/${id}/links`, { body: { expiresAt } });
      expect(answer).toMatchObject({
        status: 201,
        body: { expiresAt: new Date(expiresAt).toISOString() },
      });
    },
  );

  it('in JSON is refused if a truth value or a list is text', async () => {
    const owner = await shared.newcomer('admin');
    const revoke = await owner.json('POST', '/v1/admin/accounts/nobody/revoke', { body: { grants: 'true' } });
    expect(revoke).toMatchObject({
      status: 400,
      body: { subject: 'grants', detail: 'grants must be true or false, not text.' },
    });
    const link = await owner.json('POST', '/v1/upload-links', { body: { tags: '["a"]' } });
    expect(link).toMatchObject({
      status: 400,
      body: { subject: 'tags', detail: 'tags must be a list, not text.' },
    });
  });

  it.each(['limit=1e1', 'limit=%2010', 'limit=10.0', 'limit=010', 'limit=0x10', 'trash=TRUE', 'trash=1'])(
    'in a query is refused if it is written in another way than in JSON: %s',
    async (query) => {
      const alice = await shared.newcomer();
      const { status, body } = await alice.json('GET', `/v1/files?${query}`);
      expect([status, body['code'], body['subject']]).toEqual([400, 'bad_request', query.split('=')[0]]);
    },
  );

  it('in a path is refused in the same way', async () => {
    const alice = await shared.newcomer();
    const { id } = await upload(alice, 'a.txt');
    const status = async (n: string) =>
      (await alice.send('GET', `/v1/files/${id}/versions/${n}/content`)).status;
    expect([await status('1'), await status('1e0'), await status('1.0')]).toEqual([200, 400, 400]);
  });

  it.each(['GET', 'HEAD'])(
    'as the body of a %s is refused, as is one of a request that leads nowhere',
    async (method) => {
      const alice = await shared.newcomer();
      const send = (path: string, headers: Record<string, string>) =>
        sendRaw(shared.t.url, method, path, { authorization: `Bearer ${alice.token}`, ...headers }, '{}');
      expect((await send('/v1/me', { 'content-length': '2' })).status).toBe(400);
      expect((await send('/v1/me', { 'transfer-encoding': 'chunked' })).status).toBe(400);
      expect((await send('/v1/none', { 'content-length': '2' })).status).toBe(404);
    },
  );

  it('that no route asks for is passed over, whatever its type', async () => {
    const alice = await shared.newcomer();
    const { id } = await upload(alice, 'a.txt');
    const send = (body: string, type: string) =>
      alice.send('DELETE', `/v1/files/${id}`, { body, headers: { 'content-type': type } });
    expect((await send('{', 'application/json')).status).toBe(200);
    expect((await send('x', 'text/plain')).status).toBe(200);
  });

  it('in an encoding that is not undone here is refused, and not read as it is', async () => {
    const alice = await shared.newcomer();
    const answer = await alice.json('POST', '/v1/tokens', {
      body: JSON.stringify({ name: 'x', scopes: ['files:read'] }),
      headers: { 'content-type': 'application/json', 'content-encoding': 'br' },
    });
    expect(answer).toMatchObject({ status: 415, body: { subject: 'Content-Encoding' } });
  });
});
