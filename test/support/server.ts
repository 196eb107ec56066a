import type { Readable } from 'node:stream';
import type { Server } from '@hapi/hapi';
import type { Role } from '../../src/accounts/documents.ts';
import { startSession } from '../../src/accounts/sessions.ts';
import { createServer, type ServerOptions } from '../../api/server.ts';
import { tokenResponse } from '../../api/jwt.ts';
import { createAccount } from '../../src/accounts/create-account.ts';
import type { Limits } from '../../src/locker.ts';
import { openTestLocker, type TestLocker } from './locker.ts';

/** What is sent as it is; plain objects become JSON. */
export type Body = string | Uint8Array | FormData | Readable;

/** A client of a running server, signed in or not. */
export interface Client {
  readonly token: string | undefined;
  readonly refreshToken: string | undefined;
  /** Sends a request to a path; objects become JSON. */
  send(
    method: string,
    path: string,
    options?: { body?: Body | object; headers?: Record<string, string> },
  ): Promise<Response>;
  /** The same, and reads the JSON answer. */
  json<T = Record<string, unknown>>(
    method: string,
    path: string,
    options?: { body?: Body | object; headers?: Record<string, string> },
  ): Promise<{ status: number; body: T }>;
}

/** A locker behind its real HTTP server on a port of the system's choice. Every JSON answer is held against its schema. */
export interface TestServer extends TestLocker {
  readonly server: Server;
  readonly url: string;
  readonly stranger: Client;
  client(token?: string, refreshToken?: string): Client;
  /** Makes an account and signs it in. */
  signUp(handle: string, role?: Role): Promise<Client>;
}

export async function openTestServer(
  limits: Partial<Limits> = {},
  options: Partial<ServerOptions> = {},
): Promise<TestServer> {
  const opened = await openTestLocker(limits);
  const { locker } = opened;
  const server = await createServer(locker, {
    host: '127.0.0.1',
    port: 0,
    log: locker.log,
    validateAnswers: true,
    ...options,
  });
  await server.start();
  const url = server.info.uri;
  const client = (token?: string, refreshToken?: string): Client => makeClient(url, token, refreshToken);
  return {
    ...opened,
    server,
    url,
    stranger: client(),
    client,
    signUp: async (handle, role = 'member') => {
      const account = await createAccount(locker, handle, role);
      const { access_token, refresh_token } = tokenResponse(
        locker,
        await startSession(locker, { door: 'api', client: 'test', address: '127.0.0.1' }, account),
      );
      return client(access_token, refresh_token);
    },
    [Symbol.asyncDispose]: async () => {
      await server.stop({ timeout: 1000 });
      await opened[Symbol.asyncDispose]();
    },
  };
}

function makeClient(url: string, token: string | undefined, refreshToken: string | undefined): Client {
  const send: Client['send'] = (method, path, { body, headers = {} } = {}) => {
    const plain = typeof body === 'object' && body.constructor === Object;
    return fetch(`${url}${path}`, {
      method,
      redirect: 'manual',
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(plain ? { 'content-type': 'application/json' } : {}),
        ...headers,
      },
      ...(body === undefined ? {} : { body: plain ? JSON.stringify(body) : body, duplex: 'half' }),
    } as RequestInit);
  };
  return {
    token,
    refreshToken,
    send,
    json: async <T>(method: string, path: string, options?: Parameters<Client['send']>[2]) => {
      const response = await send(method, path, options);
      const text = await response.text();
      return { status: response.status, body: (text === '' ? {} : JSON.parse(text)) as T };
    },
  };
}
