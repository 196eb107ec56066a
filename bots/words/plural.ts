const numbers = new Intl.NumberFormat('en-GB');

/** A number with thousands apart: `12,345`. */
export const formatNumber = (value: number): string => numbers.format(value);

/** A number and its noun: `1 file`, `3 files`. */
export const plural = (count: number, one: string, many = `${one}s`): string =>
  `${formatNumber(count)} ${count === 1 ? one : many}`;

/** `a`, `a and b`, `a, b and c`. */
export const joined = (parts: readonly string[]): string =>
  parts.length < 2 ? (parts[0] ?? '') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1) ?? ''}`;
