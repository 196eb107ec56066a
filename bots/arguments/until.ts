import { UsageError } from '../port/command.ts';
import { timeWords } from '../words/arguments.ts';
import type { Reader } from '../words/time.ts';
import { maxDurationWords, readDuration } from './duration.ts';
import { maxMomentWords, readMoment } from './moment.ts';
import type { Phrase } from './phrase.ts';

/**
 * Takes when something ends: `until friday`, `for 3 days`, `expires tomorrow 5pm`; with `bare`, also a duration or a day alone.
 *
 * @returns milliseconds since 1970; undefined if nothing of that kind is there.
 * @throws UsageError for a time after `until` that cannot be read or has passed.
 */
export function takeUntil(phrase: Phrase, reader: Reader, bare: boolean): number | undefined {
  // The same as saying nothing.
  if (phrase.takeEnd((words) => (endless.test(words.join(' ')) ? true : undefined), 2) === true)
    return undefined;
  const read = (words: readonly string[]) => readMoment(words, reader);
  const until = phrase.takeAfter(['until', 'till', 'til', 'expires', 'before'], read, maxMomentWords);
  if (until?.value !== undefined) return future(until.value, reader);
  if (until !== undefined && until.keyword.toLowerCase() === 'until')
    throw new UsageError(timeWords.notUnderstood(until.following));
  const seconds = phrase.takeAfter(['for', 'in'], readDuration, maxDurationWords)?.value;
  if (seconds !== undefined) return reader.now.getTime() + seconds * 1000;
  if (!bare) return undefined;
  const alone = phrase.takeRun(readDuration, maxDurationWords);
  if (alone !== undefined) return reader.now.getTime() + alone * 1000;
  // Last, and behind something else: `friday` alone is the name of a file.
  const day = phrase.takeEnd((words) => (days.test(words.join(' ')) ? read(words) : undefined), 2);
  return day === undefined ? undefined : future(day, reader);
}

const endless = /^(?:for ever|for good|forever)$/i;
const days = /^(?:next )?(?:tomorrow|tonight|(?:mon|tues|wednes|thurs|fri|satur|sun)day)$/i;

function future(at: Date, { now }: Reader): number {
  if (at <= now) throw new UsageError(timeWords.passed);
  return at.getTime();
}
