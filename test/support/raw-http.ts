import { connect, type Socket } from 'node:net';

/** A connection on which a test says exactly what it wants. */
export interface RawConnection {
  write(text: string | Uint8Array): void;
  /** Everything that came, once the other side has closed or broken the connection. */
  readonly ended: Promise<string>;
  /** What came so far. */
  received(): string;
  /** Reads no more, until `resume`. */
  pause(): void;
  resume(): void;
  destroy(): void;
}

/** Opens a TCP connection to a server under test. */
export function openRaw(url: string): RawConnection {
  const { hostname, port } = new URL(url);
  const socket: Socket = connect(Number(port), hostname);
  let text = '';
  socket.setEncoding('latin1');
  socket.on('data', (piece: string) => (text += piece));
  const ended = new Promise<string>((resolve) => {
    socket.on('error', () => {});
    socket.on('close', () => resolve(text));
  });
  return {
    write: (bytes) => void socket.write(bytes),
    ended,
    received: () => text,
    pause: () => void socket.pause(),
    resume: () => void socket.resume(),
    destroy: () => void socket.destroy(),
  };
}

/** Sends bytes and returns what the server says until it closes; `Connection: close` belongs into what is sent. */
export function exchange(url: string, bytes: string): Promise<string> {
  const raw = openRaw(url);
  raw.write(bytes);
  return raw.ended;
}

/** The status codes of all answers in what came. */
export const statusesIn = (text: string): number[] =>
  [...text.matchAll(/^HTTP\/1\.1 (\d{3})/gm)].map(([, status]) => Number(status));
