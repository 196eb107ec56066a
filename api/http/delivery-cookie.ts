import type { Request, ResponseObject } from '@hapi/hapi';
import { publicUrl } from './public-url.ts';

/** For clients without cookies: names the delivery, in the answer and in the request that takes it up again. */
export const deliveryHeader = 'coffer-delivery';
const cookieName = 'coffer_delivery';
const maxAgeSeconds = 3600;

/** The delivery that a client takes up again, if it says so. */
export function resumedDelivery(request: Request): string | undefined {
  const header: unknown = request.headers[deliveryHeader];
  const cookie: unknown = (request.state as Record<string, unknown> | null)?.[cookieName];
  const secret = header ?? cookie;
  return typeof secret === 'string' && secret !== '' && secret.length <= 64 ? secret : undefined;
}

/** Gives the client what it takes the delivery up with: only for the link at `path`. */
export function nameDelivery(request: Request, response: ResponseObject, secret: string, path: string): void {
  const secure = publicUrl(request).startsWith('https:') ? '; Secure' : '';
  response.header(deliveryHeader, secret);
  response.header(
    'set-cookie',
    `${cookieName}=${secret}; Path=${path}; Max-Age=${maxAgeSeconds}; HttpOnly; SameSite=Strict${secure}`,
  );
}
