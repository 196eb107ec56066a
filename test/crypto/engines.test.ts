import { createHmac } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openBulk, sealBulk } from '../../src/crypto/bulk.ts';
import { isTokenLength, OpenError, openToken, sealToken, tokenLength } from '../../src/crypto/fernet.ts';
import { flipBit, someBytes } from '../support/bytes.ts';

const engines = {
  'fernet.ts': {
    seal: (key: Uint8Array, pieces: readonly Uint8Array[]) => sealToken(key, Buffer.concat(pieces)),
    open: (key: Uint8Array, token: Uint8Array): Uint8Array => openToken(key, token),
  },
  'bulk.ts': {
    seal: (key: Uint8Array, pieces: readonly Uint8Array[]): Uint8Array => sealBulk(key, pieces),
    open: (key: Uint8Array, token: Uint8Array): Uint8Array => Buffer.concat([...openBulk(key, token)]),
  },
};
const pairs = Object.entries(engines).flatMap(([sealer, { seal }]) =>
  Object.entries(engines).map(([opener, { open }]) => ({ sealer, opener, seal, open })),
);

const keys = fc.uint8Array({ minLength: 32, maxLength: 32 });
const bytes = fc
  .oneof(fc.constantFrom(0, 1, 15, 16, 17, 31, 32, 33), fc.nat(5000))
  .chain((length) => fc.uint8Array({ minLength: length, maxLength: length }));
/** A plaintext in pieces, empty ones among them. */
const pieces = fc.array(fc.oneof(bytes, fc.uint8Array({ maxLength: 20 }), fc.constant(new Uint8Array(0))), {
  maxLength: 5,
});

describe('engines', () => {
  it.each(pairs)('$opener opens what $sealer sealed, in any pieces', ({ seal, open }) => {
    fc.assert(
      fc.property(keys, pieces, (key, given) => {
        const plaintext = Buffer.concat(given);
        const token = seal(key, given);
        expect(token).toHaveLength(tokenLength(plaintext.length));
        expect(Buffer.compare(open(key, token), plaintext)).toBe(0);
      }),
      { numRuns: 60 },
    );
  });

  it('yield the same token for the same key, time, IV and plaintext', () => {
    fc.assert(
      fc.property(
        keys,
        bytes,
        fc.uint8Array({ minLength: 16, maxLength: 16 }),
        fc.nat(),
        (key, given, iv, seconds) => {
          const bulk = sealBulk(key, [given], { iv, seconds });
          expect(Buffer.compare(bulk, sealToken(key, given, { iv, seconds }))).toBe(0);
        },
      ),
      { numRuns: 60 },
    );
  });

  it.each(pairs)('$opener opens a megabyte that $sealer sealed from odd pieces', ({ seal, open }) => {
    const plaintext = someBytes(1024 * 1024 + 3);
    const key = someBytes(32);
    const cuts = [0, 7, 7, 256 * 1024 - 1, 256 * 1024, 256 * 1024 + 1, 900_001, plaintext.length];
    const given = cuts.slice(1).map((end, i) => plaintext.subarray(cuts[i], end));
    expect(Buffer.compare(open(key, seal(key, given)), plaintext)).toBe(0);
  });

  it('never use an IV twice', () => {
    const key = someBytes(32);
    const ivs = Object.values(engines).flatMap(({ seal }) =>
      Array.from({ length: 200 }, () => Buffer.from(seal(key, [])).toString('hex', 9, 25)),
    );
    expect(new Set(ivs).size).toBe(400);
  });

  it('leave the plaintext that they seal and the token that they open as they are', () => {
    const key = someBytes(32);
    for (const { seal, open } of Object.values(engines)) {
      const plaintext = someBytes(100);
      const before = Buffer.from(plaintext);
      const token = seal(key, [plaintext]);
      const sealed = Buffer.from(token);
      open(key, token);
      expect(Buffer.compare(plaintext, before)).toBe(0);
      expect(Buffer.compare(token, sealed)).toBe(0);
    }
  });
});

