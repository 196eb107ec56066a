import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OpenError, openToken, sealToken } from '../../src/crypto/fernet.ts';
import { randomKey } from '../../src/crypto/keyring.ts';
import { metadataKey, openMetadata, sealMetadata } from '../../src/crypto/metadata.ts';
import { flipBit } from '../support/bytes.ts';

describe('sealed metadata', () => {
  const account = randomKey();

  it('opens as what was sealed, whatever JSON it is', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue()),
        fc.string(),
        (value, record) => {
          const opened = openMetadata(account, record, sealMetadata(account, record, value));
          expect(opened).toEqual(JSON.parse(JSON.stringify(value)));
        },
      ),
      { numRuns: 60 },
    );
  });

  it('has a plaintext padded with spaces to a multiple of 64 bytes', () => {
    for (let length = 0; length < 200; length++) {
      const value = { name: 'n'.repeat(length) };
      const padded = Buffer.from(
        openToken(metadataKey(account, 'file:a'), sealMetadata(account, 'file:a', value)),
      ).toString();
      const json = JSON.stringify(value);
      expect(padded).toBe(json.padEnd(Math.ceil(json.length / 64) * 64, ' '));
    }
  });

  it('does not show the length of a name within a step of 64 bytes', () => {
    const lengths = new Set(
      Array.from({ length: 40 }, (_, i) => sealMetadata(account, 'file:a', { name: 'x'.repeat(i) }).length),
    );
    expect(lengths.size).toBe(1);
  });

  it('counts bytes rather than characters when it pads', () => {
    const padded = openToken(
      metadataKey(account, 'r'),
      sealMetadata(account, 'r', { name: '文'.repeat(30) }),
    );
    expect(padded).toHaveLength(128);
  });
});

describe('attacks on sealed metadata', () => {
  const account = randomKey();
  const value = { name: 'plan.pdf' };

  it('refuses metadata moved to another record', () => {
    const token = sealMetadata(account, 'file:aaaaaa', value);
    for (const record of ['file:aaaaab', 'file:aaaaa', 'file:aaaaaaa', 'grant:aaaaaa', ''])
      expect(() => openMetadata(account, record, token)).toThrow(new OpenError('mac'));
  });

  it('refuses metadata moved to another account', () => {
    const token = sealMetadata(account, 'file:aaaaaa', value);
    expect(() => openMetadata(randomKey(), 'file:aaaaaa', token)).toThrow(new OpenError('mac'));
  });

  it('refuses any flipped bit', () => {
    const token = sealMetadata(account, 'file:aaaaaa', value);
    for (let bit = 0; bit < token.length * 8; bit += 7)
      expect(() => openMetadata(account, 'file:aaaaaa', flipBit(token, bit))).toThrow(OpenError);
  });

  it('refuses what is sealed but is not JSON, or not UTF-8', () => {
    for (const plaintext of [Buffer.from('{"name":'), Buffer.from([0x22, 0xff, 0x22]), Buffer.alloc(0)]) {
      const token = sealToken(metadataKey(account, 'file:a'), plaintext);
      expect(() => openMetadata(account, 'file:a', token)).toThrow(new OpenError('malformed'));
    }
  });
});
