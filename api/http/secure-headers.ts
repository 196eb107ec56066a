import type { Server } from '@hapi/hapi';

/** Headers of every answer, unless a route set its own. */
const headers = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
} as const;

/** Sets them at the very end, on errors too. @param https whether the world reaches the server by https only. */
export function secureHeaders(server: Server, https: boolean): void {
  server.ext('onPreResponse', ({ response }, h) => {
    if (response instanceof Error) return h.continue;
    const all = https
      ? { ...headers, 'strict-transport-security': 'max-age=31536000; includeSubDomains' }
      : headers;
    for (const [name, value] of Object.entries(all)) response.header(name, value, { override: false });
    return h.continue;
  });
}
