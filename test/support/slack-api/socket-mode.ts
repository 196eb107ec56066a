import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Ack, DeliveryKind } from './app-link.ts';
import type { Json } from './message.ts';
import { WebSocketPeer } from './web-socket.ts';

/** The connections of Socket Mode: every payload goes to one of them, and waits for its acknowledgement. */
export class SocketMode {
  readonly connections = new Set<WebSocketPeer>();
  /** Envelopes that are not acknowledged although they arrived: counted down. */
  lostAcks = 0;
  readonly #tickets = new Set<string>();
  readonly #waiting = new Map<string, (payload: unknown) => void>();
  readonly #root: () => string;

  constructor(root: () => string) {
    this.#root = root;
  }

  /** @returns an address that is good once. */
  open(): string {
    const ticket = randomUUID();
    this.#tickets.add(ticket);
    return `${this.#root().replace('http:', 'ws:')}/link/?ticket=${ticket}&app_id=A0COFFER`;
  }

  attach(request: IncomingMessage, socket: Duplex): void {
    const { searchParams } = new URL(request.url ?? '/', 'http://x');
    if (!this.#tickets.delete(searchParams.get('ticket') ?? ''))
      return void socket.end('HTTP/1.1 401 Unauthorized\r\n\r\n');
    const peer = new WebSocketPeer(request, socket);
    this.connections.add(peer);
    peer.onClose = () => void this.connections.delete(peer);
    peer.onText = (text) => {
      const { envelope_id, payload } = JSON.parse(text) as { envelope_id?: string; payload?: unknown };
      if (this.lostAcks > 0) this.lostAcks--;
      else if (envelope_id !== undefined) this.#waiting.get(envelope_id)?.(payload);
    };
    peer.send({
      type: 'hello',
      num_connections: this.connections.size,
      debug_info: { host: 'applink-1', build_number: 1, approximate_connection_time: 18060 },
      connection_info: { app_id: 'A0COFFER' },
    });
  }

  async deliver(kind: DeliveryKind, payload: Json, attempt: number, patienceMs: number): Promise<Ack> {
    const began = performance.now();
    const peer = [...this.connections][Math.floor(Math.random() * this.connections.size)];
    if (peer === undefined) return { status: 0, body: '', ms: 0 };
    const envelope_id = randomUUID();
    const acknowledged = new Promise<{ payload: unknown } | undefined>((resolve) => {
      const timer = setTimeout(() => resolve(undefined), patienceMs);
      this.#waiting.set(envelope_id, (answer) => {
        clearTimeout(timer);
        resolve({ payload: answer });
      });
    });
    peer.send({
      envelope_id,
      payload,
      type: kind,
      accepts_response_payload: kind !== 'events_api',
      ...(kind === 'events_api'
        ? { retry_attempt: attempt, retry_reason: attempt === 0 ? '' : 'timeout' }
        : {}),
    });
    const answer = await acknowledged;
    this.#waiting.delete(envelope_id);
    const body = answer?.payload === undefined ? '' : JSON.stringify(answer.payload);
    return { status: answer === undefined ? 0 : 200, body, ms: performance.now() - began };
  }

  /** As Slack does every few hours: says so, and closes. */
  refresh(): void {
    for (const peer of this.connections) {
      peer.send({ type: 'disconnect', reason: 'refresh_requested', debug_info: { host: 'applink-1' } });
      peer.close();
    }
  }

  /** As a network does. */
  breakOff(): void {
    for (const peer of this.connections) peer.destroy();
  }
}
