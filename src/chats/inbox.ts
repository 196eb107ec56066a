import { sealMetadata } from '../crypto/metadata.ts';
import { toBinary } from '../database/binary.ts';
import { journaled, isDuplicate } from '../database/connect.ts';
import type { Collections } from '../database/collections.ts';
import type { Log } from '../log.ts';
import type { ChatName } from './documents.ts';
import { type Handler, InboxWorker } from './inbox-worker.ts';

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
  readonly log: Log;
  readonly now: () => Date;
}

/** How workers learn at once of what was put in the same process. */
export type Wake = (chat: ChatName) => void;

/**
 * The one durable inbox of all chats: what a chat brings is stored before the chat is told that it arrived, and handled
 * at least once, whatever is killed in between. Also work for later, such as a message that is to be deleted tomorrow.
 */
export class Inbox {
  readonly #parts: InboxParts;
  readonly #workers = new Set<InboxWorker>();
  #lastSeq = 0;

  constructor(parts: InboxParts) {
    this.#parts = parts;
  }

  /**
   * Stores an item. It survives a kill of everything when this resolves.
   *
   * @returns false if an item with its id was put before, handled or not; ids are remembered for three days.
   */
  async put({ id, chat, lane, payload, notBefore }: NewInboxItem): Promise<boolean> {
    const { collections, key, now } = this.#parts;
    const receivedAt = now();
    // Grows also within a millisecond; instances that put into one lane at once have no order to keep.
    this.#lastSeq = Math.max(this.#lastSeq + 1, Date.now() * 1000);
    try {
      await collections.inbox.insertOne(
        {
          _id: id,
          chat,
          lane,
          seq: this.#lastSeq,
          sealed: toBinary(sealMetadata(key, `inbox:${id}`, payload)),
          receivedAt,
          dueAt: notBefore ?? receivedAt,
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
   * Works on the items of a chat until it is stopped, up to `lanes` lanes at once.
   *
   * @param handle throws `RetryLater` for what may go better later; anything else is tried again a few times, then given up.
   */
  work(chat: ChatName, handle: Handler, { lanes = 16 }: { lanes?: number } = {}): InboxWorker {
    const worker = new InboxWorker(this.#parts, chat, handle, lanes, () => this.#workers.delete(worker));
    this.#workers.add(worker);
    return worker;
  }
}

export { type InboxItem, RetryLater } from './inbox-item.ts';
