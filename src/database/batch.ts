/**
 * Batches: what is asked of one collection in a few turns of the event loop goes as one command. Under load that is most
 * of what many requests at once would ask one by one; alone, a request is not slowed down.
 */
import {
  type Collection,
  type Document,
  MongoBulkWriteError,
  MongoError,
  type OptionalUnlessRequiredId,
  type WriteConcernSettings,
} from 'mongodb';
import { type SendCheck, sendOnlyIf } from './send-check.ts';
import { afterTurns } from './turns.ts';

interface Waiting<Ask, Answer> {
  readonly ask: Ask;
  readonly check: SendCheck | undefined;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

/** Collects what is asked in a few turns. */
class Batch<Ask, Answer> {
  readonly #run: (batch: readonly Waiting<Ask, Answer>[]) => Promise<void>;
  readonly #most: number;
  #waiting: Waiting<Ask, Answer>[] = [];

  constructor(most: number, run: (batch: readonly Waiting<Ask, Answer>[]) => Promise<void>) {
    this.#most = most;
    this.#run = run;
  }

  /** @param check what is sent together is sent only if nobody's check refuses it. */
  add(ask: Ask, check?: SendCheck): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (this.#waiting.length === 0) afterTurns(() => this.#flush());
      this.#waiting.push({ ask, check, resolve, reject });
      if (this.#waiting.length >= this.#most) this.#flush();
    });
  }

  #flush(): void {
    const batch = this.#waiting;
    this.#waiting = [];
    if (batch.length === 0) return;
    this.#run(batch).catch((error: unknown) => {
      for (const { reject } of batch) reject(error);
    });
  }
}

/** Reads documents by a key of theirs. Everyone who asks gets the document as it was after they asked. */
export class ReadBatch<T> {
  readonly #batch: Batch<string, T | null>;

  /**
   * @param most how many keys go together at most.
   * @param fetch the documents of these keys, each of which comes once.
   * @param keyOf the key of a document.
   */
  constructor(
    most: number,
    fetch: (keys: readonly string[]) => Promise<readonly T[]>,
    keyOf: (document: T) => string,
  ) {
    this.#batch = new Batch(most, async (batch) => {
      const found = await fetch([...new Set(batch.map(({ ask }) => ask))]);
      const byKey = new Map(found.map((document) => [keyOf(document), document]));
      for (const { ask, resolve } of batch) resolve(byKey.get(ask) ?? null);
    });
  }

  /** @returns null if there is none. Read only: others may hold the same object. */
  get(key: string): Promise<Readonly<T> | null> {
    return this.#batch.add(key);
  }
}

const mostInserts = 50;

/** Inserts documents into one collection. Each of a batch succeeds or fails by itself. */
export class InsertBatch<T extends Document> {
  readonly #batch: Batch<OptionalUnlessRequiredId<T>, void>;

  constructor(collection: Collection<T>, writeConcern?: WriteConcernSettings) {
    const options = writeConcern === undefined ? {} : { writeConcern };
    this.#batch = new Batch(mostInserts, async (batch) => {
      const [first] = batch;
      const checked = { ...options, ...sendOnlyIf(checkAll(batch)) };
      if (batch.length === 1 && first !== undefined) await collection.insertOne(first.ask, checked);
      else await insertMany(collection, batch, checked);
      for (const { resolve } of batch) resolve();
    });
  }

  /** @throws what `insertOne` throws, a refused duplicate included; what anybody's check in the batch throws. */
  insert(document: OptionalUnlessRequiredId<T>, check?: SendCheck): Promise<void> {
    return this.#batch.add(document, check);
  }
}

/** The check of what is sent together: none of it goes if one refuses, and everybody learns why. */
const checkAll =
  <Ask>(batch: readonly Waiting<Ask, void>[]): SendCheck =>
  () => {
    try {
      for (const { check } of batch) check?.();
    } catch (error) {
      // The driver passes on its own error in some cases.
      for (const { reject } of batch) reject(error);
      throw error;
    }
  };

async function insertMany<T extends Document>(
  collection: Collection<T>,
  batch: readonly Waiting<OptionalUnlessRequiredId<T>, void>[],
  options: { writeConcern?: WriteConcernSettings },
): Promise<void> {
  try {
    await collection.insertMany(
      batch.map(({ ask }) => ask),
      { ...options, ordered: false },
    );
  } catch (error) {
    if (!(error instanceof MongoBulkWriteError) || error.result.getWriteConcernError() !== undefined)
      throw error;
    const refusals = [error.writeErrors].flat();
    // A connection that broke comes as the same error, and tells of none: then nobody knows what is in.
    if (error.insertedCount + refusals.length !== batch.length) throw error;
    // Some were refused; the others are in. A settled promise ignores the resolve that follows.
    for (const { index, code, errmsg } of refusals) {
      const refused = new MongoError(errmsg ?? 'insert refused');
      refused.code = code;
      batch[index]?.reject(refused);
    }
  }
}
