import { setTimeout as delay } from 'node:timers/promises';
import type { Socket } from 'node:net';
import type { Server } from '@hapi/hapi';

/** What refusals may cost a second, those to all clients together. One that cost no work costs 1. */
const perSecond = 400;
/** So much may be spent at once before the first one waits. */
const burst = 400;
/** What one costs for which the database was asked. */
const workCost = 4;
/** Nobody waits longer: what would is answered at once. So a flood does not fill the memory either. */
const longestMs = 8000;
/** Up to so many connections nobody waits: they take turns, and there is hardly anyone to leave the time to. */
const fewConnections = 2;
/** Above this share of its time the server is busy, and refusals come slower. */
const busyShare = 0.7;
const lookEveryMs = 250;
const slowestFactor = 8;

/** The clock by which refusals wait. */
export interface PaceClock {
  /** Milliseconds. */
  now(): number;
  sleep(ms: number): Promise<unknown>;
  /** Share of the time since it was last asked in which the server was at work, 0 to 1. */
  busy(): number;
}

function systemClock(): PaceClock {
  let before = performance.eventLoopUtilization();
  return {
    now: () => performance.now(),
    sleep: (ms) => delay(ms, undefined, { ref: false }),
    busy: () => {
      const now = performance.eventLoopUtilization();
      const { utilization } = performance.eventLoopUtilization(now, before);
      before = now;
      return utilization;
    },
  };
}

/**
 * Paces the refusals of strangers, and of whoever is over a budget: those who flood or guess wait for the answer, and so send
 * their next request later. The time of the server is left to everyone else, who does not wait.
 */
export function paceRefusals(server: Server, pace: Pick<RefusalPace, 'wait'> = new RefusalPace()): void {
  // Not requests: those that are refused from memory are over before the next one begins, however many connections send them.
  let connections = 0;
  server.listener.on('connection', (socket: Socket) => {
    connections++;
    socket.once('close', () => connections--);
  });
  server.ext('onPreResponse', async ({ response, auth }, h) => {
    if (response instanceof Error || connections <= fewConnections) return h.continue;
    const { statusCode } = response;
    if (statusCode === 429) await pace.wait(1);
    else if (statusCode >= 400 && statusCode < 500 && !auth.isAuthenticated) await pace.wait(workCost);
    return h.continue;
  });
}

/** Answers refusals at a bounded rate, however many come. */
export class RefusalPace {
  readonly #clock: PaceClock;
  /** When the next refusal is due; lies in the past by as much as may be spent at once. */
  #nextAt = Number.NEGATIVE_INFINITY;
  /** How much slower than its pace it is, because the server is busy. */
  #factor = 1;
  #lookAt = 0;

  constructor(clock: PaceClock = systemClock()) {
    this.#clock = clock;
  }

  /** Waits until a refusal of this cost may be answered. What would have to wait too long is answered at once. */
  async wait(cost: number): Promise<void> {
    const now = this.#clock.now();
    this.#look(now);
    const dueAt = Math.max(this.#nextAt, now - (burst * 1000) / perSecond);
    if (dueAt > now + longestMs) return;
    this.#nextAt = dueAt + (cost * this.#factor * 1000) / perSecond;
    if (dueAt > now) await this.#clock.sleep(dueAt - now);
  }

  /** On a slow machine the pace itself may be more than the server can do. */
  #look(now: number): void {
    if (now < this.#lookAt) return;
    this.#lookAt = now + lookEveryMs;
    const isBusy = this.#clock.busy() > busyShare;
    this.#factor = isBusy ? Math.min(slowestFactor, this.#factor * 2) : Math.max(1, this.#factor / 2);
  }
}
