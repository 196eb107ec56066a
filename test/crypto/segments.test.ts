import { readFile } from 'node:fs/promises';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tokenLength } from '../../src/crypto/fernet.ts';
import {
  defaultSegmentBytes,
  sealedLength,
  segmentCount,
  segmentKey,
  segmentLength,
} from '../../src/crypto/segments.ts';
import { cutSegments } from '../../src/storage/cut-segments.ts';
import { flipBit, inPieces, someBytes } from '../support/bytes.ts';

/** Lengths of the segments, by handing out bytes one segment after the other. */
function bruteForce(sizeBytes: number, segmentBytes: number): number[] {
  const lengths: number[] = [];
  let rest = sizeBytes;
  do {
    lengths.push(Math.min(rest, segmentBytes));
    rest -= segmentBytes;
  } while (rest > 0);
  return lengths;
}

async function* withEmptyPieces() {
  yield Buffer.alloc(0);
  yield Buffer.from('abcd');
  yield Buffer.alloc(0);
}

const hex = (...parameters: Parameters<typeof segmentKey>) =>
  Buffer.from(segmentKey(...parameters)).toString('hex');

describe('layout', () => {
  it('has the counts and lengths that cutting by hand gives', () => {
    for (let segmentBytes = 1; segmentBytes <= 20; segmentBytes++) {
      for (let sizeBytes = 0; sizeBytes <= 90; sizeBytes++) {
        const layout = { sizeBytes, segmentBytes };
        const lengths = bruteForce(sizeBytes, segmentBytes);
        expect(segmentCount(layout)).toBe(lengths.length);
        expect(lengths.map((_, index) => segmentLength(layout, index))).toEqual(lengths);
        expect(sealedLength(layout)).toBe(lengths.reduce((sum, length) => sum + tokenLength(length), 0));
      }
    }
  });

  it('stays exact for contents of many terabytes', () => {
    const layout = { sizeBytes: 2 ** 50 + 1, segmentBytes: 2 ** 20 };
    expect(segmentCount(layout)).toBe(2 ** 30 + 1);
    expect(segmentLength(layout, 2 ** 30)).toBe(1);
    expect(sealedLength(layout)).toBe(2 ** 30 * tokenLength(2 ** 20) + 73);
  });

  it('is how a stream is really cut, whatever its pieces', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(200),
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 70 }),
        async (sizeBytes, segmentBytes, pieceBytes) => {
          const bytes = someBytes(sizeBytes);
          const segments = [];
          for await (const { pieces, ...rest } of cutSegments(inPieces(bytes, pieceBytes), segmentBytes))
            segments.push({ ...rest, bytes: Buffer.concat(pieces) });
          expect(segments.map((segment) => segment.bytes.length)).toEqual(
            bruteForce(sizeBytes, segmentBytes),
          );
          expect(segments.map(({ index }) => index)).toEqual([...segments.keys()]);
          expect(segments.filter(({ last }) => last)).toEqual([segments.at(-1)]);
          expect(Buffer.compare(Buffer.concat(segments.map((segment) => segment.bytes)), bytes)).toBe(0);
        },
      ),
    );
  });

  it('has no empty segment at the end when a stream ends with empty pieces', async () => {
    const lengths = [];
    for await (const { pieces } of cutSegments(withEmptyPieces(), 2))
      lengths.push(Buffer.concat(pieces).length);
    expect(lengths).toEqual([2, 2]);
  });
});

describe('the page of the format', () => {
  it('says the size that segments have at present', async () => {
    const page = await readFile(new URL('../../src/crypto/FORMAT.md', import.meta.url), 'utf8');
    expect(page).toContain(`S bytes (${defaultSegmentBytes.toLocaleString('en-GB')} at present`);
  });
});

describe('segment key', () => {
  const fileKey = someBytes(32);
  const version = someBytes(12);

  it('is the same for the same file key, version, index and end', () => {
    expect(hex(fileKey, version, 3, false)).toBe(hex(Buffer.from(fileKey), Buffer.from(version), 3, false));
  });

  it('differs by index and by end, also where a 32-bit index would wrap', () => {
    const indexes = [0, 1, 2, 255, 256, 2 ** 16, 2 ** 31, 2 ** 32, 2 ** 32 + 1, Number.MAX_SAFE_INTEGER];
    const keys = indexes.flatMap((index) => [
      hex(fileKey, version, index, false),
      hex(fileKey, version, index, true),
    ]);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('differs with every bit of the version id and of the file key', () => {
    const keys = [
      hex(fileKey, version, 0, true),
      ...Array.from({ length: 96 }, (_, bit) => hex(fileKey, flipBit(version, bit), 0, true)),
      ...Array.from({ length: 256 }, (_, bit) => hex(flipBit(fileKey, bit), version, 0, true)),
    ];
    expect(new Set(keys).size).toBe(1 + 96 + 256);
  });

  it('differs for any two positions', () => {
    const position = fc.tuple(fc.maxSafeNat(), fc.boolean());
    fc.assert(
      fc.property(position, position, (a, b) => {
        fc.pre(a[0] !== b[0] || a[1] !== b[1]);
        expect(hex(fileKey, version, ...a)).not.toBe(hex(fileKey, version, ...b));
      }),
    );
  });

  it('refuses a file key that has not 32 bytes and a version id that has not 12', () => {
    expect(() => segmentKey(someBytes(31), version, 0, true)).toThrow(RangeError);
    expect(() => segmentKey(fileKey, someBytes(24), 0, true)).toThrow(RangeError);
  });
});
