import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { connect as connectSocket } from 'node:net';
import type { Server } from '@hapi/hapi';
import { createServer } from '../../api/server.ts';
import { afterAll, beforeAll } from 'vitest';
import type { Role } from '../../src/accounts/documents.ts';
import type { Locker } from '../../src/locker.ts';
import { type Body, type Client, openTestServer, type TestServer } from '../support/server.ts';

export interface FileBody {
  id: string;
  name: string;
  folder: string | null;
  tags: string[];
  mediaType: string;
  description: string;
  sizeBytes: number;
  sha256: string;
  version: number;
  createdAt: string;
  updatedAt: string;
  trashedAt: string | null;
  owner: string;
  access: string;
}
export interface ProblemBody {
  type: string;
  title: string;
  status: number;
  code: string;
  detail?: string;
  requestId: string;
  subject?: string;
  scope?: string;
  error?: string;
}
export interface TokenBody {
  access_token: string;
  refresh_token: string;
  token_type: string;
  expires_in: number;
  scope: string;
}

/** One server for the tests of a block that leave nothing behind, or work in accounts of their own. */
export function sharedServer(): { readonly t: TestServer; newcomer(role?: Role): Promise<Client> } {
  let opened: TestServer | undefined;
  let count = 0;
  const t = () => {
    if (opened === undefined) throw new Error('the server opens before the tests');
    return opened;
  };
  beforeAll(async () => {
    opened = await openTestServer();
  });
  afterAll(() => opened?.[Symbol.asyncDispose]());
  return {
    get t() {
      return t();
    },
    newcomer: (role) => t().signUp(`person${count++}`, role),
  };
}

/** Saves a file, which must succeed. */
export async function upload(
  client: Client,
  name: string,
  body: Body = 'hello',
  query: Record<string, string> = {},
  headers: Record<string, string> = {},
): Promise<FileBody> {
  const parameters = new URLSearchParams({ name, ...query });
  const answer = await client.json<FileBody>('POST', `/v1/files?${String(parameters)}`, { body, headers });
  if (answer.status !== 201) throw new Error(`upload answered ${JSON.stringify(answer)}`);
  return answer.body;
}

/** The same, but for what is different in every answer. */
export function withoutRequestId(body: unknown): unknown {
  const { requestId: _requestId, ...rest } = body as Record<string, unknown>;
  return rest;
}

/** The server as operators run it: answers are not held against their schemas. */
export async function startPlainServer(
  locker: Locker,
): Promise<{ server: Server; url: string } & AsyncDisposable> {
  const server = await createServer(locker, { host: '127.0.0.1', port: 0, log: locker.log });
  await server.start();
  return {
    server,
    url: server.info.uri,
    [Symbol.asyncDispose]: () => server.stop({ timeout: 1000 }),
  };
}

export interface RawAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
}

/** Sends headers that fetch would not. */
export const sendRaw = (
  url: string,
  method: string,
  path: string,
  headers: Record<string, string | string[]> = {},
  body = '',
): Promise<RawAnswer> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const request = httpRequest({ hostname, port, method, path, headers, agent: false }, (response) => {
      const pieces: Buffer[] = [];
      response.on('data', (piece: Buffer) => pieces.push(piece));
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text: Buffer.concat(pieces).toString('utf8'),
        }),
      );
      response.on('error', reject);
    });
    request.on('error', reject);
    request.end(body);
  });

/** Writes bytes to a socket as they are, and hangs up when told. */
export async function openSocket(url: string): Promise<{
  write(text: string | Uint8Array): void;
  /** What came, once the server or we ended the connection. */
  readonly closed: Promise<string>;
  hangUp(): void;
}> {
  const { hostname, port } = new URL(url);
  const socket = connectSocket(Number(port), hostname);
  let received = '';
  socket.on('data', (piece) => {
    received += piece.toString('latin1');
  });
  const closed = new Promise<string>((resolve) => {
    socket.on('error', () => {});
    socket.on('close', () => resolve(received));
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', () => resolve());
    socket.once('error', reject);
  });
  return { write: (text) => void socket.write(text), closed, hangUp: () => socket.destroy() };
}

/** Waits until something holds, or gives up and says what it saw last. */
export async function eventually<T>(look: () => Promise<T>, holds: (seen: T) => boolean): Promise<T> {
  const deadline = Date.now() + 5000;
  for (;;) {
    const seen = await look();
    if (holds(seen) || Date.now() > deadline) return seen;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Everything that an upload leaves behind. */
export async function stored({ locker }: Pick<TestServer, 'locker'>) {
  const { files, chunks, contentFiles, accounts } = locker.collections;
  const all = await accounts.find().toArray();
  return {
    files: await files.countDocuments(),
    contents: await contentFiles.countDocuments(),
    chunks: await chunks.countDocuments(),
    pending: all.flatMap(({ pending }) => pending).length,
    usedBytes: all.reduce((sum, account) => sum + account.usedBytes + account.pendingBytes, 0),
  };
}
export const nothingStored = { files: 0, contents: 0, chunks: 0, pending: 0, usedBytes: 0 };

/** What is stored, once all that was under way is settled. */
export const settled = (t: Pick<TestServer, 'locker'>) =>
  eventually(
    () => stored(t),
    ({ pending }) => pending === 0,
  );

/**
 * Runs something and returns what the process would have died of: errors that nobody listened for. In production any
 * of them ends the server.
 */
export async function fatalErrors(work: () => Promise<void>): Promise<string[]> {
  const events = ['uncaughtException', 'unhandledRejection'] as const;
  const kept = events.map((event) => process.listeners(event as 'uncaughtException'));
  const seen: string[] = [];
  const note = (error: unknown) => void seen.push(String(error));
  for (const event of events) {
    process.removeAllListeners(event);
    process.on(event, note);
  }
  try {
    await work();
    // Emitted in a later turn of the event loop than the answer.
    for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
  } finally {
    for (const [index, event] of events.entries()) {
      process.removeAllListeners(event);
      for (const listener of kept[index] ?? []) process.on(event as 'uncaughtException', listener);
    }
  }
  return seen;
}

/** A form that is written by hand, since clients differ in what they send. */
export function form(
  parts: readonly { headers: readonly string[]; body: string }[],
  { boundary = 'frontier', end = true }: { boundary?: string; end?: boolean } = {},
): { body: string; headers: Record<string, string> } {
  const text = parts
    .map(({ headers, body }) => `--${boundary}\r\n${headers.join('\r\n')}\r\n\r\n${body}\r\n`)
    .join('');
  return {
    body: `${text}${end ? `--${boundary}--\r\n` : ''}`,
    headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
  };
}
export const field = (name: string, value: string) => ({
  headers: [`Content-Disposition: form-data; name="${name}"`],
  body: value,
});
export const filePart = (filename: string, body = 'hello', type = 'text/plain') => ({
  headers: [`Content-Disposition: form-data; name="file"; filename="${filename}"`, `Content-Type: ${type}`],
  body,
});
