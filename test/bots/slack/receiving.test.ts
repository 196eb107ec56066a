import { createHmac, randomUUID } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect as connectSocket, createServer as createProxy } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, inject, it } from 'vitest';
import type { ChatResponse } from '../../../bots/port/route.ts';
import { HttpReceiver } from '../../../bots/slack/transport/http.ts';
import { Intake } from '../../../bots/slack/transport/intake.ts';
import { Inbox } from '../../../src/chats/inbox.ts';
import { randomKey } from '../../../src/crypto/keyring.ts';
import { openCollections } from '../../../src/database/collections.ts';
import { connect } from '../../../src/database/connect.ts';
import { prepareCollections } from '../../../src/database/prepare-collections.ts';
import { createLog } from '../../../src/log.ts';
import { openTestLocker, type TestLocker } from '../../support/locker.ts';

const secret = '0123456789abcdef0123456789abcdef';
const json = 'application/json';
const form = 'application/x-www-form-urlencoded';

interface Sent {
  readonly body: string;
  readonly type: string;
  /** Seconds from now. */
  readonly skew?: number;
  readonly signature?: string | undefined;
  readonly headers?: Record<string, string>;
}

/** Signs as Slack does. */
function sign({ body, type, skew = 0, headers = {}, ...given }: Sent, now = Date.now()) {
  const timestamp = String(Math.floor(now / 1000) + skew);
  const hash = createHmac('sha256', secret).update(`v0:${timestamp}:${body}`).digest('hex');
  const signature = 'signature' in given ? given.signature : `v0=${hash}`;
  return {
    rawBody: Buffer.from(body),
    address: '127.0.0.1',
    headers: {
      'content-type': type,
      'x-slack-request-timestamp': timestamp,
      ...(signature === undefined ? {} : { 'x-slack-signature': signature }),
      ...headers,
    },
  };
}

function receiverOf(t: Pick<TestLocker, 'locker'>) {
  const { inbox, log, now } = t.locker;
  const intake = new Intake(inbox, log, async () => ({ options: [] }));
  const [route] = new HttpReceiver(secret, intake, log, () => now().getTime()).routes;
  if (route === undefined) throw new Error('no route');
  return (request: ReturnType<typeof sign>): Promise<ChatResponse> => route.handle(request);
}

const message = (event: object = {}, id = 'Ev1') =>
  JSON.stringify({
    type: 'event_callback',
    team_id: 'T1',
    event_id: id,
    event: {
      type: 'message',
      channel: 'D1',
      channel_type: 'im',
      user: 'U1',
      ts: '1.2',
      text: 'zebra-9431',
      ...event,
    },
  });
const command = (text: string) =>
  new URLSearchParams({
    command: '/coffer',
    text,
    user_id: 'U1',
    team_id: 'T1',
    trigger_id: randomUUID(),
  }).toString();

const kept = ({ locker }: Pick<TestLocker, 'locker'>) => locker.collections.inbox.countDocuments();

describe('the signature', () => {
  it('is taken if it is good, and what it signs is kept, sealed', async () => {
    await using t = await openTestLocker();
    const { status, body } = await receiverOf(t)(sign({ body: message(), type: json }));
    expect([status, body]).toEqual([200, undefined]);
    const [item] = await t.locker.collections.inbox.find().toArray();
    expect(item?.state).toBe('open');
    expect(JSON.stringify(item)).not.toContain('zebra-9431');
    expect(Buffer.from(item?.sealed?.buffer ?? []).includes('zebra-9431')).toBe(false);
  });

  it.each<[string, Partial<Sent>]>([
    ['is missing', { signature: undefined }],
    ['is another', { signature: `v0=${'0'.repeat(64)}` }],
    ['has another version', { signature: `v1=${'0'.repeat(64)}` }],
    ['is no signature', { signature: 'v0=zz' }],
    ['is stale', { skew: -400 }],
    ['is of the future', { skew: 400 }],
    ['is of a time that is none', { headers: { 'x-slack-request-timestamp': 'NaN' } }],
  ])('is refused if it %s, and nothing is kept', async (_title, change) => {
    await using t = await openTestLocker();
    const { status } = await receiverOf(t)(sign({ body: message(), type: json, ...change }));
    expect(status).toBe(401);
    expect(await kept(t)).toBe(0);
  });

  it('is refused over a body that was changed', async () => {
    await using t = await openTestLocker();
    const good = sign({ body: message(), type: json });
    const tampered = { ...good, rawBody: Buffer.from(message({ user: 'U2' })) };
    expect((await receiverOf(t)(tampered)).status).toBe(401);
    expect(await kept(t)).toBe(0);
  });

  it('is refused if it was taken before, also by a process that is gone', async () => {
    await using t = await openTestLocker();
    const request = sign({ body: command('list'), type: form });
    const receive = receiverOf(t);
    expect((await receive(request)).status).toBe(200);
    expect((await receive(request)).status).toBe(401);
    t.advance(5000);
    expect((await receiverOf(t)(request)).status).toBe(401);
    expect(await kept(t)).toBe(1);
  });
});

