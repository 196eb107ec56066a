import { MongoError, MongoNetworkError } from 'mongodb';
import { Connection, type DriverCommand, type WriteOptions } from 'mongodb/lib/cmap/connection.js';
import { longInsertParts } from './long-insert.ts';
import { checkSending } from './send-check.ts';

/**
 * The driver's connection, with one flaw of it mended (mongodb 7.9.0, lib/cmap/connection.js, `writeCommand`): it waits for
 * the socket to drain, and hears neither that the socket was closed nor that it was before. So a write that is cut off by
 * the end of the database never settles, and everything that waits behind it, such as the audit trail, waits for ever. It
 * also lets errors of the socket out as they are, which nothing recognises as a lost connection.
 *
 * And it sends long bytes from where they lie, instead of copying them into a message first, and asks the check of
 * `sendOnlyIf` before anything leaves.
 */
export class DrainedConnection extends Connection {
  override async writeCommand(command: DriverCommand, options: WriteOptions): Promise<void> {
    checkSending(command.options);
    const { socket } = this;
    const written = this.#writeInParts(command, options) ?? super.writeCommand(command, options);
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

  /** Undefined if the command is one for the driver. */
  #writeInParts(command: DriverCommand, options: WriteOptions): Promise<void> | undefined {
    const { socket } = this;
    if (options.agreedCompressor !== 'none' || options.timeoutContext?.csotEnabled() === true)
      return undefined;
    const parts = longInsertParts(command);
    if (parts === undefined) return undefined;
    return new Promise((resolve, reject) => {
      const last = parts.length - 1;
      socket.cork();
      for (const [index, part] of parts.entries())
        socket.write(part, index === last ? (error) => (error ? reject(error) : resolve()) : undefined);
      socket.uncork();
    });
  }
}
