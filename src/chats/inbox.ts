import { setTimeout } from 'node:timers/promises';
import { sealMetadata } from '../crypto/metadata.ts';
import { toBinary } from '../database/binary.ts';
import { journaled, isDuplicate } from '../database/connect.ts';
import type { Collections } from '../database/collections.ts';
import type { Log } from '../log.ts';
import type { ChatName } from './documents.ts';
import { type Handler, InboxWorker } from './inbox-worker.ts';
import { type PlacedItem, Spool } from './spool.ts';

/** What is put into the inbox. */
export interface NewInboxItem {
  /** The same for the same delivery: a second one changes nothing. Up to 200 characters. */
  readonly id: string;
  readonly chat: ChatName;
  /** Items of a lane are handled one after the other, in the order in which they were put. */
  readonly lane: string;
  /** JSON; sealed at rest. */
  readonly payload: object;
  /** Not to be handled before; its lane waits for it. */
  readonly notBefore?: Date | undefined;
}

/** What the inbox works with. */
export interface InboxParts {
  readonly collections: Pick<Collections, 'inbox' | 'inboxLanes'>;
  /** 32 bytes. */
  readonly key: Uint8Array;
  /** Folder on this machine for what the database does not take in time. */
  readonly spoolFolder: string;
  readonly log: Log;
  readonly now: () => Date;
}

/** Between attempts at bringing the spool into the database, at most. */
const longestPauseMs = 10_000;

/** How workers learn at once of what was put in the same process. */
export type Wake = (chat: ChatName) => void;

/**
 * The one durable inbox of all chats: what a chat brings is stored before the chat is told that it arrived, and handled
 * at least once, whatever is killed in between. Also work for later, such as a message that is to be deleted tomorrow.
 */
export class Inbox {
  readonly #parts: InboxParts;
  readonly #spool: Spool;
  readonly #workers = new Set<InboxWorker>();
  #lastSeq = 0;
  /** How often emptying the spool was asked for. */
  #emptyings = 0;
  #isEmptying = false;

  constructor(parts: InboxParts) {
    this.#parts = parts;
    this.#spool = new Spool(parts.spoolFolder, parts.key, parts.log);
  }

  /**
   * Stores an item. It survives a kill of everything when this resolves.
   *
   * @returns false if an item with its id was put before, handled or not; ids are remembered for three days.
   */
  async put(item: NewInboxItem): Promise<boolean> {
    return this.#insert(this.#place(item));
  }

  /**
   * Stores an item as `put` does; on this machine's disk if the database does not take it in time. From there it goes into
   * the database as soon as that takes it, also after a kill.
   *
   * @returns `spooled` for what lies on the disk: whether it was put before shows later.
   * @throws what the file system throws, and then it is not sure that the item is stored.
   */
  async putWithin(item: NewInboxItem, withinMs: number): Promise<'put' | 'known' | 'spooled'> {
    const placed = this.#place(item);
    const timer = new AbortController();
    const isNew = await Promise.race([
      this.#insert(placed).catch((error: unknown) => {
        this.#parts.log.warn({ err: error }, 'the inbox could not be written; what came is kept beside it');
      }),
      setTimeout(withinMs, undefined, { signal: timer.signal, ref: false }),
    ]);
    timer.abort();
    if (isNew !== undefined) return isNew ? 'put' : 'known';
    await this.#spool.keep(placed);
    void this.#emptySpool();
    return 'spooled';
  }

  /** Frees every lane at once, where nobody else can be at work: whoever held one was killed. */
  async freeLanes(): Promise<void> {
    await this.#parts.collections.inboxLanes.deleteMany({});
  }

  /** True if nothing of a lane waits or is being worked on. */
  async isQuiet(chat: ChatName, lane: string): Promise<boolean> {
    const open = await this.#parts.collections.inbox.countDocuments(
      { chat, lane, state: 'open' },
      { limit: 1 },
    );
    return open === 0;
  }

  /**
   * Works on the items of a chat until it is stopped, up to `lanes` lanes at once: so many, since a slow transfer keeps
   * its lane busy for minutes, and the people behind the others should not notice.
   *
   * @param handle throws `RetryLater` for what may go better later; anything else is tried again a few times, then given up.
   */
  work(chat: ChatName, handle: Handler, { lanes = 64 }: { lanes?: number } = {}): InboxWorker {
    const worker = new InboxWorker(this.#parts, chat, handle, lanes, () => this.#workers.delete(worker));
    this.#workers.add(worker);
    void this.#emptySpool();
    return worker;
  }

  #place(item: NewInboxItem): PlacedItem {
    // Grows also within a millisecond; instances that put into one lane at once have no order to keep.
    this.#lastSeq = Math.max(this.#lastSeq + 1, Date.now() * 1000);
    return { ...item, seq: this.#lastSeq, receivedAt: this.#parts.now() };
  }

  async #insert({ id, chat, lane, payload, notBefore, seq, receivedAt }: PlacedItem): Promise<boolean> {
    const { collections, key } = this.#parts;
    try {
      await collections.inbox.insertOne(
        {
          _id: id,
          chat,
          lane,
          seq,
          sealed: toBinary(sealMetadata(key, `inbox:${id}`, payload)),
          receivedAt,
          dueAt: notBefore ?? receivedAt,
          ...(notBefore === undefined ? {} : { notBefore }),
          attempts: 0,
          state: 'open',
          endedAt: null,
        },
        { writeConcern: journaled(collections.inbox) },
      );
    } catch (error) {
      if (isDuplicate(error)) return false;
      throw error;
    }
    for (const worker of this.#workers) if (worker.chat === chat) worker.wake();
    return true;
  }

  /** Brings what lies on the disk into the database, for as long as somebody works here. Never rejects. */
  async #emptySpool(): Promise<void> {
    this.#emptyings++;
    if (this.#isEmptying) return;
    this.#isEmptying = true;
    for (let failures = 0; this.#workers.size > 0; ) {
      const asked = this.#emptyings;
      try {
        const items = await this.#spool.read();
        for (const item of items) {
          await this.#insert(item);
          await this.#spool.remove(item.id);
        }
        failures = 0;
        if (items.length === 0 && asked === this.#emptyings) break;
      } catch (error) {
        failures++;
        this.#parts.log.warn({ err: error, failures }, 'what is kept beside the inbox has to wait');
        await setTimeout(Math.min(longestPauseMs, 200 * 2 ** failures), undefined, { ref: false });
      }
    }
    this.#isEmptying = false;
  }
}

export { type InboxItem, RetryLater } from './inbox-item.ts';