describe('what Slack sends', () => {
  it('is kept once, however often Slack sends it again', async () => {
    await using t = await openTestLocker();
    const receive = receiverOf(t);
    const headers = { 'x-slack-retry-num': '1', 'x-slack-retry-reason': 'http_timeout' };
    expect((await receive(sign({ body: message(), type: json }))).status).toBe(200);
    expect((await receive(sign({ body: message(), type: json, headers }))).status).toBe(200);
    expect((await receive(sign({ body: message(), type: json, skew: 1 }))).status).toBe(200);
    expect(await kept(t)).toBe(1);
  });

  it('is answered where it asks whether this is the right address', async () => {
    await using t = await openTestLocker();
    const receive = receiverOf(t);
    const body = JSON.stringify({ type: 'url_verification', challenge: '3eZbrw1a' });
    expect(await receive(sign({ body, type: json }))).toMatchObject({ status: 200, body: '3eZbrw1a' });
    expect((await receive(sign({ body, type: json, signature: undefined }))).status).toBe(401);
  });

  it('is nothing if it only looks at the certificate, whatever else it holds', async () => {
    await using t = await openTestLocker();
    const receive = receiverOf(t);
    const unsigned = { type: form, signature: undefined };
    expect((await receive(sign({ body: `ssl_check=1&${command('list')}`, ...unsigned }))).status).toBe(200);
    expect((await receive(sign({ body: `ssl_check=2&${command('list')}`, ...unsigned }))).status).toBe(401);
    expect(await kept(t)).toBe(0);
  });

  it('is refused with 400 if it cannot be read', async () => {
    await using t = await openTestLocker();
    const receive = receiverOf(t);
    expect((await receive(sign({ body: '{"type":', type: json }))).status).toBe(400);
    expect((await receive(sign({ body: 'payload=%7B', type: form }))).status).toBe(400);
  });

  it.each([
    ['of a program', { bot_id: 'B1' }],
    ['that was changed', { subtype: 'message_changed' }],
    ['in a channel', { channel: 'C1', channel_type: 'channel' }],
    ['of another kind', { type: 'reaction_added' }],
    ['about a file that comes as a message too', { type: 'file_shared', file_id: 'F1' }],
  ])('is acknowledged and dropped if it is an event %s', async (_title, event) => {
    await using t = await openTestLocker();
    expect((await receiverOf(t)(sign({ body: message(event), type: json }))).status).toBe(200);
    expect(await kept(t)).toBe(0);
  });

  it('is answered at once if a form lacks something', async () => {
    await using t = await openTestLocker();
    const payload = {
      type: 'view_submission',
      trigger_id: 't',
      user: { id: 'U1' },
      view: { callback_id: 'coffer-upload' },
    };
    const body = new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
    const answer = await receiverOf(t)(sign({ body, type: form }));
    expect(JSON.parse(answer.body ?? '')).toMatchObject({
      response_action: 'errors',
      errors: { files: expect.any(String) },
    });
    expect(await kept(t)).toBe(0);
  });
});

