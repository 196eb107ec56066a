import hapi, { type Server } from '@hapi/hapi';
import { isLoopback, Networks } from '../src/limits/address.ts';
import type { Log } from '../src/log.ts';
import { randomId } from '../src/ids.ts';
import type { Locker } from '../src/locker.ts';
import { type ChatRoute, mountChatRoutes } from './chat-routes.ts';
import { docsRoute } from './docs.ts';
import { boundBodies } from './http/bound-bodies.ts';
import { DeepListener } from './http/deep-listener.ts';
import { logRequests } from './http/log-requests.ts';
import { meterRequests } from './http/meter-requests.ts';
import { countFailedSignIn, limitRates } from './http/rate-limit.ts';
import { paceRefusals } from './http/refusal-pace.ts';
import { secureHeaders } from './http/secure-headers.ts';
import { speakTus } from './http/tus.ts';
import { cutUnread, defaultUnreadMs } from './http/cut-unread.ts';
import { defaultUploadIdleMs } from './http/upload-idle.ts';
import { isOwnToken, registerJwt } from './jwt.ts';
import { openApiDocument } from './openapi.ts';
import { problemResponse, toLockerError } from './problem.ts';
import { maxParsedBytes, register } from './register.ts';
import { operations } from './routes/index.ts';

export interface ServerOptions {
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  /** How the world reaches it; where it listens if absent. */
  readonly publicUrl?: string | undefined;
  readonly log: Log;
  /** Addresses and networks of proxies whose X-Forwarded-For is believed. */
  readonly trustedProxies?: readonly string[];
  /** What a scraper of /metrics must show. */
  readonly metricsToken?: string | undefined;
  /** How long an upload may send nothing, milliseconds. */
  readonly uploadIdleMs?: number;
  /** How long an answer may lie unread, milliseconds. */
  readonly unreadMs?: number;
  /** Time to send all headers of a request, milliseconds; bodies may take as long as they move. */
  readonly headersTimeoutMs?: number;
  /** Hold every JSON answer against its schema: for tests. */
  readonly validateAnswers?: boolean;
  /** Endpoints of chats. */
  readonly chatRoutes?: readonly ChatRoute[];
}

const defaultHeadersTimeoutMs = 60_000;

/** Makes the HTTP server of a locker, ready to start. */
export async function createServer(locker: Locker, options: ServerOptions): Promise<Server> {
  const headersTimeout = options.headersTimeoutMs ?? defaultHeadersTimeoutMs;
  const server = hapi.server({
    listener: new DeepListener({
      headersTimeout,
      connectionsCheckingInterval: headersTimeout / 6,
      // Node ends any request after five minutes otherwise, and with it every long upload.
      requestTimeout: 0,
    }),
    host: options.host,
    port: options.port,
    compression: false,
    debug: false,
    router: { stripTrailingSlash: true },
    routes: { cors: false, response: { emptyStatusCode: 200 }, state: { parse: true, failAction: 'ignore' } },
    // Cookies of whatever else is on the same host come too: one that hapi cannot read is no reason to refuse the others.
    state: { ignoreErrors: true },
  });
  // Part of every request id, which clients see: hapi's own would name this machine.
  server.info.id = randomId(8);
  server.app.publicUrl = options.publicUrl;
  server.app.trustedProxies = new Networks(options.trustedProxies ?? []);
  server.app.metricsToken = options.metricsToken;
  server.app.isPublic = options.publicUrl !== undefined && !isLocal(options.publicUrl);
  server.app.uploadIdleMs = options.uploadIdleMs ?? defaultUploadIdleMs;

  await registerJwt(server, locker);
  for (const operation of operations) register(server, locker, operation, options.validateAnswers ?? false);
  mountChatRoutes(server, options.chatRoutes ?? []);
  server.route(docsRoute(() => openApiDocument(operations, options.publicUrl ?? server.info.uri)));

  logRequests(server, options.log);
  meterRequests(server, locker.meter);
  server.ext('onPreResponse', async (request, h) => {
    const { response } = request;
    if (!(response instanceof Error)) return h.continue;
    const problem = toLockerError(response, options.log, request.info.id);
    const { authorization }: { authorization?: unknown } = request.headers;
    const guessed = authorization !== undefined && !isOwnToken(locker.keyring, authorization);
    const error = await countFailedSignIn(locker, request, problem, guessed);
    locker.meter.errors.inc({ code: error.code });
    return problemResponse(error, request, h);
  });
  limitRates(server, locker);
  speakTus(server);
  // After tus, which may say that a POST means something else.
  boundBodies(server, maxParsedBytes, server.app.uploadIdleMs);
  cutUnread(server, options.unreadMs ?? defaultUnreadMs);
  paceRefusals(server);
  secureHeaders(server, options.publicUrl?.startsWith('https:') ?? false);
  return server;
}

/** True if an address of ours leads to this machine only. */
function isLocal(url: string): boolean {
  const { hostname } = new URL(url);
  return hostname === 'localhost' || isLoopback(hostname.replace(/^\[|\]$/g, ''));
}
