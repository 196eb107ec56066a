import type { Server } from '@hapi/hapi';
import type { Socket } from 'node:net';

/** How long an answer may lie unread, milliseconds. */
export const defaultUnreadMs = 5 * 60_000;

/**
 * Cuts connections whose client takes none of an answer for `idleMs`. Each would hold memory, and a use of a link, for as
 * long as it likes. A pause of ours does not count: then nothing waits to be read.
 */
export function cutUnread(server: Server, idleMs: number): void {
  /** What each connection had taken when that last changed. */
  const connections = new Map<Socket, { taken: number; since: number }>();
  server.listener.on('connection', (socket: Socket) => {
    connections.set(socket, { taken: 0, since: performance.now() });
    socket.once('close', () => connections.delete(socket));
  });
  const check = () => {
    const now = performance.now();
    for (const [socket, known] of connections) {
      const taken = socket.bytesWritten - socket.writableLength;
      if (socket.writableLength === 0 || taken !== known.taken)
        connections.set(socket, { taken, since: now });
      else if (now - known.since >= idleMs) socket.destroy();
    }
  };
  let timer: NodeJS.Timeout | undefined;
  server.ext('onPreStart', () => {
    timer = setInterval(check, idleMs / 4).unref();
  });
  server.ext('onPostStop', () => clearInterval(timer));
}
