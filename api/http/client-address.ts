import type { Request } from '@hapi/hapi';
import { isIP } from 'node:net';
import { type Networks, normalizeAddress } from '../../src/limits/address.ts';

/**
 * The address of whoever sent a request. Only what trusted proxies wrote is believed: the list is walked from its end,
 * where the nearest proxy wrote, as long as the one that wrote is trusted. What a client puts there itself is never reached.
 */
export function clientAddress(request: Request): string {
  request.app.address ??= resolveAddress(
    request.info.remoteAddress,
    request.headers['x-forwarded-for'],
    request.server.app.trustedProxies,
  );
  return request.app.address;
}

/** @param forwarded the header as Node has it: several are joined by commas. */
export function resolveAddress(peer: string | undefined, forwarded: unknown, trusted: Networks): string {
  let address = normalizeAddress(peer ?? '') ?? 'unknown';
  const entries = typeof forwarded === 'string' ? forwarded.split(',') : [];
  for (const entry of entries.toReversed()) {
    if (!trusted.has(address)) break;
    const next = parseEntry(entry);
    if (next === undefined) break;
    address = next;
  }
  return address;
}

/** Some proxies write the port too: `192.0.2.1:4711`, `[2001:db8::1]:4711`. */
function parseEntry(entry: string): string | undefined {
  const text = entry.trim();
  const host = /^\[([^\]]+)\](?::\d{1,5})?$/.exec(text)?.[1] ?? /^([\d.]+):\d{1,5}$/.exec(text)?.[1] ?? text;
  return isIP(host) === 0 ? undefined : normalizeAddress(host);
}
