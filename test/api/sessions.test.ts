import { describe, expect, it } from 'vitest';
import { openTestServer } from '../support/server.ts';

interface List {
  sessions: { id: string; client: string; door: string; current: boolean }[];
}

describe('/v1/me/sessions', () => {
  it('lists where the account is signed in, and ends one at once', async () => {
    await using t = await openTestServer();
    const alice = await t.signUp('alice');
    const { body: connect } = await alice.json<{ code: string }>('POST', '/v1/me/identities');
    const { body: tokens } = await t.stranger.json<{ access_token: string }>('POST', '/v1/token', {
      body: { grant_type: 'authorization_code', code: connect.code },
      headers: { 'user-agent': 'phone' },
    });
    const phone = t.client(tokens.access_token);
    const { body } = await alice.json<List>('GET', '/v1/me/sessions');
    expect(body.sessions).toHaveLength(2);
    const other = body.sessions.find(({ current }) => !current);
    expect(other).toMatchObject({ client: 'phone', door: 'api' });
    expect((await phone.send('GET', '/v1/me')).status).toBe(200);
    expect((await alice.send('DELETE', `/v1/me/sessions/${other?.id}`)).status).toBe(204);
    expect((await phone.send('GET', '/v1/me')).status).toBe(401);
    expect((await alice.send('DELETE', `/v1/me/sessions/${other?.id}`)).status).toBe(404);
  });

  it('ends all others, and keeps the present one', async () => {
    await using t = await openTestServer();
    const alice = await t.signUp('alice');
    const { body: connect } = await alice.json<{ code: string }>('POST', '/v1/me/identities');
    await t.stranger.json('POST', '/v1/token', {
      body: { grant_type: 'authorization_code', code: connect.code },
    });
    expect(await alice.json('DELETE', '/v1/me/sessions')).toMatchObject({ status: 200, body: { ended: 1 } });
    const { body } = await alice.json<List>('GET', '/v1/me/sessions');
    expect(body.sessions).toMatchObject([{ current: true }]);
  });

  it('is closed to named API tokens', async () => {
    await using t = await openTestServer();
    const alice = await t.signUp('alice');
    const { body } = await alice.json<{ access_token: string }>('POST', '/v1/tokens', {
      body: { name: 'script', scopes: ['files:read'] },
    });
    const script = t.client(body.access_token);
    for (const method of ['GET', 'DELETE'])
      expect(await script.json(method, '/v1/me/sessions')).toMatchObject({
        status: 403,
        body: { code: 'forbidden' },
      });
  });
});
