import { timingSafeEqual } from 'node:crypto';
import type { Request } from '@hapi/hapi';
import { LockerError } from '../../src/errors.ts';
import { hashSecret } from '../../src/ids.ts';
import { isLoopback, normalizeAddress } from '../../src/limits/address.ts';
import { scrape } from '../../src/metrics/scrape.ts';
import { operation } from '../operation.ts';

export const metricsOperations = [
  operation({
    method: 'GET',
    path: '/metrics',
    id: 'metrics',
    tag: 'Operations',
    summary: 'Metrics for Prometheus',
    description:
      'For whoever shows the bearer token of `COFFER_METRICS_TOKEN`. Without that variable only for this machine itself, and not behind a proxy; for everyone else there is no such route.',
    auth: 'public',
    answers: { 200: { description: 'The text format', mediaType: 'text/plain' } },
    errors: ['not_found'],
    handler: async ({ locker, request, h }) => {
      if (!mayScrape(request))
        throw new LockerError('not_found', { hint: 'There is no such route. See /docs.' });
      const { contentType, text } = await scrape(locker);
      return h.response(text).header('content-type', contentType);
    },
  }),
];

function mayScrape(request: Request): boolean {
  const { metricsToken, isPublic, trustedProxies } = request.server.app;
  const { headers } = request;
  if (metricsToken !== undefined) {
    const { authorization }: { authorization?: unknown } = headers;
    const [, shown] = typeof authorization === 'string' ? (/^Bearer (\S+)$/i.exec(authorization) ?? []) : [];
    return shown !== undefined && timingSafeEqual(hashSecret(shown), hashSecret(metricsToken));
  }
  // A proxy on this machine comes from loopback too, and would open this to the world. Not every one says that it is one.
  const forwarded = proxyHeaders.some((name) => name in headers);
  const peer = normalizeAddress(request.info.remoteAddress) ?? '';
  const isDirect = isLoopback(peer) && !forwarded && !trustedProxies.has(peer);
  return isDirect && !isPublic && isLocalName(request.info.host);
}

const proxyHeaders = [
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'forwarded',
  'x-real-ip',
  'via',
];

/** Also keeps out a page in a browser on this machine whose own name was made to lead here. */
function isLocalName(host: string): boolean {
  const name = /^(?:\[([^\]]+)\]|([^:]+))(?::\d+)?$/
    .exec(host)
    ?.slice(1)
    .find((part) => part !== undefined);
  if (name === undefined) return false;
  return /(?:^|\.)localhost$/i.test(name) || isLoopback(normalizeAddress(name) ?? '');
}
