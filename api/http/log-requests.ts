import type { Server } from '@hapi/hapi';
import type { Log } from '../../src/log.ts';

/** Logs one line a request: the route's pattern, never the URL, since queries hold names and paths hold codes. */
export function logRequests(server: Server, log: Log): void {
  server.events.on('response', (request) => {
    const { response } = request;
    const status =
      response === null || response instanceof Error ? request.raw.res.statusCode : response.statusCode;
    log.info(
      {
        requestId: request.info.id,
        method: request.method.toUpperCase(),
        route: request.route.path,
        status,
        ms: Date.now() - request.info.received,
        ...(request.raw.res.writableFinished ? {} : { aborted: true }),
      },
      'request',
    );
  });
}
