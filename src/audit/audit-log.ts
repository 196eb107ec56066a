import { setTimeout as delay } from 'node:timers/promises';
import { type Collection, ObjectId } from 'mongodb';
import { fromBinary, toBinary } from '../database/binary.ts';
import { isDatabaseAway, isDuplicate, journaled } from '../database/connect.ts';
import { someTurns } from '../database/turns.ts';
import type { AuditHeadDoc } from './documents.ts';
import { type AuditDoc, type AuditEntry, chainMac, firstMac, headMac, storable } from './record.ts';

/** The end of the chain. */
export interface Tail {
  readonly seq: number;
  readonly mac: Uint8Array;
}

type Unchained = AuditEntry & { readonly id: ObjectId };

interface Waiting {
  readonly entry: Unchained;
  readonly durable: boolean;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

const maxBatch = 500;
/** How far the note of the chain's length may lag behind: it need not cost every request an update. */
const noteAfterMs = 200;
/** For how long a batch is sent again if the connection breaks, which leaves open whether it arrived. */
const sendAgainMs = 3_000;
/** After another instance wrote, batches leave it gaps for this long, or the one that writes without a pause starves it. */
const sharingMs = 10_000;
const longestGapMs = 6;

/**
 * Appends to the audit trail. Entries that come while a batch is being written wait and go together, so the trail
 * costs each request about one insert; several instances interleave, since the number of a record is unique. A record has an
 * id of its own, so that a batch whose fate is unknown can be sent again and is stored once.
 */
export class AuditLog {
  readonly #records: Collection<AuditDoc>;
  readonly #head: Collection<AuditHeadDoc>;
  readonly #key: Uint8Array;
  #tail: Tail | undefined;
  #waiting: Waiting[] = [];
  #running: Promise<void> | undefined;
  #noting: Promise<void> | undefined;
  #noteNow: (() => void) | undefined;
  #sharedUntil = 0;

  /** @param key 32 bytes. */
  constructor(records: Collection<AuditDoc>, head: Collection<AuditHeadDoc>, key: Uint8Array) {
    this.#records = records;
    this.#head = head;
    this.#key = key;
  }

