import { Server } from 'node:http';

/** Connections that wait for us to accept them. With Node's 511, a thousand that come at once are partly reset by the system. */
const backlog = 4096;

/** An HTTP listener with a deep queue. hapi starts it with a port and a host, and has no word for the queue. */
export class DeepListener extends Server {
  override listen(...args: unknown[]): this {
    const [port, host, done] = args;
    return typeof port === 'number' && typeof done === 'function'
      ? super.listen({ port, host: typeof host === 'string' ? host : undefined, backlog }, () => void done())
      : super.listen(...(args as []));
  }
}
