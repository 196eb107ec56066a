import type { Server } from '@hapi/hapi';
import type { Meter } from '../../src/metrics/meter.ts';

const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** Measures every request, by the pattern of its route and never by its URL. */
export function meterRequests(server: Server, meter: Meter): void {
  server.ext('onRequest', (request, h) => {
    meter.httpInFlight.inc();
    request.raw.res.once('close', () => meter.httpInFlight.dec());
    return h.continue;
  });
  server.events.on('response', ({ method, route, info, raw }) => {
    const name = method.toUpperCase();
    meter.httpSeconds.observe(
      {
        method: methods.has(name) ? name : 'other',
        // hapi's own route for what is not found.
        route: route.path === '/{p*}' ? 'none' : route.path,
        status: String(raw.res.statusCode),
      },
      (Date.now() - info.received) / 1000,
    );
  });
}