  /** Entries that wait for the batch before them. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /**
   * Appends one entry. Resolves when it is stored, as durably as what it tells of.
   *
   * @param durable false for what changed nothing: a crash of the database may then take the last tenth of a second.
   */
  append(entry: AuditEntry, durable = true): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ entry: { ...storable(entry), id: new ObjectId() }, durable, resolve, reject });
      this.#running ??= this.#run();
    });
  }

  /** Waits until nothing is left to be written: before the database is closed. */
  async flush(): Promise<void> {
    while (this.#running !== undefined || this.#noting !== undefined) {
      await this.#running;
      this.#noteNow?.();
      await this.#noting;
    }
  }

  /** Number and MAC of the last record, for a note elsewhere. */
  tail(): Promise<Tail> {
    return this.#readTail();
  }

  /** For those who verify. */
  macOf(previous: Uint8Array, seq: number, entry: Unchained): Uint8Array {
    return chainMac(this.#key, previous, seq, entry);
  }

  /** For those who verify. */
  headMacOf({ seq, mac }: Tail): Uint8Array {
    return headMac(this.#key, seq, mac);
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      if (performance.now() < this.#sharedUntil) await delay(Math.random() * longestGapMs);
      else await someTurns();
      const batch = this.#waiting.splice(0, maxBatch);
      let stored = 0;
      try {
        await this.#write(
          batch.map(({ entry }) => entry),
          batch.some(({ durable }) => durable),
          (count) => {
            for (const { resolve } of batch.slice(stored, stored + count)) resolve();
            stored += count;
          },
        );
      } catch (error) {
        this.#tail = undefined;
        for (const { reject } of batch.slice(stored)) reject(error);
      }
    }
    this.#running = undefined;
  }

  /** @param onStored called with how many more, from the beginning, are stored. */
  async #write(
    entries: readonly Unchained[],
    durable: boolean,
    onStored: (count: number) => void,
  ): Promise<void> {
    let left = entries;
    while (left.length > 0) {
      this.#tail ??= await this.#openChain();
      const documents = this.#chain(this.#tail, left);
      const mine = (await this.#insert(documents, durable))
        ? documents.length
        : await this.#countMine(documents);
      const last = documents[mine - 1];
      if (last !== undefined) {
        this.#tail = { seq: last._id, mac: fromBinary(last.mac) };
        this.#noting ??= this.#note();
      }
      onStored(mine);
      left = left.slice(mine);
      if (left.length === 0) return;
      // Another instance wrote meanwhile: the rest is chained to what it wrote.
      this.#tail = undefined;
      this.#sharedUntil = performance.now() + sharingMs;
    }
  }

  /** @returns false if a number was taken, by another instance or by an earlier sending of the same documents. */
  async #insert(documents: readonly AuditDoc[], durable: boolean): Promise<boolean> {
    const options = { ordered: true, ...(durable ? { writeConcern: journaled(this.#records) } : {}) };
    const started = performance.now();
    for (;;) {
      try {
        await this.#records.insertMany(documents, options);
        return true;
      } catch (error) {
        if (isDuplicate(error)) return false;
        // The same documents again: those that had arrived are recognised.
        if (!isDatabaseAway(error) || performance.now() - started > sendAgainMs) throw error;
        await delay(longestGapMs);
      }
    }
  }

  #chain(tail: Tail, entries: readonly Unchained[]): AuditDoc[] {
    let { seq, mac } = tail;
    return entries.map((entry) => {
      seq += 1;
      mac = chainMac(this.#key, mac, seq, entry);
      return { _id: seq, ...entry, mac: toBinary(mac) };
    });
  }

  async #readTail(): Promise<Tail> {
    const last = await this.#records.findOne({}, { sort: { _id: -1 } });
    return last === null ? { seq: 0, mac: firstMac } : { seq: last._id, mac: fromBinary(last.mac) };
  }

  /** Reads the tail. Before the very first record the head is made, so that a missing one is always a sign. */
  async #openChain(): Promise<Tail> {
    const tail = await this.#readTail();
    if (tail.seq === 0) {
      const mac = toBinary(headMac(this.#key, 0, firstMac));
      await this.#head.updateOne({ _id: 'head' }, { $setOnInsert: { seq: 0, mac } }, { upsert: true });
    }
    return tail;
  }

  /** How many documents of a batch, from its beginning, were stored. */
  async #countMine(documents: readonly AuditDoc[]): Promise<number> {
    const numbers = documents.map(({ _id }) => _id);
    const stored = await this.#records
      .find({ _id: { $in: numbers } }, { projection: { id: 1 } })
      .sort({ _id: 1 })
      .toArray();
    const byNumber = new Map(stored.map(({ _id, id }) => [_id, id]));
    const foreign = documents.findIndex(({ _id, id }) => !(byNumber.get(_id)?.equals(id) ?? false));
    return foreign === -1 ? documents.length : foreign;
  }

  #pauseBeforeNote(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, noteAfterMs);
      this.#noteNow = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** Notes how long the chain is, so that a cut tail shows. Behind the records, and for many of them at once. */
  async #note(): Promise<void> {
    try {
      for (let noted = 0; this.#tail !== undefined && this.#tail.seq > noted; ) {
        await this.#pauseBeforeNote();
        const { seq, mac } = this.#tail;
        await this.#head.updateOne(
          { _id: 'head', seq: { $lt: seq } },
          { $set: { seq, mac: toBinary(headMac(this.#key, seq, mac)) } },
        );
        noted = seq;
      }
    } catch {
      // The next batch notes it; until then a cut of the very last records would not show.
    } finally {
      this.#noting = undefined;
    }
  }
}
