import type { Collection } from 'mongodb';
import { isDuplicate } from '../database/connect.ts';
import { LockerError } from '../errors.ts';
import type { Locker } from '../locker.ts';
import { addressGroup } from './address.ts';
import type { GuessDoc } from './documents.ts';
import { guessErrors, type GuessKind, type GuessPolicy, guessPolicies } from './guess-policy.ts';

/** Who guesses: an account that signed in, or whoever is at an address. A guest and an actor both are one. */
export interface Guesser {
  readonly account?: string;
  readonly address?: string;
}

const togetherMs = 60_000;
const tries = 5;

/**
 * Lets someone try a code, token or password, unless they, or all together, failed too often lately.
 *
 * The attempt is counted before it is made, so that a thousand at once are no way around, and given back unless it fails
 * with one of `guessErrors`. Who is refused is told when to come back; nothing waits here. A fault of the database
 * refuses too: without the count there would be no end to the guessing.
 *
 * @param target what is guessed at, where the secrets of a kind differ in strength: the id of a link.
 * @throws LockerError `rate_limited` with `retryAfterSeconds`, and whatever the attempt throws.
 */
export async function guardGuess<T>(
  locker: Locker,
  who: Guesser,
  kind: GuessKind,
  attempt: () => Promise<T>,
  target = '',
): Promise<T> {
  const policy = guessPolicies[kind];
  const name = `${kind}:${target}`;
  const source = `${name}:${sourceOf(who)}`;
  const at = locker.now();
  const refusedUntil = locker.refusals.find(source, at);
  const counted = refusedUntil ?? (await countAttempt(locker.collections.guesses, name, source, at, policy));
  if (counted instanceof Date) {
    if (refusedUntil === undefined) locker.refusals.add(source, counted, at);
    locker.meter.guessRefusals.inc({ kind });
    throw tooMany(counted, at);
  }
  let result: T;
  try {
    result = await attempt();
  } catch (error) {
    if (error instanceof LockerError && guessErrors.has(error.code)) {
      locker.meter.guessFailures.inc({ kind });
      if (counted.bannedUntil !== null) locker.log.warn({ guess: kind }, 'a guesser is banned for a while');
    } else await giveBack(locker, counted, false);
    throw error;
  }
  if (policy.successClears) locker.refusals.delete(source);
  await giveBack(locker, counted, policy.successClears);
  return result;
}

/** Wraps a use case whose caller may be guessing. Outside of `audited`, so that what is refused cannot fill the trail. */
export const guarded =
  <Who extends Guesser, Args extends readonly unknown[], Result>(
    kind: GuessKind,
    useCase: (locker: Locker, who: Who, ...args: Args) => Promise<Result>,
  ): ((locker: Locker, who: Who, ...args: Args) => Promise<Result>) =>
  (locker, who, ...args) =>
    guardGuess(locker, who, kind, () => useCase(locker, who, ...args));

const sourceOf = ({ account, address }: Guesser): string =>
  account === undefined ? `address:${addressGroup(address ?? '')}` : `account:${account}`;

/** An attempt that was counted, as far as it takes to give it back. */
interface Counted {
  readonly source: string;
  readonly together: string | undefined;
  /** The ban that holds until the attempt is given back; null while failures are free. */
  readonly bannedUntil: Date | null;
}

/** @returns when to come back, if the attempt may not be made; nothing is counted then. */
async function countAttempt(
  guesses: Collection<GuessDoc>,
  name: string,
  source: string,
  at: Date,
  policy: GuessPolicy,
): Promise<Counted | Date> {
  const bucketId = (bucket: string) => `${name}:all:${bucket}`;
  // Read first: those who are refused in masses cost no write.
  const known = await guesses
    .find({
      _id: { $in: [source, bucketId('newcomers'), bucketId('others')] },
      expiresAt: { $gt: at },
    })
    .toArray();
  const find = (id: string) => known.find(({ _id }) => _id === id);
  const banned = bannedUntilOf(find(source), at);
  if (banned !== undefined) return banned;
  const bucket = (find(source)?.count ?? 0) === 0 ? 'newcomers' : 'others';
  const together = policy.together === undefined ? undefined : bucketId(bucket);
  const cap = policy.together?.[bucket] ?? Number.POSITIVE_INFINITY;
  const before = together === undefined ? undefined : find(together);
  if (before !== undefined && before.count >= cap) return before.expiresAt;

  const own = await countSource(guesses, source, at, policy);
  if (own instanceof Date) return own;
  const counted = { source, together, bannedUntil: own.bannedUntil };
  if (together !== undefined) {
    const all = await countTogether(guesses, together, at);
    if (all.count > cap) {
      await giveBackSource(guesses, counted, false);
      return all.expiresAt;
    }
  }
  return counted;
}

