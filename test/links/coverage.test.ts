import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addRange, coversAll, hasGap, prefixEnd } from '../../src/links/coverage.ts';
import type { ByteRange } from '../../src/storage/content-store.ts';

const range = fc
  .tuple(fc.nat(40), fc.nat(40))
  .map(([a, b]): ByteRange => ({ start: Math.min(a, b), end: Math.max(a, b) }));

describe('coverage', () => {
  it('is the union of what was added, in any order, in as few pieces as there are', () => {
    fc.assert(
      fc.property(fc.array(range, { maxLength: 12 }), (ranges) => {
        const bytes = new Set(
          ranges.flatMap(({ start, end }) => Array.from({ length: end - start }, (_, i) => start + i)),
        );
        let merged: ByteRange[] = [];
        for (const each of ranges) merged = addRange(merged, each);
        const covered = merged.flatMap(({ start, end }) =>
          Array.from({ length: end - start }, (_, i) => start + i),
        );
        expect(covered).toEqual([...bytes].toSorted((a, b) => a - b));
        const gaps = merged.slice(1).map(({ start }, i) => start - (merged[i]?.end ?? start));
        expect(gaps.every((gap) => gap > 0)).toBe(true);
        const first = Array.from({ length: 42 }, (_, i) => i).find((byte) => !bytes.has(byte)) ?? 0;
        expect(prefixEnd(merged)).toBe(first);
        expect(hasGap(merged)).toBe(covered.length > first);
        expect(coversAll(merged, 20)).toBe(first >= 20);
      }),
    );
  });
});
