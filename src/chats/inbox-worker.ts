import { openMetadata } from '../crypto/metadata.ts';
import { fromBinary } from '../database/binary.ts';
import { newId } from '../ids.ts';
import type { InboxParts } from './inbox.ts';
import { type InboxItem, RetryLater } from './inbox-item.ts';
import type { ChatName, InboxDoc } from './documents.ts';
import { LaneLease } from './lane-lease.ts';

export type Handler = (item: InboxItem, signal: AbortSignal) => Promise<void>;

/** How often other instances' items, and those that have become due, are looked for. */
const pollMs = 1000;
/** Lanes that are looked at in one round. */
const lanesARound = 100;
/** An item that was begun this often is given up. */
const maxAttempts = 5;
/** Even one that only asks for patience is given up so long after it was due, */
const maxAgeMs = 24 * 3600 * 1000;
/** and after so many tries more: this machine may have been off for that day, and have no network yet. */
const maxLateTries = 8;
/** How long running handlers may go on after `stop`. */
const drainMs = 30_000;
const backoffMs = (attempts: number) => Math.min(60_000, 500 * 4 ** attempts);

/** Handles the items of one chat in one process. Made by `Inbox.work`. */
export class InboxWorker {
  readonly chat: ChatName;
  readonly #parts: InboxParts;
  readonly #handle: Handler;
  readonly #maxLanes: number;
  readonly #id = newId();
  readonly #running = new Map<string, Promise<void>>();
  readonly #abort = new AbortController();
  readonly #onStop: () => void;
  readonly #loop: Promise<void>;
  #stopped = false;
  #wakeUp: () => void = () => {};
  #woken = false;

  constructor(parts: InboxParts, chat: ChatName, handle: Handler, lanes: number, onStop: () => void) {
    this.#parts = parts;
    this.chat = chat;
    this.#handle = handle;
    this.#maxLanes = lanes;
    this.#onStop = onStop;
    this.#loop = this.#run();
  }

  /** Makes it look at once. */
  wake(): void {
    this.#woken = true;
    this.#wakeUp();
  }

  /** Begins nothing more, and waits for what runs; after half a minute it is told to break off. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#onStop();
    this.wake();
    const force = setTimeout(() => this.#abort.abort(), drainMs);
    await this.#loop;
    await Promise.all(this.#running.values());
    clearTimeout(force);
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      this.#woken = false;
      try {
        await this.#startLanes();
      } catch (error) {
        this.#parts.log.warn({ chat: this.chat, err: error }, 'the inbox could not be read; trying again');
      }
      await this.#rest();
    }
  }

  #rest(): Promise<void> {
    if (this.#woken || this.#stopped) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, pollMs);
      this.#wakeUp = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** Begins work on lanes whose first item is due, as far as there is room. */
  async #startLanes(): Promise<void> {
    if (this.#running.size >= this.#maxLanes) return;
    const { collections, now } = this.#parts;
    const due = await collections.inbox
      .aggregate<{ _id: string }>([
        { $match: { chat: this.chat, state: 'open', lane: { $nin: [...this.#running.keys()] } } },
        { $sort: { lane: 1, seq: 1 } },
        { $group: { _id: '$lane', dueAt: { $first: '$dueAt' }, seq: { $first: '$seq' } } },
        { $match: { dueAt: { $lte: now() } } },
        { $sort: { seq: 1 } },
        { $limit: lanesARound },
      ])
      .toArray();
    for (const { _id: lane } of due) {
      if (this.#stopped || this.#running.size >= this.#maxLanes) return;
      if (this.#running.has(lane)) continue;
      const work = this.#workOn(lane).finally(() => {
        this.#running.delete(lane);
        this.wake();
      });
      this.#running.set(lane, work);
    }
  }

  /** Never rejects. */
  async #workOn(lane: string): Promise<void> {
    const { collections, log, now } = this.#parts;
    let lease: LaneLease | undefined;
    try {
      lease = await LaneLease.take(collections.inboxLanes, `${this.chat} ${lane}`, this.#id, now);
      if (lease === undefined) {
        // Another instance has it. Not asked again before the next poll.
        await new Promise((resolve) => setTimeout(resolve, pollMs));
        return;
      }
      const signal = AbortSignal.any([this.#abort.signal, lease.lost]);
      while (!this.#stopped && !signal.aborted) {
        const item = await this.#begin(lane);
        if (item === null) return;
        await this.#attempt(item, signal);
      }
    } catch (error) {
      log.warn({ chat: this.chat, err: error }, 'work on the inbox broke off; it goes on later');
    } finally {
      await lease?.release().catch(() => {});
    }
  }

  /** Counts an attempt before it is made: an item that kills the process does not do so for ever. */
  async #begin(lane: string): Promise<InboxDoc | null> {
    const { inbox } = this.#parts.collections;
    const head = await inbox.findOne({ chat: this.chat, lane, state: 'open' }, { sort: { seq: 1 } });
    if (head === null || head.dueAt > this.#parts.now()) return null;
    await inbox.updateOne({ _id: head._id }, { $inc: { attempts: 1 } });
    return head;
  }

  async #attempt(item: InboxDoc, signal: AbortSignal): Promise<void> {
    const { _id, sealed, attempts, receivedAt, lane } = item;
    const { key, log, now } = this.#parts;
    if (attempts >= maxAttempts) {
      log.error({ chat: this.chat, item: _id, attempts }, 'gave up on an item of the inbox');
      return this.#end(_id, 'failed');
    }
    try {
      if (sealed === null) throw new RangeError('an open item has a payload');
      const payload = openMetadata(key, `inbox:${_id}`, fromBinary(sealed));
      await this.#handle({ id: _id, lane, payload, attempts, receivedAt }, signal);
      await this.#end(_id, 'done');
    } catch (error) {
      const later = error instanceof RetryLater ? error : undefined;
      if (later !== undefined) return this.#putOff(item, later);
      log.warn({ chat: this.chat, item: _id, attempts, err: error }, 'an item of the inbox failed');
      const dueAt = new Date(now().getTime() + backoffMs(attempts));
      await this.#parts.collections.inbox.updateOne({ _id }, { $set: { dueAt } });
    }
  }

  /** Patience is no failure: the attempt does not count. */
  async #putOff(item: InboxDoc, { afterMs }: RetryLater): Promise<void> {
    const { _id, attempts, receivedAt, notBefore, lateTries = 0 } = item;
    const { collections, log, now } = this.#parts;
    const at = now().getTime();
    const isLate = at - Math.max(receivedAt.getTime(), notBefore?.getTime() ?? 0) > maxAgeMs;
    if (isLate && lateTries >= maxLateTries) {
      log.error({ chat: this.chat, item: _id }, 'gave up on an item of the inbox after a day');
      return this.#end(_id, 'failed');
    }
    const pauseMs = isLate ? Math.max(afterMs, backoffMs(lateTries)) : afterMs;
    await collections.inbox.updateOne(
      { _id },
      { $set: { dueAt: new Date(at + pauseMs), attempts, ...(isLate ? { lateTries: lateTries + 1 } : {}) } },
    );
  }

  async #end(_id: string, state: 'done' | 'failed'): Promise<void> {
    const { collections, now } = this.#parts;
    await collections.inbox.updateOne(
      { _id },
      { $set: { state, endedAt: now(), ...(state === 'done' ? { sealed: null } : {}) } },
    );
  }
}
