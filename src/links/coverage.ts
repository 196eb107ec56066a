import type { ByteRange } from '../storage/content-store.ts';

/** Adds a range to ranges that are in order and apart from each other. The result is so too. */
export function addRange(ranges: readonly ByteRange[], added: ByteRange): ByteRange[] {
  const merged: { start: number; end: number }[] = [];
  const all = added.end > added.start ? [...ranges, added] : ranges;
  for (const { start, end } of all.toSorted((a, b) => a.start - b.start)) {
    const last = merged.at(-1);
    if (last !== undefined && start <= last.end) last.end = Math.max(last.end, end);
    else merged.push({ start, end });
  }
  return merged;
}

/** True if nothing is missing of a content of this size. */
export const coversAll = (ranges: readonly ByteRange[], sizeBytes: number): boolean =>
  prefixEnd(ranges) >= sizeBytes;

/** How far the content is covered from its beginning without a gap. */
export const prefixEnd = ([first]: readonly ByteRange[]): number => (first?.start === 0 ? first.end : 0);

/** True if something further on is covered while something before it is not. */
export const hasGap = (ranges: readonly ByteRange[]): boolean =>
  ranges.length > 1 || (ranges[0]?.start ?? 0) > 0;
