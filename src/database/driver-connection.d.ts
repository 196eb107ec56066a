/** What `drained-connection.ts` needs of the driver's own connection, which its public types leave out. */
declare module 'mongodb/lib/cmap/connection.js' {
  import type { Socket } from 'node:net';

  export class Connection {
    readonly socket: Socket;
    /** Closes the connection; whoever waits for an answer on it gets the error. */
    onError(error: Error): void;
    writeCommand(command: unknown, options: { readonly signal?: AbortSignal | undefined }): Promise<void>;
  }
}
