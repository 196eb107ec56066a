import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OpenError, sealToken } from '../../src/crypto/fernet.ts';
import { formatKey, keyId, Keyring, parseKeyring, randomKey } from '../../src/crypto/keyring.ts';
import { flipBit } from '../support/bytes.ts';

const same = (a: Uint8Array, b: Uint8Array) => Buffer.compare(a, b) === 0;

describe('wrapping', () => {
  it('is done by the primary and undone by whichever key of the ring did it', () => {
    const [a, b, c] = [randomKey(), randomKey(), randomKey()];
    const secret = randomKey();
    const byA = new Keyring([a, b]).wrap(secret);
    const byB = new Keyring([b, a]).wrap(secret);
    expect(byA.keyId).toBe(keyId(a));
    expect(byB.keyId).toBe(keyId(b));
    for (const ring of [new Keyring([a, b]), new Keyring([b, a]), new Keyring([c, a, b])]) {
      expect(same(ring.unwrap(byA), secret)).toBe(true);
      expect(same(ring.unwrap(byB), secret)).toBe(true);
    }
  });

  it('does not trust the stored key id: a wrong or foreign hint opens just the same', () => {
    const [a, b] = [randomKey(), randomKey()];
    const secret = randomKey();
    const wrapped = new Keyring([a, b]).wrap(secret);
    for (const hint of [keyId(b), keyId(randomKey()), ''])
      expect(same(new Keyring([b, a]).unwrap({ ...wrapped, keyId: hint }), secret)).toBe(true);
  });

  it('fails with reason key when the ring lacks the key, or the token is damaged', () => {
    const ring = new Keyring([randomKey(), randomKey()]);
    const wrapped = ring.wrap(randomKey());
    expect(() => new Keyring([randomKey()]).unwrap(wrapped)).toThrow(new OpenError('key'));
    expect(() => ring.unwrap({ ...wrapped, token: flipBit(wrapped.token, 300) })).toThrow(
      new OpenError('key'),
    );
    expect(() => ring.unwrap({ ...wrapped, token: new Uint8Array(0) })).toThrow(new OpenError('key'));
  });

  it('gives a new token each time', () => {
    const ring = new Keyring([randomKey()]);
    const secret = randomKey();
    expect(same(ring.wrap(secret).token, ring.wrap(secret).token)).toBe(false);
  });
});

describe('keyring', () => {
  it('lists its ids with the primary first, and names no part of a key', () => {
    const keys = [randomKey(), randomKey(), randomKey()];
    const ring = new Keyring(keys);
    expect(ring.ids).toEqual(keys.map(keyId));
    expect(ring.primaryId).toBe(ring.ids[0]);
    for (const [i, id] of ring.ids.entries()) {
      expect(id).toMatch(/^[0-9a-f]{16}$/);
      expect(Buffer.from(keys[i] ?? []).toString('hex')).not.toContain(id);
    }
  });

  it('shows no key when it is printed or turned to JSON', () => {
    const key = randomKey();
    const ring = new Keyring([key]);
    expect(JSON.stringify(ring)).toBe(JSON.stringify({ primaryId: keyId(key) }));
  });

  it('derives another secret for every key and purpose, and none for a key it lacks', () => {
    const [a, b] = [randomKey(), randomKey()];
    const ring = new Keyring([a, b]);
    const derived = [keyId(a), keyId(b)].flatMap((id) =>
      ['jwt', 'backup', ''].map((purpose) => Buffer.from(ring.derive(id, purpose) ?? []).toString('hex')),
    );
    expect(new Set(derived).size).toBe(6);
    expect(derived.every((secret) => secret.length === 64)).toBe(true);
    expect(ring.derive(keyId(randomKey()), 'jwt')).toBeUndefined();
  });

  it('refuses to be empty, to hold a key twice, and to hold what is no key', () => {
    const key = randomKey();
    expect(() => new Keyring([])).toThrow(RangeError);
    expect(() => new Keyring([key, key])).toThrow(RangeError);
    expect(() => new Keyring([new Uint8Array(16)]).wrap(key)).toThrow(RangeError);
  });
});

describe('keyring text', () => {
  const [a, b, c] = [randomKey(), randomKey(), randomKey()];
  const [textA, textB, textC] = [formatKey(a), formatKey(b), formatKey(c)];

  it.each([
    ['one a line', `${textA}\n${textB}\n${textC}\n`],
    ['separated by commas', `${textA},${textB}, ${textC}`],
    ['with Windows line ends', `${textA}\r\n${textB}\r\n${textC}\r\n`],
    [
      'with comments, blank lines and indentation',
      `# old: ${'x'.repeat(44)}\n\n  ${textA} # first\n${textB}\n\t${textC}`,
    ],
  ])('is read in order when the keys stand %s', (_, text) => {
    expect(parseKeyring(text).ids).toEqual([a, b, c].map(keyId));
  });

  it.each([
    ['nothing', ''],
    ['only comments', '# none\n'],
    ['a key without padding', textA.slice(0, -1)],
    ['a key in the standard alphabet', Buffer.alloc(32, 0xfb).toString('base64')],
    ['a key in hexadecimal', Buffer.from(a).toString('hex')],
    ['a key with bits beyond its end', `${textA.slice(0, 42)}${textA[42] === 'B' ? 'C' : 'B'}=`],
    ['a key of 31 bytes', formatKey(a.subarray(1))],
    ['the same key twice', `${textA}\n${textB}\n${textA}`],
    ['two keys that run together', `${textA}${textB}`],
  ])('is refused when it holds %s', (_, text) => {
    expect(() => parseKeyring(text)).toThrow(RangeError);
  });

  it('is refused with the number of the line', () => {
    expect(() => parseKeyring(`# comment\n${textA}\n\nwrong\n`)).toThrow('line 4 ');
  });

  it('never stands in the error, however it was mistyped', () => {
    const mistype = fc.oneof(
      fc.constant((key: string) => key.slice(1)),
      fc.constant((key: string) => `${key}${key}`),
      fc.constant((key: string) => key.replace('=', '')),
      fc.nat(42).map((at) => (key: string) => `${key.slice(0, at)}!${key.slice(at + 1)}`),
      fc.nat(42).map((at) => (key: string) => `${key.slice(0, at)}é${key.slice(at)}`),
      fc.nat(42).map((at) => (key: string) => `${key}\n${key.slice(0, at)} ${key.slice(at)}`),
      fc.constant((key: string) => `${key}\n${key}`),
    );
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), mistype, (key, spoil) => {
        const text = formatKey(key);
        const message = messageOf(() => parseKeyring(spoil(text)));
        for (let start = 0; start + 6 <= 43; start++)
          expect(message).not.toContain(text.slice(start, start + 6));
      }),
    );
  });
});

function messageOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    return error instanceof Error
      ? `${error.message}\n${error.stack}\n${String(error.cause)}`
      : String(error);
  }
  throw new RangeError('it was accepted');
}

describe('a wrapped key', () => {
  it('is an ordinary token of the 32 bytes', () => {
    const master = randomKey();
    const secret = randomKey();
    expect(new Keyring([master]).wrap(secret).token).toHaveLength(57 + 48);
    expect(same(new Keyring([master]).unwrap({ token: sealToken(master, secret), keyId: '' }), secret)).toBe(
      true,
    );
  });
});
