import type { Collection } from 'mongodb';
import { isDuplicate } from '../database/connect.ts';
import type { InboxLaneDoc } from './documents.ts';

/** A holder that showed no life for this long is dead. */
export const leaseMs = 30_000;
const renewMs = 8_000;

/** The right to work on a lane. Renews itself; `lost` fires if that fails for too long. */
export class LaneLease {
  readonly #lanes: Collection<InboxLaneDoc>;
  readonly #id: string;
  readonly #by: string;
  readonly #lost = new AbortController();
  readonly #timer: NodeJS.Timeout;

  private constructor(lanes: Collection<InboxLaneDoc>, id: string, by: string, now: () => Date) {
    this.#lanes = lanes;
    this.#id = id;
    this.#by = by;
    this.#timer = setInterval(() => void this.#renew(now), renewMs);
    this.#timer.unref();
  }

  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /** @returns undefined if another worker holds it. */
  static async take(
    lanes: Collection<InboxLaneDoc>,
    id: string,
    by: string,
    now: () => Date,
  ): Promise<LaneLease | undefined> {
    const until = new Date(now().getTime() + leaseMs);
    try {
      await lanes.updateOne({ _id: id, until: { $lt: now() } }, { $set: { by, until } }, { upsert: true });
    } catch (error) {
      if (isDuplicate(error)) return undefined;
      throw error;
    }
    return new LaneLease(lanes, id, by, now);
  }

  async release(): Promise<void> {
    clearInterval(this.#timer);
    await this.#lanes.deleteOne({ _id: this.#id, by: this.#by });
  }

  async #renew(now: () => Date): Promise<void> {
    try {
      const until = new Date(now().getTime() + leaseMs);
      const { matchedCount } = await this.#lanes.updateOne(
        { _id: this.#id, by: this.#by },
        { $set: { until } },
      );
      if (matchedCount === 0) this.#lost.abort();
    } catch {
      // The database is away: whoever works notices, too. The next renewal tells whether it was in time.
    }
  }
}
