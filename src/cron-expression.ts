const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const weekdays = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

interface Field {
  readonly from: number;
  readonly to: number;
  /** What may be written for the numbers from `from` on. */
  readonly names?: readonly string[];
}

const second: Field = { from: 0, to: 59 };
const fields: readonly Field[] = [
  { from: 0, to: 59 },
  { from: 0, to: 23 },
  { from: 1, to: 31 },
  { from: 1, to: 12, names: months },
  { from: 0, to: 7, names: weekdays },
];

/** Whether a text is a cron expression: minute, hour, day, month and weekday, and before them seconds if there are six. */
export function isCronExpression(text: string): boolean {
  const words = text.trim().toLowerCase().split(/\s+/);
  const wanted = words.length === 6 ? [second, ...fields] : fields;
  return words.length === wanted.length && wanted.every((field, i) => isField(words[i] ?? '', field));
}

/** A list of `*`, numbers and ranges, each with a step if it has several. */
const isField = (word: string, field: Field): boolean =>
  word.split(',').every((part) => {
    const [, range = '', step] = /^([^/]+)(?:\/(\d+))?$/.exec(part) ?? [];
    if (step !== undefined && Number(step) === 0) return false;
    if (range === '*') return true;
    const ends = range.split('-').map((end) => numberOf(end, field));
    const [low, high = low] = ends;
    if (ends.length > 2 || low === undefined || high === undefined) return false;
    return ends.every((end) => end !== undefined) && low <= high && (step === undefined || ends.length === 2);
  });

function numberOf(text: string, { from, to, names }: Field): number | undefined {
  const named = names?.indexOf(text) ?? -1;
  const number = named >= 0 ? named + from : /^\d{1,2}$/.test(text) ? Number(text) : undefined;
  return number !== undefined && number >= from && number <= to ? number : undefined;
}
