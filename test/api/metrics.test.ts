import { describe, expect, it } from 'vitest';
import { sweep } from '../../src/maintenance/sweep.ts';
import { openTestServer, type TestServer } from '../support/server.ts';
import { sendRaw } from './support.ts';

const canary = 'zanzibar-canary';

interface Family {
  type: string;
  help: string;
  samples: { name: string; labels: Record<string, string>; value: number }[];
}

/** Reads Prometheus' text format. @throws for a line that is none of it, or a sample without its HELP and TYPE before. */
function parse(text: string): Map<string, Family> {
  const families = new Map<string, Family>();
  for (const line of text.split('\n').filter((each) => each !== '')) {
    const meta = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line);
    if (meta !== null) {
      const [, kind, name = '', rest = ''] = meta;
      const family = families.get(name) ?? { type: '', help: '', samples: [] };
      families.set(name, { ...family, ...(kind === 'HELP' ? { help: rest } : { type: rest }) });
      continue;
    }
    const sample = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/.exec(line);
    if (sample === null) throw new Error(`not the text format: ${line}`);
    const [, name = '', labels = '', value] = sample;
    const family = families.get(name) ?? families.get(name.replace(/_(bucket|sum|count)$/, ''));
    if (family === undefined || family.help === '' || family.type === '')
      throw new Error(`no HELP and TYPE before ${name}`);
    family.samples.push({
      name,
      labels: Object.fromEntries(
        [...labels.matchAll(/(\w+)="([^"]*)"/g)].map(([, key, text]) => [key, text]),
      ),
      value: Number(value),
    });
  }
  return families;
}

async function scrape(t: TestServer): Promise<{ text: string; families: Map<string, Family> }> {
  const response = await t.stranger.send('GET', '/metrics');
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
  const text = await response.text();
  return { text, families: parse(text) };
}

/** The sum of a metric's samples that have these labels. */
function total(families: Map<string, Family>, name: string, labels: Record<string, string> = {}): number {
  const family = families.get(name) ?? families.get(name.replace(/_(bucket|sum|count)$/, ''));
  const wanted = Object.entries(labels);
  return (family?.samples ?? [])
    .filter((sample) => sample.name === name && wanted.every(([key, text]) => sample.labels[key] === text))
    .reduce((sum, { value }) => sum + value, 0);
}

/** Uses every counter a little, with the canary wherever a person can write something. */
async function liveALittle(t: TestServer) {
  const alice = await t.signUp(canary);
  const created = await alice.json<{ id: string }>(
    'POST',
    `/v1/files?name=${canary}.txt&folder=/${canary}&tags=${canary}`,
    { body: `${canary} content` },
  );
  expect(created.status).toBe(201);
  const { id } = created.body;
  expect(await (await alice.send('GET', `/v1/files/${id}/content`)).text()).toBe(`${canary} content`);
  await alice.send('GET', `/v1/files?q=${canary}`);
  await alice.send('GET', `/${canary}`);
  await alice.send('GET', `/v1/files/${canary}`);
  await t.client(canary).send('GET', '/v1/me');
  await t.stranger.json('POST', '/v1/setup', { body: { code: canary, handle: canary } });
  await t.stranger.json('POST', '/v1/token', {
    body: { grant_type: 'refresh_token', refresh_token: canary },
  });
  await sweep(t.locker);
  return { alice, id };
}

/** The body of a 404, without what differs from request to request. */
const missing = async (send: Promise<Response>) => {
  const response = await send;
  expect(response.status).toBe(404);
  const { requestId: _id, ...body } = (await response.json()) as { requestId: string };
  return body;
};

/** Status of a scrape under a name of this server. */
const statusAs = async ({ url }: TestServer, host: string) =>
  (await sendRaw(url, 'GET', '/metrics', { host })).status;

