import type { Server } from '@hapi/hapi';
import { LockerError } from '../../src/errors.ts';
import { whenIdle } from './upload-idle.ts';

/** Encodings that hapi undoes. */
const decoded: ReadonlySet<string> = new Set(['gzip', 'deflate', 'identity']);

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
    if (settings === undefined)
      throw new LockerError('not_found', { hint: 'There is no such route. See /docs.' });
    // Null in hapi's own settings of a GET, which its types do not say.
    const payload: typeof settings.payload | null = settings.payload;
    if (payload === null || payload === undefined)
      throw new LockerError('bad_request', {
        hint: `A ${request.method.toUpperCase()} takes no body here. Send none.`,
      });
    const encoding = req.headers['content-encoding']?.trim().toLowerCase() ?? 'identity';
    // hapi would read a body in any other encoding as if it had none.
    if (payload.parse === true && !decoded.has(encoding)) {
      throw new LockerError('unsupported_media', {
        subject: 'Content-Encoding',
        hint: `The body can be in ${[...decoded].join(', ')}.`,
      });
    }
    const limit = settings.plugins?.body?.maxBytes ?? maxParsedBytes;
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
