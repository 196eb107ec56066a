import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BlindIndex } from '../../src/crypto/blind-index.ts';
import { randomKey } from '../../src/crypto/keyring.ts';
import { containsWords, normalizeText } from '../../src/crypto/normalize.ts';

const index = new BlindIndex(randomKey());

/** True if the database would offer the text as a candidate, and the comparison after opening would keep it. */
const finds = (text: string, query: string): boolean => {
  const stored = new Set(index.index(text));
  const wanted = index.query(query);
  return wanted.length > 0 && wanted.every((token) => stored.has(token)) && containsWords(text, query);
};

/** All runs of whole characters of a word. */
const substrings = (word: string): string[] => {
  const chars = Array.from(word);
  return chars.flatMap((_, start) =>
    Array.from({ length: chars.length - start }, (_unused, more) =>
      chars.slice(start, start + more + 1).join(''),
    ),
  );
};

const names = {
  'Latin with accents': 'Übersicht-Crème_brûlée Łódź.pdf',
  'German sharp s': 'Straßengröße.txt',
  'Greek with final sigma': 'Ὀδυσσεύς ΑΣΚΉΣΕΙΣ.doc',
  Cyrillic: 'Отчёт за июнь.xlsx',
  'Chinese and Japanese': '東京タワーの写真 报告书.jpg',
  Korean: '한국어 보고서.hwp',
  Arabic: 'تقرير سنوي ٢٠٢٦.pdf',
  Devanagari: 'हिन्दी रिपोर्ट.pdf',
  Hebrew: 'דוח שנתי.pdf',
  emoji: '🎉🎂Geburtstag🎈.png',
  'full width': 'ＲＥＰＯＲＴ２０２６.txt',
};

const allTokens = (of: BlindIndex) =>
  Object.values(names).flatMap((name) => [
    ...of.index(name),
    Buffer.from(of.exact('tag', name)).toString('hex'),
    Buffer.from(of.exact('folder', name)).toString('hex'),
  ]);

const hex = (kind: 'folder' | 'tag', value: string) => Buffer.from(index.exact(kind, value)).toString('hex');

