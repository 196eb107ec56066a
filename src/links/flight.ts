import type { Binary, ObjectId } from 'mongodb';
import { LockerError } from '../errors.ts';
import { newSecret } from '../ids.ts';
import type { Locker } from '../locker.ts';
import type { ByteRange } from '../storage/content-store.ts';
import { beginDelivery, findDelivery, holdUse, isWhole, landFlight, takeUpDelivery } from './deliveries.ts';
import type { DownloadLinkDoc } from './documents.ts';
import { deadLink, linkHeartbeatMs } from './stored-links.ts';

/** What a request wants of a link. */
export interface Wanted {
  readonly version: ObjectId;
  readonly sizeBytes: number;
  readonly range: ByteRange;
  /** Who asks, sealed. */
  readonly who: Binary;
  /** The secret of a delivery that the client takes up again. */
  readonly resume?: string | undefined;
}

/** How a request ended: the whole file has left, counting the requests before it; only a part of it has; or it was cut off. */
export type FlightEnd = 'delivered' | 'partial' | 'interrupted';

const tries = 16;
/** The end of a file: once it may have left, the use is kept. */
const endBytes = 64 * 1024;

/**
 * One request that delivers bytes of a link. All requests with the same secret are one delivery, which takes one of the
 * link's uses in a conditional update before its first byte, and gives it back if it is cut off.
 *
 * The use is kept for good once every byte has left. It is also kept, whatever happens to this process, from the moment at
 * which the last byte may leave, and once a client has skipped bytes: so nobody gets the whole file out of deliveries
 * that were all given back.
 */
export class Flight {
  readonly #locker: Locker;
  readonly #link: string;
  readonly #wanted: Wanted;
  readonly #timer: NodeJS.Timeout;
  #sent = 0;
  #moved = false;
  #lost = false;
  #ended = false;
  /** By which the client takes the delivery up again. */
  readonly secret: string;

  private constructor(locker: Locker, link: string, secret: string, wanted: Wanted) {
    this.#locker = locker;
    this.#link = link;
    this.#wanted = wanted;
    this.secret = secret;
    this.#timer = setInterval(() => void this.#beat(), linkHeartbeatMs);
    this.#timer.unref();
  }

  /**
   * Takes a delivery up again, or starts one.
   *
   * @throws LockerError `not_found` if the link has no use left; `busy` if too many fetch at once; `too_many` for a delivery in tatters.
   */
  static async start(locker: Locker, link: DownloadLinkDoc, wanted: Wanted): Promise<Flight> {
    if (wanted.resume !== undefined && (await takeUpDelivery(locker, link._id, wanted.resume, wanted)))
      return new Flight(locker, link._id, wanted.resume, wanted);
    const secret = newSecret();
    await beginDelivery(locker, link._id, secret, wanted);
    return new Flight(locker, link._id, secret, wanted);
  }

  /** Passes the bytes on and counts them. The last ones are held back until it is sure that the use is still this delivery's. */
  async *pass(bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, undefined> {
    const { range, sizeBytes } = this.#wanted;
    const length = range.end - range.start;
    if (length === 0) await this.#holdForGood();
    for await (const piece of apartFromEnd(bytes, length)) {
      if (this.#lost) throw deadLink();
      if (range.end === sizeBytes && this.#sent + piece.length >= length) await this.#holdForGood();
      this.#sent += piece.length;
      this.#moved = true;
      yield piece;
    }
  }

  /**
   * Settles the request. Does nothing when called again.
   *
   * @param finished true if everything that was passed on has left this machine.
   */
  async end(finished: boolean): Promise<FlightEnd> {
    clearInterval(this.#timer);
    const { range } = this.#wanted;
    const whole = finished && this.#sent === range.end - range.start;
    const ended: FlightEnd = whole ? 'partial' : 'interrupted';
    if (this.#ended) return ended;
    this.#ended = true;
    // What was passed on may still have been under way when the connection broke: never believe in the last byte.
    const left = whole
      ? range
      : { start: range.start, end: Math.min(range.start + this.#sent, range.end - 1) };
    for (let attempt = 0; attempt < tries; attempt++) {
      const delivery = await findDelivery(this.#locker, this.#link, this.secret);
      // Settled by age meanwhile, or by another request of the same delivery.
      if (delivery === undefined) return ended;
      const { sizeBytes } = this.#wanted;
      if (await landFlight(this.#locker, this.#link, delivery, { left, whole, sizeBytes }))
        return isWhole(delivery, { left, whole, sizeBytes }) ? 'delivered' : ended;
    }
    throw new LockerError('busy', { hint: 'A delivery could not be settled.' });
  }

  async #beat(): Promise<void> {
    if (!this.#moved) return;
    this.#moved = false;
    try {
      this.#lost ||= !(await holdUse(this.#locker, this.#link, this.secret, false));
    } catch (error) {
      this.#locker.log.debug({ err: error }, 'a delivery could not show that it is alive');
    }
  }

  /** @throws LockerError `not_found` if the use went to someone else, or the link was revoked. */
  async #holdForGood(): Promise<void> {
    if (!(await holdUse(this.#locker, this.#link, this.secret, true))) throw deadLink();
  }
}

/** Passes pieces on, and the last bytes of all `length` as a piece of their own. */
async function* apartFromEnd(
  bytes: AsyncIterable<Buffer>,
  length: number,
): AsyncGenerator<Buffer, void, undefined> {
  let left = length;
  for await (const piece of bytes) {
    const before = Math.max(0, Math.min(piece.length, left - endBytes));
    if (before > 0) yield piece.subarray(0, before);
    if (before < piece.length) yield piece.subarray(before);
    left -= piece.length;
  }
}
