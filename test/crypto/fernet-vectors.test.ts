import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fromBase64Url, toBase64Url } from '../../src/crypto/base64url.ts';
import { openBulk, sealBulk } from '../../src/crypto/bulk.ts';
import { OpenError, openToken, sealToken } from '../../src/crypto/fernet.ts';

interface Vector {
  readonly desc: string;
  readonly token: string;
  readonly now: string;
  readonly ttl_sec: number;
  readonly secret: string;
  readonly src: string;
  readonly iv: readonly number[];
}

/** The official vectors of github.com/fernet/spec, as they are published. */
const vectors = (name: string): Vector[] =>
  JSON.parse(
    readFileSync(join(import.meta.dirname, '..', 'vectors', 'fernet', `${name}.json`), 'utf8'),
  ) as Vector[];

const seconds = ({ now }: Vector) => Date.parse(now) / 1000;

function decode(text: string): Uint8Array {
  const bytes = fromBase64Url(text);
  if (bytes === undefined) throw new OpenError('malformed');
  return bytes;
}

const openWhole = (key: Uint8Array, token: Uint8Array) => Buffer.concat([...openBulk(key, token)]);

const seals = {
  'fernet.ts': sealToken,
  'bulk.ts': (key: Uint8Array, plaintext: Uint8Array, options: { seconds: number; iv: Uint8Array }) =>
    sealBulk(key, [plaintext], options),
};

/** What each invalid vector must fail with; those about time concern only the engine that knows a time to live. */
const reasons: Record<string, { reason: OpenError['reason']; time?: true }> = {
  'incorrect mac': { reason: 'mac' },
  'too short': { reason: 'malformed' },
  'invalid base64': { reason: 'malformed' },
  'payload size not multiple of block size': { reason: 'malformed' },
  'payload padding error': { reason: 'padding' },
  'far-future TS (unacceptable clock skew)': { reason: 'expired', time: true },
  'expired TTL': { reason: 'expired', time: true },
  'incorrect IV (causes padding error)': { reason: 'padding' },
};

describe.each(Object.entries(seals))('official Fernet vectors, sealed by %s', (_, seal) => {
  it.each(vectors('generate'))('yield the published token for "$src"', (vector) => {
    const token = seal(decode(vector.secret), Buffer.from(vector.src), {
      seconds: seconds(vector),
      iv: Uint8Array.from(vector.iv),
    });
    expect(toBase64Url(token)).toBe(vector.token);
  });
});

describe('official Fernet vectors, opened by fernet.ts', () => {
  it.each(vectors('verify'))('yield "$src"', (vector) => {
    const plaintext = openToken(decode(vector.secret), decode(vector.token), {
      ttlSeconds: vector.ttl_sec,
      nowSeconds: seconds(vector),
    });
    expect(Buffer.from(plaintext).toString()).toBe(vector.src);
  });

  it.each(vectors('invalid'))('refuse: $desc', (vector) => {
    const open = () =>
      openToken(decode(vector.secret), decode(vector.token), {
        ttlSeconds: vector.ttl_sec,
        nowSeconds: seconds(vector),
      });
    expect(open).toThrow(new OpenError(reasons[vector.desc]?.reason ?? 'key'));
  });

  it('have an expected failure for every published description', () => {
    expect(vectors('invalid').map(({ desc }) => desc)).toEqual(Object.keys(reasons));
  });
});

describe('official Fernet vectors, opened by bulk.ts', () => {
  it.each(vectors('verify'))('yield "$src"', (vector) => {
    expect(openWhole(decode(vector.secret), decode(vector.token)).toString()).toBe(vector.src);
  });

  it.each(vectors('invalid').filter(({ desc }) => reasons[desc]?.time !== true))(
    'refuse: $desc',
    (vector) => {
      expect(() => openWhole(decode(vector.secret), decode(vector.token))).toThrow(
        new OpenError(reasons[vector.desc]?.reason ?? 'key'),
      );
    },
  );
});

describe('time to live', () => {
  const key = new Uint8Array(32).fill(7);
  const open = (sealedAt: number, now: number) =>
    openToken(key, sealToken(key, Buffer.from('x'), { seconds: sealedAt }), {
      ttlSeconds: 60,
      nowSeconds: now,
    });

  it('accepts a token in its last second and refuses it one second later', () => {
    expect(open(1000, 1060)).toHaveLength(1);
    expect(() => open(1000, 1061)).toThrow(new OpenError('expired'));
  });

  it('accepts a clock that is a minute behind and refuses one that is further behind', () => {
    expect(open(1060, 1000)).toHaveLength(1);
    expect(() => open(1061, 1000)).toThrow(new OpenError('expired'));
  });

  it('refuses a token whose time does not fit a number, without rounding it into the present', () => {
    const token = sealToken(key, Buffer.from('x'), { seconds: 0 });
    token.fill(0xff, 1, 9);
    expect(() => openToken(key, token, { ttlSeconds: 60, nowSeconds: 1000 })).toThrow(OpenError);
  });
});

describe('base64url', () => {
  it.each([
    ['without its padding', 'AAE'],
    ['with too much padding', 'AAEC===='],
    ['with padding inside', 'AA==AAEC'],
    ['in the standard alphabet', '+/+/'],
    ['with a space', 'AAE '],
    ['with a line break at its end', 'AAEC\n'],
    ['with unused bits that are set', 'AAF='],
    ['with unused bits of a lone byte that are set', 'AB=='],
    ['with a letter beyond ASCII', 'AAEé'],
    ['with a single character left over', 'AAECA'],
    ['that is only padding', '=='],
  ])('refuses text %s', (_, text) => {
    expect(fromBase64Url(text)).toBeUndefined();
  });

  it('reads what it wrote, at every length', () => {
    for (let length = 0; length < 70; length++) {
      const bytes = Uint8Array.from({ length }, (_, i) => (i * 37 + length) & 255);
      expect(toBase64Url(bytes)).toBe(
        Buffer.from(bytes).toString('base64').replaceAll('+', '-').replaceAll('/', '_'),
      );
      expect(fromBase64Url(toBase64Url(bytes))).toEqual(bytes);
    }
  });
});
