import hapi, { type Server } from '@hapi/hapi';
import type { Log } from '../src/log.ts';
import { randomId } from '../src/ids.ts';
import type { Locker } from '../src/locker.ts';
import { docsRoute } from './docs.ts';
import { logRequests } from './http/log-requests.ts';
import { secureHeaders } from './http/secure-headers.ts';
import { registerJwt } from './jwt.ts';
import { openApiDocument } from './openapi.ts';
import { problemResponse, toLockerError } from './problem.ts';
import { register } from './register.ts';
import { operations } from './routes/index.ts';

export interface ServerOptions {
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  /** How the world reaches it; where it listens if absent. */
  readonly publicUrl?: string | undefined;
  readonly log: Log;
  /** Hold every JSON answer against its schema: for tests. */
  readonly validateAnswers?: boolean;
}

/** Time to send all headers of a request; bodies may take as long as they move. */
const headersTimeoutMs = 60_000;

/** Makes the HTTP server of a locker, ready to start. */
export async function createServer(locker: Locker, options: ServerOptions): Promise<Server> {
  const server = hapi.server({
    host: options.host,
    port: options.port,
    compression: false,
    debug: false,
    router: { stripTrailingSlash: true },
    routes: { cors: false, response: { emptyStatusCode: 200 } },
  });
  // Node ends any request after five minutes otherwise, and with it every long upload.
  server.listener.requestTimeout = 0;
  server.listener.headersTimeout = headersTimeoutMs;
  // Part of every request id, which clients see: hapi's own would name this machine.
  server.info.id = randomId(8);

  await registerJwt(server, locker);
  for (const operation of operations) register(server, locker, operation, options.validateAnswers ?? false);
  server.route(docsRoute(() => openApiDocument(operations, options.publicUrl ?? server.info.uri)));

  logRequests(server, options.log);
  server.ext('onPreResponse', (request, h) => {
    const { response } = request;
    if (!(response instanceof Error)) return h.continue;
    return problemResponse(
      toLockerError(response, options.log.child({ requestId: request.info.id })),
      request,
      h,
    );
  });
  secureHeaders(server, options.publicUrl?.startsWith('https:') ?? false);
  return server;
}
