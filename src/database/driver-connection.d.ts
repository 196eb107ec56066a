/** What `drained-connection.ts` needs of the driver's own connection, which its public types leave out. */
declare module 'mongodb/lib/cmap/connection.js' {
  import type { Socket } from 'node:net';

  /** A message on its way to the server, with the command's own document. */
  export interface DriverCommand {
    readonly requestId: number;
    readonly command?: Readonly<Record<string, unknown>>;
    /** What its caller passed to the driver, and more. */
    readonly options?: object;
  }

  export interface WriteOptions {
    readonly signal?: AbortSignal | undefined;
    /** The name of the compression, or `none`. */
    readonly agreedCompressor?: string | undefined;
    readonly timeoutContext?: { csotEnabled(): boolean } | undefined;
  }

  export class Connection {
    readonly socket: Socket;
    /** Closes the connection; whoever waits for an answer on it gets the error. */
    onError(error: Error): void;
    writeCommand(command: DriverCommand, options: WriteOptions): Promise<void>;
  }
}