/** @returns the end of a ban that someone else got for this source meanwhile. */
async function countSource(
  guesses: Collection<GuessDoc>,
  _id: string,
  at: Date,
  { free, firstBanMs, longestBanMs, forgetMs }: GuessPolicy,
): Promise<GuessDoc | Date> {
  const banMs = {
    $min: [
      longestBanMs,
      { $multiply: [firstBanMs, { $pow: [2, { $min: [30, { $subtract: ['$count', free + 1] }] }] }] },
    ],
  };
  for (let attempt = 0; attempt < tries; attempt++) {
    try {
      // A ban that someone else got meanwhile does not match, and its document refuses the insert.
      const counted = await guesses.findOneAndUpdate(
        { _id, $or: [{ bannedUntil: null }, { bannedUntil: { $lte: at } }] },
        [
          { $set: { count: { $cond: [{ $gt: ['$expiresAt', at] }, { $add: ['$count', 1] }, 1] } } },
          { $set: { bannedUntil: { $cond: [{ $gt: ['$count', free] }, { $add: [at, banMs] }, null] } } },
          { $set: { expiresAt: { $add: [{ $ifNull: ['$bannedUntil', at] }, forgetMs] } } },
        ],
        { upsert: true, returnDocument: 'after' },
      );
      if (counted !== null) return counted;
    } catch (error) {
      if (!isDuplicate(error)) throw error;
      const banned = bannedUntilOf((await guesses.findOne({ _id })) ?? undefined, at);
      if (banned !== undefined) return banned;
    }
  }
  throw new LockerError('busy', { hint: 'Too many try at this moment. Try again.' });
}

async function countTogether(guesses: Collection<GuessDoc>, _id: string, at: Date): Promise<GuessDoc> {
  const live = { $gt: ['$expiresAt', at] };
  for (let attempt = 0; attempt < tries; attempt++) {
    try {
      const counted = await guesses.findOneAndUpdate(
        { _id },
        [
          {
            $set: {
              count: { $cond: [live, { $add: ['$count', 1] }, 1] },
              expiresAt: { $cond: [live, '$expiresAt', { $add: [at, togetherMs] }] },
              bannedUntil: null,
            },
          },
        ],
        { upsert: true, returnDocument: 'after' },
      );
      if (counted !== null) return counted;
    } catch (error) {
      if (!isDuplicate(error)) throw error;
    }
  }
  throw new LockerError('busy', { hint: 'Too many try at this moment. Try again.' });
}

/** What fails here leaves an attempt counted until it is forgotten, which is no reason to fail what succeeded. */
async function giveBack(locker: Locker, counted: Counted, clear: boolean): Promise<void> {
  const { guesses } = locker.collections;
  try {
    await giveBackSource(guesses, counted, clear);
    if (counted.together !== undefined)
      await guesses.updateOne({ _id: counted.together, count: { $gt: 0 } }, { $inc: { count: -1 } });
  } catch (error) {
    locker.log.warn({ err: error }, 'a guess stays counted');
  }
}

async function giveBackSource(
  guesses: Collection<GuessDoc>,
  { source, bannedUntil }: Counted,
  clear: boolean,
): Promise<void> {
  if (clear) await guesses.deleteOne({ _id: source });
  else
    await guesses.updateOne(
      { _id: source, bannedUntil, count: { $gt: 0 } },
      { $inc: { count: -1 }, $set: { bannedUntil: null } },
    );
}

function bannedUntilOf(known: GuessDoc | undefined, at: Date): Date | undefined {
  const until = known?.bannedUntil ?? null;
  return until !== null && until > at ? until : undefined;
}

function tooMany(until: Date, at: Date): LockerError {
  const retryAfterSeconds = Math.max(1, Math.ceil((until.getTime() - at.getTime()) / 1000));
  return new LockerError('rate_limited', {
    retryAfterSeconds,
    hint: `Too many wrong tries. Try again in ${retryAfterSeconds} s.`,
  });
}
