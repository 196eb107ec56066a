import { readCount } from './count.ts';

const secondsOf: Readonly<Record<string, number>> = {
  s: 1,
  sec: 1,
  second: 1,
  m: 60,
  min: 60,
  minute: 60,
  h: 3600,
  hr: 3600,
  hour: 3600,
  d: 24 * 3600,
  day: 24 * 3600,
  w: 7 * 24 * 3600,
  week: 7 * 24 * 3600,
  month: 30 * 24 * 3600,
  year: 365 * 24 * 3600,
};
const longestSeconds = 100 * 365 * 24 * 3600;

/** Most words that a duration takes: `half an hour`. */
export const maxDurationWords = 3;

/** Reads a whole duration in seconds: `24h`, `3 days`, `10min`, `half an hour`; undefined for anything else. */
export function readDuration(words: readonly string[]): number | undefined {
  const text = words
    .join(' ')
    .toLowerCase()
    .replace(/^half an?\b/, 'half');
  const match = /^(?:(\d{1,6}(?:[.,]\d+)?) ?|([a-z]+) )([a-z]+)$/.exec(text);
  if (match === null) return undefined;
  const [, digits, word = '', unit = ''] = match;
  const count = digits === undefined ? countOf(word) : Number(digits.replace(',', '.'));
  const unitSeconds = secondsOf[unit] ?? secondsOf[unit.replace(/s$/, '')];
  if (count === undefined || unitSeconds === undefined) return undefined;
  const seconds = Math.round(count * unitSeconds);
  return seconds > 0 && seconds <= longestSeconds ? seconds : undefined;
}

const countOf = (word: string) => (word === 'half' ? 0.5 : readCount(word));
