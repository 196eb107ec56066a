import { RateLimiterMongo, RateLimiterRes } from 'rate-limiter-flexible';
import type { Database } from '../database/connect.ts';
import { LockerError } from '../errors.ts';
import type { Limits } from '../locker.ts';
import type { Log } from '../log.ts';
import type { Meter } from '../metrics/meter.ts';

/**
 * What is counted apart: requests of an account, its uploads and downloads, requests of an address that did not sign in, and
 * devices that wait for approval, begun from an address.
 */
export type Budget = 'account' | 'transfers' | 'address' | 'devices';

export const windowSeconds = 60;
/** Devices are this part of what an address may ask: each is kept for a week, so that a late poll gets the right answer. */
const devicesPart = 1 / 60;
/** A large budget is counted in so many blocks, each one update; a small one request by request. */
const blocksPerWindow = 500;
const maxCredits = 10_000;

/** Requests that are counted already, and not made yet. */
interface Credit {
  points: number;
  readonly state: RateState;
  readonly until: number;
}

/** How a budget stands after a request was counted. */
export interface RateState {
  readonly budget: Budget;
  /** Requests a window. */
  readonly limit: number;
  readonly remaining: number;
  /** Seconds until the window ends. */
  readonly resetSeconds: number;
  /** True if the request came too late and must be refused. */
  readonly refused: boolean;
}

/**
 * Request budgets in windows of a minute, in the database, so that all instances share them: an update for each
 * five-hundredth part of a budget, so a limit is exact to that. A
 * key that used its budget up is remembered in the process, and costs no update until its window ends.
 */
export class Rates {
  readonly #limiters: { readonly [Name in Budget]: RateLimiterMongo | undefined };
  readonly #credits = new Map<string, Credit>();
  /** Blocks that are being counted. */
  readonly #coming = new Map<string, Promise<RateState | undefined>>();
  readonly #log: Log;
  readonly #meter: Meter;

  constructor(database: Database, limits: Limits, log: Log, meter: Meter) {
    // A count that a crash loses harms nobody: it need not wait for the other members of a replica set.
    const db = database.client.db(database.db.databaseName, { writeConcern: { w: 1 } });
    const limiter = (budget: Budget, points: number) =>
      points === 0
        ? undefined
        : new RateLimiterMongo({
            storeClient: db,
            tableName: 'rates',
            keyPrefix: budget,
            points,
            duration: windowSeconds,
            inMemoryBlockOnConsumed: points,
            // Made with all others, when the locker is opened.
            disableIndexesCreation: true,
          });
    this.#limiters = {
      account: limiter('account', limits.accountRequests),
      transfers: limiter('transfers', Math.ceil(limits.accountRequests / 2)),
      address: limiter('address', limits.addressRequests),
      devices: limiter('devices', Math.ceil(limits.addressRequests * devicesPart)),
    };
    this.#log = log;
    this.#meter = meter;
  }

  /**
   * Counts a request.
   *
   * Never rejects: if the database cannot be asked, the request goes on. Whatever it wants needs the database too, so
   * nothing is gained by refusing it twice, and a fault of the counters alone must not close the locker.
   *
   * @param key id of an account, or the group of an address.
   * @returns undefined if there is no limit, or it could not be asked.
   */
  async take(budget: Budget, key: string): Promise<RateState | undefined> {
    const limiter = this.#limiters[budget];
    if (limiter === undefined) return undefined;
    const name = `${budget}:${key}`;
    const credit = this.#credits.get(name);
    if (credit !== undefined && credit.points > 0 && performance.now() < credit.until) {
      credit.points--;
      return { ...credit.state, remaining: credit.state.remaining + credit.points };
    }
    const points = Math.max(1, Math.floor(limiter.points / blocksPerWindow));
    if (points === 1) return this.#takeBlock(limiter, budget, key, points);
    // Whoever comes while a block is being counted shares it: blocks of their own would be spent on one request each.
    const coming = this.#coming.get(name);
    if (coming !== undefined) {
      const state = await coming;
      return state === undefined || state.refused ? state : this.take(budget, key);
    }
    this.#credits.delete(name);
    const block = this.#takeBlock(limiter, budget, key, points);
    this.#coming.set(name, block);
    try {
      return await block;
    } finally {
      this.#coming.delete(name);
    }
  }

  /** Counts a block of requests at once; those after the first are free until the window ends. */
  async #takeBlock(
    limiter: RateLimiterMongo,
    budget: Budget,
    key: string,
    points: number,
  ): Promise<RateState | undefined> {
    try {
      const consumed = await limiter.consume(key, points);
      const state = stateOf(budget, limiter.points, consumed, false);
      if (points > 1)
        this.#keepCredit(`${budget}:${key}`, {
          points: points - 1,
          state,
          until: performance.now() + consumed.msBeforeNext,
        });
      return state;
    } catch (error) {
      if (error instanceof RateLimiterRes) {
        this.#meter.rateRefusals.inc({ budget });
        return stateOf(budget, limiter.points, error, true);
      }
      this.#meter.rateFailures.inc();
      this.#log.warn({ err: error }, 'a request could not be counted');
      return undefined;
    }
  }

  #keepCredit(name: string, credit: Credit): void {
    if (this.#credits.size >= maxCredits) this.#credits.clear();
    this.#credits.set(name, credit);
  }
}

const stateOf = (
  budget: Budget,
  limit: number,
  { remainingPoints, msBeforeNext }: RateLimiterRes,
  refused: boolean,
): RateState => ({
  budget,
  limit,
  remaining: refused ? 0 : remainingPoints,
  resetSeconds: Math.max(1, Math.ceil(msBeforeNext / 1000)),
  refused,
});

/** The refusal of a request that is over its budget. */
export const rateLimited = ({ limit, resetSeconds }: RateState): LockerError =>
  new LockerError('rate_limited', {
    limit,
    retryAfterSeconds: resetSeconds,
    hint: `At most ${limit} requests a minute. Try again in ${resetSeconds} s.`,
  });