describe.each(Object.entries(engines))('attacks on a token, opened by %s', (_, { seal, open }) => {
  it('refuses any single flipped bit of a small token', () => {
    const key = someBytes(32);
    const token = seal(key, [Buffer.from('0123456789abcdef!')]);
    for (let bit = 0; bit < token.length * 8; bit++) {
      expect(() => open(key, flipBit(token, bit))).toThrow(new OpenError(bit < 8 ? 'malformed' : 'mac'));
    }
  });

  it('refuses a flipped bit anywhere in a token of any size', () => {
    fc.assert(
      fc.property(keys, bytes, fc.nat(), (key, plaintext, where) => {
        const token = seal(key, [plaintext]);
        expect(() => open(key, flipBit(token, where % (token.length * 8)))).toThrow(OpenError);
      }),
      { numRuns: 60 },
    );
  });

  it('refuses a token that was cut or extended at either end', () => {
    const key = someBytes(32);
    const token = seal(key, [someBytes(50)]);
    for (let length = 0; length < token.length; length++) {
      expect(() => open(key, token.subarray(0, length))).toThrow(OpenError);
      expect(() => open(key, token.subarray(token.length - length))).toThrow(OpenError);
    }
    for (const extra of [1, 15, 16, 32]) {
      expect(() => open(key, Buffer.concat([token, Buffer.alloc(extra)]))).toThrow(OpenError);
    }
  });

  it('refuses another key, also one that differs only in its signing or only in its encryption half', () => {
    const key = someBytes(32);
    const token = seal(key, [someBytes(50)]);
    expect(() => open(someBytes(32), token)).toThrow(new OpenError('mac'));
    expect(() => open(flipBit(key, 0), token)).toThrow(new OpenError('mac'));
    // CBC under another key yields noise: refused by its padding, or never the plaintext.
    const opened = attempt(() => open(flipBit(key, 255), token));
    expect(Buffer.compare(opened ?? Buffer.alloc(0), open(key, token))).not.toBe(0);
  });

  it('refuses a validly signed token with bad padding', () => {
    const key = someBytes(32);
    const token = Buffer.from(seal(key, [someBytes(64)]));
    const end = token.length - 32;
    // Signed anew by someone with the key: only the padding block is wrong.
    token[end - 17] = (token[end - 17] ?? 0) ^ 0x7f;
    createHmac('sha256', key.subarray(0, 16)).update(token.subarray(0, end)).digest().copy(token, end);
    expect(() => open(key, token)).toThrow(new OpenError('padding'));
  });

  it('refuses a key that has not 32 bytes', () => {
    expect(() => seal(someBytes(31), [])).toThrow(RangeError);
    expect(() => open(someBytes(33), seal(someBytes(32), []))).toThrow(RangeError);
  });

  it('refuses a token in a view on a larger buffer exactly as elsewhere', () => {
    const key = someBytes(32);
    const token = seal(key, [Buffer.from('within')]);
    const around = Buffer.concat([someBytes(13), token, someBytes(13)]);
    expect(Buffer.from(open(key, around.subarray(13, 13 + token.length))).toString()).toBe('within');
    expect(() => open(key, around.subarray(12, 12 + token.length))).toThrow(OpenError);
  });
});

const attempt = <T>(work: () => T): T | undefined => {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof OpenError)) throw error;
    return undefined;
  }
};

describe('bulk engine', () => {
  it('seals into a given buffer that is larger, and leaves the rest of it alone', () => {
    const key = someBytes(32);
    const plaintext = someBytes(500);
    const into = Buffer.alloc(1000, 0xee);
    const token = sealBulk(key, [plaintext], { into });
    expect(token.buffer).toBe(into.buffer);
    expect(Buffer.compare(openToken(key, token), plaintext)).toBe(0);
    expect(into.subarray(token.length).every((byte) => byte === 0xee)).toBe(true);
  });

  it('refuses a buffer that is too small for the token, rather than cut it', () => {
    expect(() => sealBulk(someBytes(32), [someBytes(500)], { into: Buffer.alloc(100) })).toThrow(RangeError);
  });

  it('releases no piece of a damaged token, wherever in it the damage is', () => {
    const key = someBytes(32);
    const token = sealBulk(key, [someBytes(600_000)]);
    for (const at of [0, 1, 9, 25, 300_000, token.length - 33, token.length - 1]) {
      const released: Buffer[] = [];
      const open = () => {
        for (const piece of openBulk(key, flipBit(token, at * 8))) released.push(piece);
      };
      expect(open).toThrow(OpenError);
      expect(released).toEqual([]);
    }
  });
});

describe('token length', () => {
  it('is 57 and the padded plaintext, against brute force', () => {
    const lengths = new Set<number>();
    for (let size = 0; size < 300; size++) {
      const blocks = Math.ceil((size + 1) / 16);
      expect(tokenLength(size)).toBe(57 + 16 * blocks);
      lengths.add(57 + 16 * blocks);
    }
    for (let length = 0; length <= tokenLength(299); length++)
      expect(isTokenLength(length)).toBe(lengths.has(length));
  });

  it('is what is really sealed', () => {
    for (let size = 0; size < 70; size++)
      expect(sealBulk(new Uint8Array(32), [new Uint8Array(size)])).toHaveLength(tokenLength(size));
  });
});
