const units = ['KB', 'MB', 'GB', 'TB'];

/** A size as people write it: `1 byte`, `1.4 MB`, `31 MB`. Decimal units, as phones show them. */
export function formatSize(bytes: number): string {
  if (bytes < 1000) return bytes === 1 ? '1 byte' : `${bytes} bytes`;
  let value = bytes;
  let unit = -1;
  // 999 950 bytes are 1 MB, never 1000 KB.
  while (unit < 0 || (rounded(value) >= 1000 && unit < units.length - 1)) {
    value /= 1000;
    unit++;
  }
  return `${rounded(value)} ${units[unit] ?? ''}`;
}

const rounded = (value: number) => (value < 9.95 ? Math.round(value * 10) / 10 : Math.round(value));