describe('blind index', () => {
  it.each(Object.entries(names))('finds every part of every word of a name: %s', (_, name) => {
    // A mark alone, as it stands in Devanagari, is no word.
    const words = name.match(/[\p{L}\p{M}\p{N}\p{So}]+/gu) ?? [];
    const queries = words.flatMap(substrings).filter((part) => /[^\p{M}]/u.test(part));
    expect(queries.filter((query) => !finds(name, query))).toEqual([]);
    expect(queries.length).toBeGreaterThan(15);
  });

  it.each(Object.entries(names))('finds a name in capitals and in small letters: %s', (_, name) => {
    for (const word of name.match(/[\p{L}\p{M}\p{N}\p{So}]+/gu) ?? []) {
      expect(finds(name, word.toLocaleUpperCase('en'))).toBe(true);
      expect(finds(name, word.toLocaleLowerCase('en'))).toBe(true);
    }
  });

  it.each([
    ['STRASSE', 'Straße'],
    ['straße', 'STRASSE'],
    ['strasse', 'STRAẞE'],
    ['STRAẞE', 'Straße'],
    ['creme brulee', 'Crème brûlée'],
    ['Crème', 'creme'],
    ['οδυσσευς', 'Ὀδυσσεύς'],
    ['ΟΔΥΣΣΕΥΣ', 'Ὀδυσσεύς'],
    ['ΑΣ', 'άσος'],
    ['ИЮНЬ', 'июнь'],
    ['istanbul', 'İSTANBUL'],
    ['ISI', 'ısı'],
    ['report', 'ＲＥＰＯＲＴ'],
    ['file', 'ﬁle'],
    ['2', 'x²'],
    ['ヘ', 'ページ'],
    ['🎂', '🎉🎂'],
    ['🇩🇪', 'Urlaub 🇩🇪'],
  ])('finds by %s what is called %s', (query, text) => {
    expect(finds(text, query)).toBe(true);
  });

  it('folds a letter and its capital and small forms alike, in all of Unicode', () => {
    const different = [];
    for (let code = 0x20; code < 0x1_f000; code++) {
      const char = String.fromCodePoint(code);
      if (!/\p{L}/u.test(char)) continue;
      const folded = normalizeText(char);
      if (normalizeText(char.toLowerCase()) !== folded || normalizeText(char.toUpperCase()) !== folded)
        different.push(char);
    }
    expect(different).toEqual([]);
  });

  it('folds a text that is folded already to itself', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(normalizeText(normalizeText(text))).toBe(normalizeText(text));
      }),
      { numRuns: 500 },
    );
  });

  it('gives the same tokens for the composed and the decomposed form', () => {
    for (const name of [...Object.values(names), 'Ångström', '각하', 'ﬃ']) {
      expect(index.index(name.normalize('NFD'))).toEqual(index.index(name.normalize('NFC')));
      expect(index.query(name.normalize('NFD'))).toEqual(index.query(name.normalize('NFC')));
    }
  });

  it('finds every part of a name of any letters and digits', () => {
    // Not those that join to others when they meet (Hangul letters), nor those that fold to marks alone (some Arabic forms).
    const char = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 1 })
      .filter(
        (text) =>
          /^[\p{L}\p{N}]$/u.test(text) &&
          index.query(text).length > 0 &&
          !/[\u1100-\u11ff\u3131-\u318e\ua960-\ua97c\ud7b0-\ud7fb\uffa0-\uffdc]/u.test(text),
      );
    fc.assert(
      fc.property(
        fc.array(char, { minLength: 1, maxLength: 12 }),
        fc.nat(),
        fc.nat(),
        (chars, from, length) => {
          const start = from % chars.length;
          const part = chars.slice(start, start + 1 + (length % (chars.length - start))).join('');
          expect(finds(`x ${chars.join('')}.pdf`, part)).toBe(true);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('finds a text by all of several words, in any order, and not when one is missing', () => {
    expect(finds('Tax report for 2026', '2026 tax')).toBe(true);
    expect(finds('Tax report for 2026', 'ep or 02')).toBe(true);
    expect(finds('Tax report for 2026', 'tax 2027')).toBe(false);
  });

  it('does not find across the border of two words', () => {
    expect(finds('ab cd', 'bc')).toBe(false);
  });

  it('lists nothing wrong: parts in another order are candidates, not results', () => {
    const text = 'abcdab';
    const query = 'cdabcd';
    expect(index.query(query).filter((token) => !index.index(text, 'dabc').includes(token))).toEqual([]);
    expect(containsWords(`${text}\ndabc`, query)).toBe(false);
  });

  it('has no tokens for a query without letters, digits or pictographs', () => {
    for (const query of ['', ' ', '.-_/', '+++', '\u0301', '\ud800']) expect(index.query(query)).toEqual([]);
  });

  it('finds what stands after the 255th character of a long word in a description', () => {
    const description = `${'ไม่มีช่องว่างระหว่างคำ'.repeat(20)}สัญญา`;
    expect(finds(description, 'สัญญา')).toBe(true);
  });

  it('is deterministic: the same key gives the same tokens, sorted, without repeats, as 32-bit integers', () => {
    const key = randomKey();
    for (const name of Object.values(names)) {
      const tokens = new BlindIndex(key).index(name);
      expect(new BlindIndex(key).index(name, name)).toEqual(tokens);
      expect(tokens).toEqual([...new Set(tokens)].toSorted((a, b) => a - b));
      expect(tokens.every((token) => token === (token | 0))).toBe(true);
    }
  });

  it('shares no token between two accounts', () => {
    const [a, b] = [new BlindIndex(randomKey()), new BlindIndex(randomKey())];
    const known = new Set(allTokens(a));
    expect(allTokens(b).filter((token) => known.has(token))).toEqual([]);
  });
});

describe('exact tokens', () => {
  it('have 16 bytes and differ by kind and by value, capitals and accents included', () => {
    const values = ['', '/', '/a', '/A', '/á', '/a/b', 'a', 'tax', 'folder'];
    const tokens = values.flatMap((value) => [hex('folder', value), hex('tag', value)]);
    expect(new Set(tokens).size).toBe(tokens.length);
    expect(tokens.every((token) => token.length === 32)).toBe(true);
  });

  it('are not confused with the words of a text', () => {
    const first = Buffer.from(index.exact('tag', 'tax')).readInt32BE(0);
    expect(index.index('tax')).not.toContain(first);
  });
});
