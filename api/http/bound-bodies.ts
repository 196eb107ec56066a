import type { Server } from '@hapi/hapi';
import { LockerError } from '../../src/errors.ts';
import { whenIdle } from './upload-idle.ts';

/**
 * Keeps strangers from holding connections with bodies that nobody reads: a body that is too large for its route, or
 * that no route takes, is refused before it is read (hapi would read it to its end first), and one that stands still is cut off.
 */
export function boundBodies(server: Server, maxParsedBytes: number, idleMs: number): void {
  server.ext('onRequest', (request, h) => {
    const { req, res } = request.raw;
    const length = Number(req.headers['content-length'] ?? 0);
    const chunked = req.headers['transfer-encoding'] !== undefined;
    if (length === 0 && !chunked) return h.continue;
    const settings = routeOf(server, request.method, request.path)?.settings;
    const payload = settings?.payload;
    if (payload === undefined)
      throw new LockerError('not_found', { hint: 'There is no such route. See /docs.' });
    const limit = settings?.plugins?.body?.maxBytes ?? maxParsedBytes;
    if (payload.output !== 'stream' && length > limit) {
      throw new LockerError('bad_request', {
        limit,
        actual: length,
        hint: 'The request body is too large for this route.',
      });
    }
    // Those that are streamed look after themselves.
    if (payload.output !== 'stream') whenIdle(req, res, idleMs, () => req.destroy());
    return h.continue;
  });
}

function routeOf(server: Server, method: string, path: string) {
  try {
    return server.match(method as 'get', path) ?? undefined;
  } catch {
    // A path that is no path, such as one with a broken escape.
    return undefined;
  }
}
