import type { Collection, ObjectId } from 'mongodb';
import type { AccountDoc, PendingVersion } from '../accounts/documents.ts';
import { someTurns } from '../database/turns.ts';

/** What an upload sets aside in its account. */
export interface Claim {
  readonly id: ObjectId;
  readonly bytes: number;
  /** 1 if it makes a new file, 0 if it adds a version. */
  readonly files: 0 | 1;
}

interface Settlement extends Claim {
  /** Plaintext bytes that are now in use; undefined gives bytes and file back. */
  readonly sizeBytes: number | undefined;
}

/**
 * Keeps the accounts' bookkeeping of uploads. What comes for one account while an update of it is under way goes together in
 * the next: many small uploads at once would otherwise all write the same document, and wait for each other there.
 */
export class Ledger {
  readonly #accounts: Collection<AccountDoc>;
  readonly #now: () => Date;
  readonly #claims: Turns<Claim, boolean>;
  readonly #settlements: Turns<Settlement, void>;

  constructor(accounts: Collection<AccountDoc>, now: () => Date) {
    this.#accounts = accounts;
    this.#now = now;
    this.#claims = new Turns((account, claims) => this.#claimAll(account, claims));
    this.#settlements = new Turns((account, settlements) => this.#settleAll(account, settlements));
  }

  /** Sets bytes and files aside. @returns false if there is no room, or no such account any more. */
  claim(account: string, claim: Claim): Promise<boolean> {
    return this.#claims.add(account, claim);
  }

  /** Turns what was set aside into usage, or gives it back; does nothing if that was done before. */
  settle(account: string, settlement: Settlement): Promise<void> {
    return this.#settlements.add(account, settlement);
  }

  async #claimAll(account: string, claims: readonly Claim[]): Promise<boolean[]> {
    const bytes = sum(claims, (claim) => claim.bytes);
    const files = sum(claims, (claim) => claim.files);
    const at = this.#now();
    const { matchedCount } = await this.#accounts.updateOne(
      { _id: account, status: { $ne: 'removing' }, ...hasRoomFor(bytes, files) },
      {
        $inc: { pendingBytes: bytes, fileCount: files },
        $push: { pending: { $each: claims.map((claim) => ({ ...claim, kind: 'upload' as const, at })) } },
      },
    );
    if (matchedCount === 1 || claims.length === 1) return claims.map(() => matchedCount === 1);
    // Not room for all: each for itself, in the order in which they came.
    const granted: boolean[] = [];
    for (const claim of claims) granted.push(...(await this.#claimAll(account, [claim])));
    return granted;
  }

  async #settleAll(account: string, asked: readonly Settlement[]): Promise<void[]> {
    // An upload and a sweep may settle the same thing in the same turn: the first of them counts.
    const settlements = firstOfEach(asked);
    const { matchedCount } = await this.#accounts.updateOne(
      {
        _id: account,
        $and: settlements.map(({ id, bytes }) => ({
          pending: { $elemMatch: { id, kind: 'upload' as const, bytes } },
        })),
      },
      {
        $pull: { pending: uploadsOf(settlements) },
        $inc: {
          pendingBytes: -sum(settlements, ({ bytes }) => bytes),
          usedBytes: sum(settlements, ({ sizeBytes }) => sizeBytes ?? 0),
          fileCount: -sum(settlements, ({ sizeBytes, files }) => (sizeBytes === undefined ? files : 0)),
        },
      },
    );
    // One of them was settled by someone else: each for itself, so that it counts once.
    if (matchedCount === 0 && settlements.length > 1) {
      for (const settlement of settlements) await this.#settleAll(account, [settlement]);
    }
    return [];
  }
}

const firstOfEach = (settlements: readonly Settlement[]): Settlement[] => {
  const first = new Map<string, Settlement>();
  for (const settlement of settlements) {
    const id = settlement.id.toHexString();
    if (!first.has(id)) first.set(id, settlement);
  }
  return [...first.values()];
};

/** Selects the notes of these uploads. The driver's types know no operator on an ObjectId inside `$pull`. */
const uploadsOf = (settlements: readonly Settlement[]) =>
  ({ kind: 'upload', id: { $in: settlements.map(({ id }) => id) } }) as unknown as Partial<PendingVersion>;

/** The condition under which an account has room for more. */
export const hasRoomFor = (bytes: number, files = 0) => ({
  $expr: {
    $and: [
      { $lte: [{ $add: ['$usedBytes', '$pendingBytes', bytes] }, '$quotaBytes'] },
      ...(files === 0
        ? []
        : [
            { $or: [{ $eq: ['$maxFiles', null] }, { $lte: [{ $add: ['$fileCount', files] }, '$maxFiles'] }] },
          ]),
    ],
  },
});

const sum = <T>(items: readonly T[], value: (item: T) => number): number =>
  items.reduce((total, item) => total + value(item), 0);

interface Waiting<Ask, Answer> {
  readonly ask: Ask;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

/** Runs what is asked about one thing one after another, and together what came meanwhile or comes in a few turns. */
class Turns<Ask, Answer> {
  readonly #run: (thing: string, asks: readonly Ask[]) => Promise<Answer[]>;
  readonly #waiting = new Map<string, Waiting<Ask, Answer>[]>();

  constructor(run: (thing: string, asks: readonly Ask[]) => Promise<Answer[]>) {
    this.#run = run;
  }

  add(thing: string, ask: Ask): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const waiting = this.#waiting.get(thing);
      if (waiting !== undefined) {
        waiting.push({ ask, resolve, reject });
        return;
      }
      this.#waiting.set(thing, [{ ask, resolve, reject }]);
      void this.#work(thing);
    });
  }

  async #work(thing: string): Promise<void> {
    for (;;) {
      await someTurns();
      const turn = this.#waiting.get(thing) ?? [];
      if (turn.length === 0) break;
      this.#waiting.set(thing, []);
      try {
        const answers = await this.#run(
          thing,
          turn.map(({ ask }) => ask),
        );
        for (const [index, { resolve }] of turn.entries()) resolve(answers[index] as Answer);
      } catch (error) {
        for (const { reject } of turn) reject(error);
      }
    }
    this.#waiting.delete(thing);
  }
}