describe('GET /metrics', () => {
  it('follows the conventions of Prometheus: HELP and TYPE, base units, suffixes', async () => {
    await using t = await openTestServer();
    await liveALittle(t);
    const { families } = await scrape(t);
    const own = [...families].filter(([name]) => name.startsWith('coffer_'));
    expect(own.length).toBeGreaterThan(25);
    const offenders = own.filter(
      ([name, { type, help }]) =>
        !/^coffer_[a-z]+(_[a-z]+)*$/.test(name) ||
        !/^[A-Z1]/.test(help) ||
        name.endsWith('_total') !== (type === 'counter') ||
        (type === 'histogram' && !/_(seconds|bytes)$/.test(name)) ||
        // A name says neither its type nor a unit that is not a base unit.
        /_(ms|milliseconds|minutes|kb|mb|gauge|counter|histogram|count|sum|bucket)(_|$)/.test(name),
    );
    expect(offenders.map(([name]) => name)).toEqual([]);
    expect(families.get('process_cpu_user_seconds_total')?.type).toBe('counter');
    expect(families.get('nodejs_eventloop_lag_p99_seconds')?.type).toBe('gauge');
  });

  it('has labels with a closed set of values only, and a canary in every name never appears', async () => {
    await using t = await openTestServer();
    const { id } = await liveALittle(t);
    const { text, families } = await scrape(t);
    expect(text).not.toContain(canary);
    expect(text).not.toContain(id);
    expect(text).not.toContain('127.0.0.1');
    const [account] = await t.locker.collections.accounts.find().toArray();
    expect(text).not.toContain(account?._id);
    const allowed = new Set([
      'le',
      'method',
      'route',
      'status',
      'code',
      'action',
      'door',
      'outcome',
      'direction',
      'budget',
      'kind',
    ]);
    for (const [name, { samples }] of families) {
      if (!name.startsWith('coffer_')) continue;
      for (const { labels } of samples)
        for (const label of Object.keys(labels)) expect(allowed, `${label} of ${name}`).toContain(label);
    }
    const routes = new Set(
      families.get('coffer_http_request_duration_seconds')?.samples.map(({ labels }) => labels['route']),
    );
    const known = new Set(['none', ...t.server.table().map(({ path }) => path)]);
    expect([...routes].filter((route) => !known.has(route ?? ''))).toEqual([]);
  });

  it('counts what happened', async () => {
    await using t = await openTestServer();
    const before = (await scrape(t)).families;
    expect(total(before, 'coffer_transfers_started_total')).toBe(0);
    const { alice, id } = await liveALittle(t);
    const bytes = `${canary} content`.length;
    const { families } = await scrape(t);
    const count = (name: string, labels?: Record<string, string>) =>
      total(families, `coffer_${name}`, labels);
    for (const direction of ['upload', 'download']) {
      expect(count('transfers_started_total', { direction, door: 'api' })).toBe(1);
      expect(count('transfers_finished_total', { direction, door: 'api' })).toBe(1);
      expect(count('transfers_aborted_total', { direction })).toBe(0);
      expect(count('transfer_bytes_total', { direction })).toBe(bytes);
      expect(count('transfers_in_flight', { direction })).toBe(0);
    }
    expect(count('segment_seal_duration_seconds_count')).toBe(1);
    expect(count('segment_open_duration_seconds_count')).toBe(1);
    expect(count('segment_inserts_in_flight')).toBe(0);
    expect(count('verification_failures_total')).toBe(0);
    expect(
      count('http_request_duration_seconds_count', { route: '/v1/files', method: 'POST', status: '201' }),
    ).toBe(1);
    expect(count('http_requests_in_flight')).toBe(1);
    expect(count('errors_total', { code: 'invalid_code' })).toBe(1);
    expect(count('errors_total', { code: 'not_found' })).toBe(2);
    expect(count('use_cases_total', { action: 'file.upload', outcome: 'ok', door: 'api' })).toBe(1);
    expect(count('guess_failures_total', { kind: 'setup' })).toBe(1);
    expect(count('guess_failures_total', { kind: 'token' })).toBe(1);
    expect(count('last_sweep_timestamp_seconds')).toBeGreaterThan(1e9);
    expect(count('database_up')).toBe(1);
    expect(count('database_ping_duration_seconds_count')).toBeGreaterThan(0);
    expect(count('database_connections')).toBeGreaterThan(0);
    expect(count('database_connections')).toBeGreaterThanOrEqual(count('database_connections_in_use'));
    expect(count('accounts')).toBe(0);
    t.advance(16_000);
    const later = (await scrape(t)).families;
    expect(total(later, 'coffer_accounts')).toBe(1);
    expect(total(later, 'coffer_files')).toBe(1);
    expect(total(later, 'coffer_used_bytes')).toBe(bytes);

    // A segment that does not verify.
    const { chunks } = t.locker.collections;
    const chunk = await chunks.findOne({});
    const data = Buffer.from(chunk?.data.value() ?? []);
    data[40] = (data[40] ?? 0) ^ 1;
    await t.database.db.collection('fs.chunks').updateOne({}, { $set: { data } });
    expect((await alice.send('GET', `/v1/files/${id}/content`)).status).toBe(500);
    expect(total((await scrape(t)).families, 'coffer_verification_failures_total')).toBe(1);
  });

  it('counts uploads that have no room in the quota', async () => {
    await using t = await openTestServer({ quotaBytes: 10 });
    const alice = await t.signUp('alice');
    expect((await alice.json('POST', '/v1/files?name=a', { body: 'more than ten' })).status).toBe(507);
    const { families } = await scrape(t);
    expect(total(families, 'coffer_quota_refusals_total')).toBe(1);
    expect(total(families, 'coffer_transfers_aborted_total', { direction: 'upload' })).toBe(1);
    expect(total(families, 'coffer_transfers_in_flight')).toBe(0);
  });

  it('keeps the counts of two lockers in one process apart', async () => {
    await using a = await openTestServer();
    await using b = await openTestServer();
    await liveALittle(a);
    expect(total((await scrape(b)).families, 'coffer_transfers_started_total')).toBe(0);
  });

  it('shows what the public answer is: nothing, as if there were no such route', async () => {
    await using proxied = await openTestServer({}, { trustedProxies: ['127.0.0.1'] });
    await using published = await openTestServer({}, { publicUrl: 'https://files.example.org' });
    const unknown = await missing(proxied.stranger.send('GET', '/nowhere'));
    for (const headers of [
      { 'x-forwarded-for': '198.51.100.1' },
      { 'x-forwarded-for': '127.0.0.1' },
      { via: '1.1 p' },
    ])
      expect(await missing(proxied.stranger.send('GET', '/metrics', { headers }))).toEqual(unknown);
    expect(await missing(published.stranger.send('GET', '/metrics'))).toEqual(unknown);
  });

  it('without a token, is not there behind a proxy on this machine that says nothing of itself', async () => {
    await using direct = await openTestServer();
    await using behind = await openTestServer({}, { trustedProxies: ['127.0.0.0/8'] });
    expect(await statusAs(direct, 'localhost:8420')).toBe(200);
    expect(await statusAs(direct, '[::1]')).toBe(200);
    expect(await statusAs(direct, 'files.example.org')).toBe(404);
    expect(await statusAs(direct, 'localhost.example.org')).toBe(404);
    expect(await statusAs(direct, '127.0.0.1.example.org')).toBe(404);
    expect(await statusAs(behind, 'localhost')).toBe(404);
  });

  it('shows itself to whoever has the token, from anywhere, and then to nobody else', async () => {
    const metricsToken = 'mQ4x9vK2pL7wR8tZ1nB6cD3f';
    await using t = await openTestServer({}, { metricsToken, publicUrl: 'https://files.example.org' });
    const alice = await t.signUp('alice');
    const status = async (authorization?: string) =>
      (
        await t.stranger.send('GET', '/metrics', {
          headers: authorization === undefined ? {} : { authorization },
        })
      ).status;
    expect(await status(`Bearer ${metricsToken}`)).toBe(200);
    expect(await status()).toBe(404);
    expect(await status(`Bearer ${metricsToken}x`)).toBe(404);
    expect(await status(`Basic ${metricsToken}`)).toBe(404);
    expect(await status(`Bearer ${alice.token}`)).toBe(404);
  });
});
