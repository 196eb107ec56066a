/** A word as it was typed. */
export interface Word {
  readonly text: string;
  readonly quoted: boolean;
}

const pattern = /["“”„]([^"“”„]*)["“”„]|\S+/gu;

/**
 * What a person typed, in words that are taken out as they are understood, in any order; what is left over at the end
 * is a name. A quoted run is one word that is never taken for anything but a name.
 */
export class Phrase {
  #words: Word[];

  constructor(text: string) {
    this.#words = [...text.matchAll(pattern)].map(([whole, quoted]) =>
      quoted === undefined ? { text: whole, quoted: false } : { text: quoted, quoted: true },
    );
  }

  /** What nobody took. */
  get rest(): string {
    return this.#words.map(({ text }) => text).join(' ');
  }

  /** The words themselves, for what reads them its own way. */
  get parts(): readonly Word[] {
    return this.#words;
  }

  get isEmpty(): boolean {
    return this.#words.length === 0;
  }

  /**
   * Takes every word that reads as a value.
   *
   * @param connectors small words that go with it if they stand right before it: `with`, `to`.
   */
  takeWords<T>(read: (word: string) => T | undefined, connectors: readonly string[] = []): T[] {
    const values: T[] = [];
    const kept: Word[] = [];
    for (const word of this.#words) {
      const value = word.quoted ? undefined : read(word.text);
      if (value === undefined) {
        kept.push(word);
        continue;
      }
      values.push(value);
      const before = kept.at(-1);
      if (before?.quoted === false && connectors.includes(before.text.toLowerCase())) kept.pop();
    }
    this.#words = kept;
    return values;
  }

  /** Takes the first run of words that reads as a value, as long as it can be. */
  takeRun<T>(read: (words: readonly string[]) => T | undefined, longest: number): T | undefined {
    for (let start = 0; start < this.#words.length; start++) {
      const found = this.#longestRun(start, read, longest);
      if (found === undefined) continue;
      this.#words.splice(start, found.length);
      return found.value;
    }
    return undefined;
  }

  /** Takes the longest run at the end that reads as a value, if something stands before it. */
  takeEnd<T>(read: (words: readonly string[]) => T | undefined, longest: number): T | undefined {
    for (let start = Math.max(1, this.#words.length - longest); start < this.#words.length; start++) {
      const found = this.#longestRun(start, read, longest);
      if (found === undefined || start + found.length < this.#words.length) continue;
      this.#words.splice(start);
      return found.value;
    }
    return undefined;
  }

  /**
   * Takes a keyword with the longest run behind it that reads as a value.
   *
   * @returns `keyword` alone if it is there, and what follows does not read: then nothing was taken.
   */
  takeAfter<T>(
    keywords: readonly string[],
    read: (words: readonly string[]) => T | undefined,
    longest: number,
  ): { keyword: string; value: T | undefined; following: string } | undefined {
    let unread: { keyword: string; value: undefined; following: string } | undefined;
    // From the end: names come first, as people speak.
    for (let at = this.#words.length - 1; at >= 0; at--) {
      const word = this.#words[at];
      if (word === undefined || word.quoted || !keywords.includes(word.text.toLowerCase())) continue;
      const keyword = word.text;
      const found = this.#longestRun(at + 1, read, longest);
      if (found !== undefined) {
        this.#words.splice(at, found.length + 1);
        return { keyword, value: found.value, following: '' };
      }
      unread ??= {
        keyword,
        value: undefined,
        following: this.#words
          .slice(at + 1)
          .map(({ text }) => text)
          .join(' '),
      };
    }
    return unread;
  }

  /** Takes a keyword and the one word behind it, which may be quoted. */
  takePair(keywords: readonly string[]): { keyword: string; value: string | undefined } | undefined {
    const at = this.#words.findIndex(
      ({ text, quoted }) => !quoted && keywords.includes(text.toLowerCase().replace(/[:=]$/, '')),
    );
    const word = this.#words[at];
    if (word === undefined) return undefined;
    const [, value] = this.#words.splice(at, 2);
    return { keyword: word.text, value: value?.text };
  }

  #longestRun<T>(
    start: number,
    read: (words: readonly string[]) => T | undefined,
    longest: number,
  ): { value: T; length: number } | undefined {
    const rest = this.#words.slice(start, start + longest);
    const quotedAt = rest.findIndex(({ quoted }) => quoted);
    const words = (quotedAt === -1 ? rest : rest.slice(0, quotedAt)).map(({ text }) => text);
    for (let length = words.length; length > 0; length--) {
      const value = read(words.slice(0, length));
      if (value !== undefined) return { value, length };
    }
    return undefined;
  }
}
