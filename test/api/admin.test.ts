import { describe, expect, it } from 'vitest';
import { type Client, openTestServer } from '../support/server.ts';

const canary = 'canary-4f1d';

async function upload(client: Client, name: string) {
  const { body } = await client.json<{ id: string }>(
    'POST',
    `/v1/files?name=${name}.txt&folder=/${name}-folder&tags=${name}-tag`,
    { body: `${name} content` },
  );
  return body.id;
}

describe('administration over HTTP', () => {
  it('never shows an administrator a name, folder, tag or byte of others, in any answer', async () => {
    await using t = await openTestServer();
    const [adam, mike] = [await t.signUp('adam', 'admin'), await t.signUp('mike')];
    const id = await upload(mike, canary);
    const calls: [string, string, object?][] = [
      ['GET', '/v1/admin/accounts'],
      ['GET', '/v1/admin/accounts/mike'],
      ['PATCH', '/v1/admin/accounts/mike', { quotaBytes: 1_000_000, maxFiles: 5 }],
      ['PUT', `/v1/admin/files/${id}/restriction`, { reason: 'Because.' }],
      ['DELETE', `/v1/admin/files/${id}/restriction`],
      ['GET', `/v1/files/${id}`],
      ['GET', `/v1/files/${id}/content`],
      ['GET', `/v1/files/${id}/versions`],
      ['GET', `/v1/files?owner=mike`],
      ['GET', `/v1/files?owner=all`],
      ['POST', '/v1/admin/accounts/mike/revoke', { grants: true, links: true, sessions: true, tokens: true }],
      ['DELETE', '/v1/admin/accounts/mike'],
    ];
    for (const [method, path, body] of calls) {
      const answer = await adam.send(method, path, body === undefined ? {} : { body });
      const text = (await answer.text()) + JSON.stringify([...answer.headers]);
      expect(text, `${method} ${path}`).not.toContain(canary);
      expect(answer.status, `${method} ${path}`).toBe(
        path.startsWith('/v1/admin')
          ? path.endsWith('restriction') && method === 'DELETE'
            ? 204
            : 200
          : path.includes('all')
            ? 200
            : 404,
      );
    }
  });

  it('suspends someone in the middle of a session, at once, and lets them in again', async () => {
    await using t = await openTestServer();
    const [adam, mike] = [await t.signUp('adam', 'admin'), await t.signUp('mike')];
    const id = await upload(mike, 'note');
    const suspend = { body: { status: 'suspended' } };
    expect((await adam.send('PATCH', '/v1/admin/accounts/mike', suspend)).status).toBe(200);
    for (const path of ['/v1/me', '/v1/files', `/v1/files/${id}/content`])
      expect(await mike.json('GET', path)).toMatchObject({
        status: 403,
        body: { code: 'account_suspended' },
      });
    const refresh = { body: { grant_type: 'refresh_token', refresh_token: mike.refreshToken } };
    expect(await t.stranger.json('POST', '/v1/token', refresh)).toMatchObject({
      status: 403,
      body: { code: 'account_suspended', error: 'invalid_grant' },
    });
    await adam.send('PATCH', '/v1/admin/accounts/mike', { body: { status: 'active' } });
    expect((await mike.send('GET', '/v1/me')).status).toBe(200);
  });

  it('takes an administrator their rights at once when their role changes', async () => {
    await using t = await openTestServer();
    const [olga, adam] = [await t.signUp('olga', 'owner'), await t.signUp('adam', 'admin')];
    expect((await adam.send('GET', '/v1/admin/accounts')).status).toBe(200);
    await olga.send('PATCH', '/v1/admin/accounts/adam', { body: { role: 'member' } });
    expect((await adam.send('GET', '/v1/admin/accounts')).status).toBe(403);
  });

  it('revokes sessions and tokens of an account at once', async () => {
    await using t = await openTestServer();
    const [adam, mike] = [await t.signUp('adam', 'admin'), await t.signUp('mike')];
    const { body } = await mike.json<{ access_token: string }>('POST', '/v1/tokens', {
      body: { name: 'script', scopes: ['files:read'] },
    });
    const script = t.client(body.access_token);
    expect(
      await adam.json('POST', '/v1/admin/accounts/mike/revoke', { body: { sessions: true, tokens: true } }),
    ).toMatchObject({ status: 200, body: { sessions: 1, tokens: 1, links: 0, grants: 0 } });
    for (const client of [mike, script]) expect((await client.send('GET', '/v1/me')).status).toBe(401);
  });

  it('works with a named token that has the scope admin, and not with one that lacks it', async () => {
    await using t = await openTestServer();
    const adam = await t.signUp('adam', 'admin');
    for (const [scope, status] of [
      ['admin', 200],
      ['share', 403],
    ] as const) {
      const { body } = await adam.json<{ access_token: string }>('POST', '/v1/tokens', {
        body: { name: scope, scopes: [scope] },
      });
      const script = t.client(body.access_token);
      expect((await script.send('GET', '/v1/admin/accounts')).status).toBe(status);
    }
  });

  it('answers a member 403, and for accounts and files that are not there 404', async () => {
    await using t = await openTestServer();
    const [adam, mike] = [await t.signUp('adam', 'admin'), await t.signUp('mike')];
    expect((await mike.send('GET', '/v1/admin/accounts')).status).toBe(403);
    expect((await adam.send('GET', '/v1/admin/accounts/nobody')).status).toBe(404);
    expect((await adam.send('DELETE', '/v1/admin/accounts/nobody')).status).toBe(404);
    expect((await adam.send('PUT', '/v1/admin/files/zzzzzz/restriction')).status).toBe(404);
    expect((await adam.send('PATCH', '/v1/admin/accounts/mike', { body: {} })).status).toBe(400);
    expect((await adam.send('PATCH', '/v1/admin/accounts/mike', { body: { role: 'owner' } })).status).toBe(
      400,
    );
  });

  it('shows the owner of a restricted file that it is, and keeps its content from them', async () => {
    await using t = await openTestServer();
    const [adam, mike] = [await t.signUp('adam', 'admin'), await t.signUp('mike')];
    const id = await upload(mike, 'poster');
    await adam.send('PUT', `/v1/admin/files/${id}/restriction`, { body: { reason: 'A complaint.' } });
    expect(await mike.json('GET', '/v1/files')).toMatchObject({ body: { files: [{ restricted: true }] } });
    expect(await mike.json('GET', `/v1/files/${id}/content`)).toMatchObject({
      status: 403,
      body: { code: 'restricted' },
    });
    expect((await adam.send('GET', `/v1/files/${id}/content`)).status).toBe(404);
  });

  it('holds a quota of files and shows it', async () => {
    await using t = await openTestServer();
    const [adam, mike] = [await t.signUp('adam', 'admin'), await t.signUp('mike')];
    await adam.send('PATCH', '/v1/admin/accounts/mike', { body: { maxFiles: 1 } });
    await upload(mike, 'one');
    expect(await mike.json('POST', '/v1/files?name=two', { body: 'x' })).toMatchObject({
      status: 507,
      body: { code: 'quota_exceeded', subject: 'files', limit: 1 },
    });
    expect(await mike.json('GET', '/v1/me')).toMatchObject({ body: { fileCount: 1, maxFiles: 1 } });
  });
});
