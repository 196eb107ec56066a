import { describe, expect, it } from 'vitest';
import { openTestServer, type TestServer } from '../support/server.ts';

const grantType = 'urn:ietf:params:oauth:grant-type:device_code';
interface Device {
  device_code: string;
  user_code: string;
  verification_uri: string;
  verification_uri_complete: string;
  expires_in: number;
  interval: number;
}
interface Answer {
  code?: string;
  error?: string;
  access_token?: string;
  scope?: string;
}

/** As an OAuth client library sends it. */
const form = (fields: Record<string, string>) => ({
  body: new URLSearchParams(fields).toString(),
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
});

const begin = async (t: TestServer, fields: Record<string, string> = { client_id: 'television' }) => {
  const { status, body } = await t.stranger.json<Device>('POST', '/v1/device', form(fields));
  expect(status).toBe(200);
  return body;
};
const poll = (t: TestServer, device_code: string) =>
  t.stranger.json<Answer>(
    'POST',
    '/v1/token',
    form({ grant_type: grantType, device_code, client_id: 'television' }),
  );

describe('the device grant over HTTP', () => {
  it('is begun by one address twenty times a minute, and what is refused leaves nothing', async () => {
    await using t = await openTestServer({ addressRequests: 1200 });
    for (let i = 0; i < 20; i++) await begin(t);
    const audited = await t.locker.collections.audit.countDocuments();
    for (let i = 0; i < 3; i++) {
      const over = await t.stranger.send('POST', '/v1/device', form({ client_id: 'television' }));
      expect(over.status).toBe(429);
      expect(Number(over.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(await over.json()).toMatchObject({ code: 'rate_limited', limit: 20 });
    }
    expect(await t.locker.collections.deviceGrants.countDocuments()).toBe(20);
    expect(await t.locker.collections.audit.countDocuments()).toBe(audited);
  });

  it('goes as RFC 8628 has it, from the request to the first use of the token', async () => {
    await using t = await openTestServer();
    const alice = await t.signUp('alice');
    const device = await begin(t);
    expect(device).toMatchObject({
      expires_in: 600,
      interval: 5,
      verification_uri: `${t.url}/device`,
      verification_uri_complete: `${t.url}/device?user_code=${device.user_code}`,
    });
    expect(await poll(t, device.device_code)).toMatchObject({
      status: 400,
      body: { code: 'authorization_pending', error: 'authorization_pending' },
    });
    expect(await poll(t, device.device_code)).toMatchObject({ status: 400, body: { error: 'slow_down' } });
    const seen = await alice.json('GET', `/v1/device/${device.user_code}`);
    expect(seen).toMatchObject({ status: 200, body: { client: 'television', address: '127.0.0.1' } });
    const approval = { body: { user_code: device.user_code } };
    expect((await alice.json('POST', '/v1/device/approve', approval)).status).toBe(200);
    const { status, body } = await poll(t, device.device_code);
    expect(status).toBe(200);
    expect(body.scope).toBe('files:read files:write share');
    const television = t.client(body.access_token);
    expect(await television.json('GET', '/v1/me')).toMatchObject({ status: 200, body: { handle: 'alice' } });
    expect(await poll(t, device.device_code)).toMatchObject({ body: { error: 'invalid_grant' } });
    const { body: list } = await alice.json<{ sessions: { client: string }[] }>('GET', '/v1/me/sessions');
    expect(list.sessions.map(({ client }) => client)).toContain('television');
  });

  it('answers access_denied, expired_token and invalid_grant as OAuth clients expect them', async () => {
    await using t = await openTestServer();
    const alice = await t.signUp('alice');
    const refused = await begin(t);
    const denial = await alice.send('POST', '/v1/device/deny', { body: { user_code: refused.user_code } });
    expect(denial.status).toBe(204);
    expect(await poll(t, refused.device_code)).toMatchObject({ body: { error: 'access_denied' } });
    expect(await poll(t, 'never-was')).toMatchObject({ body: { error: 'invalid_grant' } });
    const late = await begin(t);
    t.advance(601_000);
    expect(await poll(t, late.device_code)).toMatchObject({ status: 400, body: { error: 'expired_token' } });
  });

  it('refuses a stranger who approves, and a scope that does not exist', async () => {
    await using t = await openTestServer();
    const { user_code } = await begin(t, {});
    expect((await t.stranger.send('POST', '/v1/device/approve', { body: { user_code } })).status).toBe(401);
    expect((await t.stranger.send('GET', `/v1/device/${user_code}`)).status).toBe(401);
    expect(
      await t.stranger.json('POST', '/v1/device', form({ client_id: 'x', scope: 'root' })),
    ).toMatchObject({ status: 400, body: { code: 'bad_request', error: 'invalid_scope' } });
  });

  it('gives an access token that can do no more than its scopes', async () => {
    await using t = await openTestServer();
    const alice = await t.signUp('alice');
    const device = await begin(t, { client_id: 'printer', scope: 'files:read' });
    await alice.json('POST', '/v1/device/approve', { body: { user_code: device.user_code } });
    const { body } = await poll(t, device.device_code);
    const printer = t.client(body.access_token);
    expect((await printer.send('GET', '/v1/files')).status).toBe(200);
    expect((await printer.send('POST', '/v1/files?name=x', { body: 'x' })).status).toBe(403);
  });
});

describe('the page at /device', () => {
  it('says how to approve, without any script, and shows the code', async () => {
    await using t = await openTestServer();
    const page = await t.stranger.send('GET', '/device?user_code=bcdf-ghjk');
    expect(page.headers.get('content-type')).toContain('text/html');
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    const text = await page.text();
    expect(text).toContain('/approve BCDF-GHJK');
    expect(text).not.toMatch(/<script|\son\w+=/i);
  });

  it('shows nothing of what cannot be a code: refuses an injection of markup', async () => {
    await using t = await openTestServer();
    const markup = '<img src=x onerror=alert(1)>';
    const text = await (
      await t.stranger.send('GET', `/device?user_code=${encodeURIComponent(markup)}`)
    ).text();
    expect(text).not.toContain('<img');
    expect(text).not.toContain('onerror');
  });
});
