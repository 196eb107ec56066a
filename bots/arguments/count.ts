const names = [
  'one',
  'two',
  'three',
  'four',
  'five',
  'six',
  'seven',
  'eight',
  'nine',
  'ten',
  'eleven',
  'twelve',
];

/** Reads a whole number as it is typed or said: `3`, `three`, `a`; undefined for anything else. */
export function readCount(word: string): number | undefined {
  const lower = word.toLowerCase();
  if (/^\d{1,15}$/.test(lower)) return Number(lower);
  if (lower === 'a' || lower === 'an') return 1;
  const place = names.indexOf(lower);
  return place === -1 ? undefined : place + 1;
}
