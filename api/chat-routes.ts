import type { Request, ResponseToolkit, Server } from '@hapi/hapi';
import { clientAddress } from './http/client-address.ts';

/** An endpoint of a chat, in the shape in which the chats hand it over: this folder knows nothing else of them. */
export interface ChatRoute {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly maxBytes: number;
  handle(request: {
    readonly rawBody: Buffer;
    readonly headers: Readonly<Record<string, string | undefined>>;
    readonly address: string;
  }): Promise<{
    readonly status: number;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string;
  }>;
}

/**
 * Mounts the endpoints of the chats. They are not part of the API: no budget counts their requests, all of which come
 * from a few addresses of the chat, and each of them proves itself by what it carries.
 */
export function mountChatRoutes(server: Server, routes: readonly ChatRoute[]): void {
  for (const route of routes) {
    const { method, path, maxBytes } = route;
    server.route({
      method,
      path,
      options: {
        auth: false,
        plugins: { rate: { budget: 'none' }, body: { maxBytes } },
        ...(method === 'GET' ? {} : { payload: { parse: false, output: 'data', maxBytes } }),
      },
      handler: async (request, h) => answer(await route.handle(readRequest(request)), h),
    });
  }
}

const readRequest = (request: Request) => ({
  rawBody: Buffer.isBuffer(request.payload) ? request.payload : Buffer.alloc(0),
  headers: request.headers as Record<string, string | undefined>,
  address: clientAddress(request),
});

function answer(
  { status, headers = {}, body = '' }: Awaited<ReturnType<ChatRoute['handle']>>,
  h: ResponseToolkit,
) {
  const response = h.response(body).code(status);
  if (headers['content-type'] === undefined) response.type('text/plain');
  for (const [name, value] of Object.entries(headers)) response.header(name, value);
  return response;
}
