/**
 * The blind index: keyed, truncated HMACs that let the database find sealed words without knowing them. FORMAT.md
 * section 5.
 */
import { utf8ToBytes } from '@noble/ciphers/utils.js';
import { hkdf } from '@noble/hashes/hkdf.js';
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { normalizeText, words } from './normalize.ts';

const exactTokenBytes = 16;

/** Finds things of one account by keyed tokens. */
export class BlindIndex {
  /** The keyed state, cloned for each token: half the work of starting anew. */
  readonly #keyed: ReturnType<typeof hmac.create>;

  /** @param accountKey 32 bytes. */
  constructor(accountKey: Uint8Array) {
    this.#keyed = hmac.create(
      sha256,
      hkdf(sha256, accountKey, undefined, utf8ToBytes('coffer/v1/index'), 32),
    );
  }

  /**
   * Token of a whole value (a folder path, a tag, where a file came from): 16 bytes, collision-free for all purposes, so that permissions may
   * rest on it.
   */
  exact(kind: 'folder' | 'tag' | 'origin', value: string): Uint8Array {
    return this.#mac(`${kind}\0${value}`).slice(0, exactTokenBytes);
  }

  /** Tokens under which a text is found: every part of one to four characters of each of its words. 32-bit integers, sorted, unique. */
  index(...texts: readonly string[]): number[] {
    return this.#tokens(new Set(texts.flatMap((text) => words(normalizeText(text)).flatMap(parts))));
  }

  /**
   * Tokens that every text has which contains all words of the query. Candidates found by them must be opened and
   * compared: a token has 32 bits and says nothing about order.
   */
  query(query: string): number[] {
    return this.#tokens(new Set(words(normalizeText(query)).flatMap(longestParts)));
  }

  #tokens(grams: ReadonlySet<string>): number[] {
    return [...new Set(Array.from(grams, (gram) => firstInt32(this.#mac(`text\0${gram}`))))].toSorted(
      (a, b) => a - b,
    );
  }

  #mac(text: string): Uint8Array {
    return this.#keyed.clone().update(utf8ToBytes(text)).digest();
  }
}

const firstInt32 = (mac: Uint8Array) => new DataView(mac.buffer, mac.byteOffset).getInt32(0);

/** The longest part that is indexed: its tokens are few enough to be stored, and rare enough to be found fast. */
const longestPart = 4;

/** All runs of one to four characters. */
function parts(word: string): string[] {
  const chars = Array.from(word);
  return Array.from({ length: longestPart }, (_none, index) => index + 1).flatMap((length) =>
    runs(chars, length),
  );
}

/** The longest runs that a word of a query has: those of four characters, or the word itself if it is shorter. */
function longestParts(word: string): string[] {
  const chars = Array.from(word);
  return runs(chars, Math.min(longestPart, chars.length));
}

const runs = (chars: readonly string[], length: number) =>
  Array.from({ length: Math.max(0, chars.length - length + 1) }, (_, start) =>
    chars.slice(start, start + length).join(''),
  );
