import { describe, expect, it } from 'vitest';
import { redeemConnectCode } from '../../src/accounts/identities.ts';
import { openTestServer } from '../support/server.ts';

const chat = { door: 'telegram', client: 'telegram', address: 'telegram' } as const;

describe('/v1/me/identities', () => {
  it('gives a code with which a chat is linked, lists the chat, and unlinks it', async () => {
    await using t = await openTestServer();
    const alice = await t.signUp('alice');
    const { status, body } = await alice.json<{ code: string; expiresAt: string }>(
      'POST',
      '/v1/me/identities',
    );
    expect(status).toBe(201);
    const identity = { id: 'telegram:4711', label: 'Alice' };
    await redeemConnectCode(t.locker, chat, { code: body.code, identity });
    expect((await alice.json('GET', '/v1/me/identities')).body).toMatchObject({
      identities: [{ ...identity, current: false }],
    });
    const path = '/v1/me/identities/telegram:4711';
    const bob = await t.signUp('bob');
    expect((await bob.send('DELETE', path)).status).toBe(404);
    expect((await alice.send('DELETE', path)).status).toBe(204);
    expect((await alice.json('GET', '/v1/me/identities')).body).toEqual({ identities: [] });
  });

  it('gives a code that signs another API client in, once', async () => {
    await using t = await openTestServer();
    const alice = await t.signUp('alice');
    const { body } = await alice.json<{ code: string }>('POST', '/v1/me/identities');
    const exchange = () =>
      t.stranger.json<{ access_token?: string; error?: string }>('POST', '/v1/token', {
        body: { grant_type: 'authorization_code', code: body.code },
      });
    const answers = await Promise.all([exchange(), exchange()]);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ body: { error } }) => error === 'invalid_grant')).toHaveLength(1);
    const token = answers.find(({ status }) => status === 200)?.body.access_token;
    expect(await t.client(token).json('GET', '/v1/me')).toMatchObject({ body: { handle: 'alice' } });
  });
});
