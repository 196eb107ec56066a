import * as chrono from 'chrono-node';
import type { Reader } from '../words/time.ts';
import { readDuration } from './duration.ts';

/** Most words that a time takes: `next friday at half past 5`. */
export const maxMomentWords = 6;

/**
 * Reads a whole time: `friday`, `31 dec`, `tomorrow 5pm`, `2026-12-31 18:00`, `24h`. In the reader's time zone; a day
 * without a time means its end; what has passed this year or week means the next.
 */
export function readMoment(words: readonly string[], { now, timeZone }: Reader): Date | undefined {
  const seconds = readDuration(words);
  if (seconds !== undefined) return new Date(now.getTime() + seconds * 1000);
  const text = words.join(' ');
  const here = offsetMinutes(now, timeZone);
  const [found, more] = chrono.en.GB.parse(text, { instant: now, timezone: here }, { forwardDate: true });
  if (found === undefined || more !== undefined || found.text.length !== text.length) return undefined;
  const { start } = found;
  if (start.isCertain('timezoneOffset')) return start.date();
  const hasTime = start.isCertain('hour');
  const asUtc = Date.UTC(
    start.get('year') ?? 0,
    (start.get('month') ?? 1) - 1,
    start.get('day') ?? 1,
    hasTime ? (start.get('hour') ?? 0) : 23,
    hasTime ? (start.get('minute') ?? 0) : 59,
    hasTime ? (start.get('second') ?? 0) : 59,
  );
  return fromWall(asUtc, timeZone);
}

/** The moment at which clocks in the zone show this time. The offset may be another one on that day than it is now. */
function fromWall(asUtc: number, timeZone: string): Date {
  const guess = new Date(asUtc - offsetMinutes(new Date(asUtc), timeZone) * 60_000);
  return new Date(asUtc - offsetMinutes(guess, timeZone) * 60_000);
}

function offsetMinutes(at: Date, timeZone: string): number {
  const name = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' })
    .formatToParts(at)
    .find(({ type }) => type === 'timeZoneName')?.value;
  const match = /([+-])(\d\d):?(\d\d)/.exec(name ?? '');
  if (match === null) return 0;
  const minutes = Number(match[2]) * 60 + Number(match[3]);
  return match[1] === '-' ? -minutes : minutes;
}