/** An inbox behind a database whose answers take their time. */
async function openSlow({ disk = true } = {}) {
  const uri = new URL(inject('mongodUri'));
  let delayMs = 0;
  const sockets = new Set<Socket>();
  const proxy = createProxy((client) => {
    const upstream = connectSocket(Number(uri.port), uri.hostname);
    client.pipe(upstream);
    upstream.on('data', (data) => setTimeout(() => client.destroyed || client.write(data), delayMs));
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(one);
      one.on('error', () => {}).on('close', () => other.destroy());
    }
  });
  await new Promise<void>((resolve) => void proxy.listen(0, '127.0.0.1', resolve));
  const { port } = proxy.address() as AddressInfo;
  const database = await connect(`mongodb://127.0.0.1:${port}/t-${randomUUID()}?directConnection=true`);
  await prepareCollections(database.db);
  const collections = openCollections(database.db);
  const log = createLog('silent');
  const folder = await mkdtemp(join(tmpdir(), 'coffer-test-'));
  // Nothing can be kept below a file.
  const spoolFolder = join(folder, disk ? 'inbox' : 'file/inbox');
  if (!disk) await writeFile(join(folder, 'file'), '');
  const parts = { collections, key: randomKey(), spoolFolder, log, now: () => new Date() };
  const inbox = new Inbox(parts);
  const intake = new Intake(inbox, log, async () => undefined);
  const [route] = new HttpReceiver(secret, intake, log, () => Date.now()).routes;
  if (route === undefined) throw new Error('no route');
  return {
    receive: (request: ReturnType<typeof sign>) => route.handle(request),
    /** Works on everything, as the next process would. @returns ids, in the order of the work. */
    work: async (count: number) => {
      const seen: string[] = [];
      const enough = new EventEmitter();
      const done = once(enough, 'done');
      const worker = new Inbox(parts).work('slack', async ({ id }) => {
        if (seen.push(id) === count) enough.emit('done');
      });
      await done;
      await worker.stop();
      return seen;
    },
    slow: (ms: number) => void (delayMs = ms),
    [Symbol.asyncDispose]: async () => {
      delayMs = 0;
      await database.db.dropDatabase();
      await database.close();
      for (const socket of sockets) socket.destroy();
      proxy.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

describe('a slow database', () => {
  it.each([2900, 20_000])('that takes %i ms for an answer lets everything be taken in time', async (ms) => {
    await using t = await openSlow();
    t.slow(ms);
    // As Slack does, if this machine is too busy to write to its disk in time.
    const receive = async (body: string, retries = 0): Promise<number> => {
      const headers: Record<string, string> = retries === 0 ? {} : { 'x-slack-retry-num': String(retries) };
      const { status } = await t.receive(sign({ body, type: json, headers }));
      return status === 503 && retries < 3 ? receive(body, retries + 1) : status;
    };
    const events = Array.from({ length: 6 }, (_none, i) => receive(message({}, `Ev${i}`)));
    for (const status of await Promise.all(events)) expect(status).toBe(200);
    t.slow(0);
    expect(new Set(await t.work(6)).size).toBe(6);
  });

  it('makes nothing of an event that Slack sends again', async () => {
    await using t = await openSlow();
    t.slow(20_000);
    const first = message();
    expect((await t.receive(sign({ body: first, type: json }))).status).toBe(200);
    const headers = { 'x-slack-retry-num': '1' };
    expect((await t.receive(sign({ body: first, type: json, headers }))).status).toBe(200);
    t.slow(0);
    expect((await t.receive(sign({ body: message({}, 'Ev2'), type: json }))).status).toBe(200);
    expect(new Set(await t.work(2)).size).toBe(2);
  });

  it('lets a command say that it is slow', async () => {
    await using t = await openSlow();
    t.slow(20_000);
    const { status, body } = await t.receive(sign({ body: command('list'), type: form }));
    expect(status).toBe(200);
    expect(JSON.parse(body ?? '')).toMatchObject({
      response_type: 'ephemeral',
      text: expect.stringContaining('I have this'),
    });
    t.slow(0);
    expect(await t.work(1)).toHaveLength(1);
  });

  it('lets Slack send again what the disk does not take either', async () => {
    await using t = await openSlow({ disk: false });
    t.slow(20_000);
    expect((await t.receive(sign({ body: message(), type: json }))).status).toBe(503);
    const { body } = await t.receive(sign({ body: command('list'), type: form }));
    expect(body).toContain('send it again');
  });
});
