import { createHmac, randomUUID } from 'node:crypto';
import type { Json } from './message.ts';
import type { SocketMode } from './socket-mode.ts';

export type DeliveryKind = 'events_api' | 'slash_commands' | 'interactive';

/** How the app answered. */
export interface Ack {
  /** 0 if it did not in time, or was not there. */
  readonly status: number;
  readonly body: string;
  readonly ms: number;
}

/** What a test changes about a request. */
export interface Request {
  readonly body: string;
  readonly type: string;
  readonly secret?: string;
  /** Seconds between the clock and the time that is signed. */
  readonly skew?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

const form = 'application/x-www-form-urlencoded';
/** Slack's are nothing, a minute, five minutes. */
const retryDelaysMs = [0, 400, 1200];

/** How Slack reaches the app: over HTTP, or by Socket Mode. */
export class AppLink {
  /** Where the app takes requests; undefined for Socket Mode. */
  url: string | undefined;
  /** How long an acknowledgement is waited for. */
  patienceMs = 3000;
  /** Every delivery, with how long the acknowledgement took. */
  readonly deliveries: (Ack & { readonly kind: string; readonly attempt: number })[] = [];
  readonly #secret: string;
  readonly #socketMode: SocketMode;

  constructor(secret: string, socketMode: SocketMode) {
    this.#secret = secret;
    this.#socketMode = socketMode;
  }

  /** Brings an event to the app, again and again if it is not acknowledged. @returns false if Slack gave up. */
  async event(envelope: Json): Promise<boolean> {
    for (let attempt = 0; ; attempt++) {
      const { status } = await this.#deliver('events_api', envelope, attempt);
      if (status === 200) return true;
      const delayMs = retryDelaysMs[attempt];
      if (delayMs === undefined) return false;
      await new Promise((resolve) => setTimeout(resolve, delayMs));
    }
  }

  /** Brings a command or an interaction; these come once. */
  once(kind: 'slash_commands' | 'interactive', payload: Json): Promise<Ack> {
    return this.#deliver(kind, payload, 0);
  }

  /** Posts a request as it is, signed. */
  async post(request: Request): Promise<Ack & { readonly signed: Readonly<Record<string, string>> }> {
    const { body, type, skew = 0 } = request;
    const timestamp = String(Math.floor(Date.now() / 1000) + skew);
    const signature = createHmac('sha256', request.secret ?? this.#secret)
      .update(`v0:${timestamp}:${body}`)
      .digest('hex');
    const signed = {
      'content-type': type,
      'x-slack-request-timestamp': timestamp,
      'x-slack-signature': `v0=${signature}`,
      'user-agent': 'Slackbot 1.0 (+https://api.slack.com/robots)',
    };
    return { ...(await this.repost(body, { ...signed, ...request.headers })), signed };
  }

  /** Posts with headers that somebody else made. */
  async repost(body: string, headers: Readonly<Record<string, string>>): Promise<Ack> {
    const began = performance.now();
    if (this.url === undefined) throw new Error('the app has no address');
    try {
      const response = await fetch(this.url, {
        method: 'POST',
        body,
        headers,
        redirect: 'manual',
        signal: AbortSignal.timeout(this.patienceMs),
      });
      return { status: response.status, body: await response.text(), ms: performance.now() - began };
    } catch {
      return { status: 0, body: '', ms: performance.now() - began };
    }
  }

  async #deliver(kind: DeliveryKind, payload: Json, attempt: number): Promise<Ack> {
    const ack =
      this.url === undefined
        ? await this.#socketMode.deliver(kind, payload, attempt, this.patienceMs)
        : await this.post({ ...encoded(kind, payload), headers: retryHeaders(attempt) });
    this.deliveries.push({ kind, attempt, status: ack.status, body: ack.body, ms: ack.ms });
    return ack;
  }
}

const retryHeaders = (attempt: number): Record<string, string> =>
  attempt === 0 ? {} : { 'x-slack-retry-num': String(attempt), 'x-slack-retry-reason': 'http_timeout' };

export function encoded(kind: DeliveryKind, payload: Json): { body: string; type: string } {
  if (kind === 'events_api') return { body: JSON.stringify(payload), type: 'application/json' };
  const fields = kind === 'slash_commands' ? payload : { payload: JSON.stringify(payload) };
  return { body: new URLSearchParams(fields as Record<string, string>).toString(), type: form };
}

export const newId = (prefix: string): string => prefix + randomUUID().replaceAll('-', '').slice(0, 12);
