import type { Phrase } from './phrase.ts';

const hashtag = /^#([^\s#,;]+)[,;.]?$/u;

/** Reads a word like `#tax`; a number like `#2` is the place of a file in a list. */
export function readTag(word: string): string | undefined {
  const tag = hashtag.exec(word)?.[1]?.replace(/[.,;]$/, '');
  return tag === undefined || /^\d{1,3}$/.test(tag) ? undefined : tag;
}

/** Takes all tags of a phrase. */
export const takeTags = (phrase: Phrase): string[] => phrase.takeWords(readTag);
