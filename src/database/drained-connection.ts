import { MongoError, MongoNetworkError } from 'mongodb';
import { Connection, type DriverCommand } from 'mongodb/lib/cmap/connection.js';
import { checkSending } from './send-only-while.ts';

/** The commands that are under the check of `sendOnlyWhile`. */
const writes = ['insert', 'update'];

/**
 * The driver's connection, with one flaw of it mended (mongodb 7.9.0, lib/cmap/connection.js, `writeCommand`): it waits for
 * the socket to drain, and hears neither that the socket was closed nor that it was before. So a write that is cut off by
 * the end of the database never settles, and everything that waits behind it, such as the audit trail, waits for ever. It
 * also lets errors of the socket out as they are, which nothing recognises as a lost connection.
 */
export class DrainedConnection extends Connection {
  override async writeCommand(
    command: DriverCommand,
    options: { readonly signal?: AbortSignal | undefined },
  ): Promise<void> {
    if (writes.some((name) => command.command?.[name] !== undefined)) checkSending();
    const { socket } = this;
    const written = super.writeCommand(command, options);
    let stopListening: (() => void) | undefined;
    const closed = new Promise<never>((_resolve, reject) => {
      const onClose = () =>
        reject(new MongoNetworkError('the connection was closed while a command was written'));
      if (socket.closed) onClose();
      else socket.once('close', onClose);
      stopListening = () => socket.off('close', onClose);
    });
    try {
      await Promise.race([written, closed]);
    } catch (error) {
      if (error instanceof MongoError || error === options.signal?.reason) throw error;
      const lost = new MongoNetworkError('a command could not be written', {
        cause: error instanceof Error ? error : new Error(String(error)),
      });
      this.onError(lost);
      throw lost;
    } finally {
      stopListening?.();
    }
  }
}
