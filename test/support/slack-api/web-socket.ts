import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';

/** Server side of a WebSocket (RFC 6455): text frames, ping and close; fragments of control frames there are none. */
export class WebSocketPeer {
  readonly #socket: Duplex;
  #pending = Buffer.alloc(0);
  #parts: Buffer[] = [];
  onText: (text: string) => void = () => {};
  onClose: () => void = () => {};

  constructor(request: IncomingMessage, socket: Duplex) {
    this.#socket = socket;
    const accept = createHash('sha1')
      .update(`${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
      .digest('base64');
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
    );
    socket.on('data', (data: Buffer) => this.#receive(data));
    socket.on('error', () => {});
    socket.on('close', () => this.onClose());
  }

  send(value: object): void {
    this.#frame(1, Buffer.from(JSON.stringify(value)));
  }

  ping(): void {
    this.#frame(9, Buffer.from('ping'));
  }

  close(): void {
    this.#frame(8, Buffer.from([3, 232]));
    this.#socket.end();
  }

  /** Without a word, as when a network breaks. */
  destroy(): void {
    this.#socket.destroy();
  }

  #frame(opcode: number, payload: Buffer): void {
    if (this.#socket.destroyed || this.#socket.writableEnded) return;
    const { length } = payload;
    const head = Buffer.alloc(length < 126 ? 2 : length < 65_536 ? 4 : 10);
    head[0] = 0x80 | opcode;
    if (length < 126) head[1] = length;
    else if (length < 65_536) {
      head[1] = 126;
      head.writeUInt16BE(length, 2);
    } else {
      head[1] = 127;
      head.writeBigUInt64BE(BigInt(length), 2);
    }
    this.#socket.write(Buffer.concat([head, payload]));
  }

  #receive(data: Buffer): void {
    this.#pending = Buffer.concat([this.#pending, data]);
    for (;;) {
      const frame = readFrame(this.#pending);
      if (frame === undefined) return;
      this.#pending = this.#pending.subarray(frame.bytes);
      if (frame.opcode === 9) this.#frame(10, frame.payload);
      else if (frame.opcode === 8) {
        this.#frame(8, frame.payload);
        this.#socket.end();
      } else if (frame.opcode <= 1) {
        this.#parts.push(frame.payload);
        if (frame.final) this.onText(Buffer.concat(this.#parts.splice(0)).toString());
      }
    }
  }
}

/** Reads one frame of a client, which are masked; undefined until it is whole. */
function readFrame(
  data: Buffer,
): { opcode: number; final: boolean; payload: Buffer; bytes: number } | undefined {
  if (data.length < 2) return undefined;
  const [first = 0, second = 0] = data;
  const short = second & 0x7f;
  const at = short === 126 ? 4 : short === 127 ? 10 : 2;
  if (data.length < at + 4) return undefined;
  const length =
    short === 126 ? data.readUInt16BE(2) : short === 127 ? Number(data.readBigUInt64BE(2)) : short;
  if (data.length < at + 4 + length) return undefined;
  const mask = data.subarray(at, at + 4);
  const payload = Buffer.from(data.subarray(at + 4, at + 4 + length));
  for (const [index, byte] of payload.entries()) payload[index] = byte ^ (mask[index & 3] ?? 0);
  return { opcode: first & 0x0f, final: (first & 0x80) !== 0, payload, bytes: at + 4 + length };
}
