import { plural } from './plural.ts';

/** Where and when a person reads: what `today` means. */
export interface Reader {
  readonly now: Date;
  /** IANA name. */
  readonly timeZone: string;
}

const dayMs = 24 * 3600 * 1000;

const format = (timeZone: string, options: Intl.DateTimeFormatOptions) =>
  new Intl.DateTimeFormat('en-GB', { timeZone, ...options });

/** The calendar day of a moment, for comparing: `2026-11-27`. */
export const dayOf = (at: Date, timeZone: string): string =>
  format(timeZone, { year: 'numeric', month: '2-digit', day: '2-digit' })
    .formatToParts(at)
    .filter(({ type }) => type !== 'literal')
    .map(({ value }) => value)
    .toReversed()
    .join('-');

/** The time of day: `18:05`. */
export const formatClock = (at: Date, timeZone: string): string =>
  format(timeZone, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(at);

/** A day: `today`, `yesterday`, `tomorrow`, `Friday 27 November`, with the year if it is another one. */
export function formatDay(at: Date, { now, timeZone }: Reader): string {
  const day = dayOf(at, timeZone);
  if (day === dayOf(now, timeZone)) return 'today';
  if (day === dayOf(new Date(now.getTime() - dayMs), timeZone)) return 'yesterday';
  if (day === dayOf(new Date(now.getTime() + dayMs), timeZone)) return 'tomorrow';
  const sameYear = day.slice(0, 4) === dayOf(now, timeZone).slice(0, 4);
  return format(timeZone, {
    day: 'numeric',
    month: 'long',
    ...(sameYear ? { weekday: 'long' } : { year: 'numeric' }),
  })
    .format(at)
    .replace(',', '');
}

/** A moment: `today at 18:05`, `Friday 27 November at 23:59`. UTC is named: it is what nobody lives by, and what holds until a zone is set. */
export const formatMoment = (at: Date, reader: Reader): string =>
  `${formatDay(at, reader)} at ${formatClock(at, reader.timeZone)}${reader.timeZone === 'UTC' ? ' UTC' : ''}`;

/** How long ago, as people say it: `just now`, `5 minutes ago`, `yesterday`, `3 March 2024`. */
export function formatAgo(at: Date, reader: Reader): string {
  const seconds = (reader.now.getTime() - at.getTime()) / 1000;
  if (seconds < 45) return 'just now';
  if (seconds < 45 * 60) return `${plural(Math.max(1, Math.round(seconds / 60)), 'minute')} ago`;
  if (seconds < 6 * 3600) return `${plural(Math.max(1, Math.round(seconds / 3600)), 'hour')} ago`;
  const day = formatDay(at, reader);
  return day === 'today' ? `today at ${formatClock(at, reader.timeZone)}` : day;
}

const spans = [
  ['week', 7 * 24 * 3600],
  ['day', 24 * 3600],
  ['hour', 3600],
  ['minute', 60],
] as const;

/** A length of time: `10 minutes`, `3 days`. Rounded up, so that nobody is told to come too early. */
export function formatDuration(seconds: number): string {
  const exact = spans.find(([, size]) => seconds >= size && seconds % size === 0);
  if (exact !== undefined) return plural(seconds / exact[1], exact[0]);
  // `90 minutes` says more than `2 hours`.
  const near = spans.find(([, size]) => seconds >= 3 * size);
  return near === undefined
    ? plural(Math.max(1, Math.ceil(seconds)), 'second')
    : plural(Math.ceil(seconds / near[1]), near[0]);
}

/** True for an IANA name that this machine knows. */
export function isTimeZone(name: string): boolean {
  try {
    format(name, {});
    return true;
  } catch {
    return false;
  }
}
