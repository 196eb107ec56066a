import type { Filter } from 'mongodb';
import type { Locker } from '../locker.ts';
import type { FileDoc } from './documents.ts';

/** As many entries are counted: rarer is found fast enough, and more would cost more than it saves. */
const countedAtMost = 2000;
/** As many words are weighed against each other. */
const weighedAtMost = 12;

/**
 * The condition for entries that have all tokens. The database walks along one of them, and would take any: it is made to take
 * the rarest, since a frequent one has it read thousands of entries that lack the others.
 *
 * @param tokens at least one.
 */
export async function wordFilter(
  locker: Locker,
  owner: string,
  tokens: readonly number[],
): Promise<Filter<FileDoc>> {
  const [first, second] = tokens;
  if (first === undefined) throw new RangeError('a search has a token');
  if (second === undefined) return { words: first };
  const weighed = await Promise.all(
    tokens.slice(0, weighedAtMost).map(async (token) => ({
      token,
      count: await locker.collections.files.countDocuments(
        { owner, words: token },
        { limit: countedAtMost, hint: { owner: 1, words: 1, updatedAt: -1, _id: -1 } },
      ),
    })),
  );
  const rarest = weighed.reduce((best, one) => (one.count < best.count ? one : best)).token;
  const others = tokens.filter((token) => token !== rarest);
  // As an expression, which no index answers.
  return { words: rarest, $expr: { $setIsSubset: [others, '$words'] } };
}
