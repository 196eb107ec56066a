import type { Phrase } from './phrase.ts';

const short = /^v(\d{1,4})$/i;
const number = /^#?(\d{1,4})$/;

/** Takes `v2` or `version 2`. */
export function takeVersion(phrase: Phrase): number | undefined {
  const [found] = phrase.takeWords((word) => short.exec(word)?.[1]);
  if (found !== undefined) return Number(found);
  const named = phrase.takeAfter(['version'], ([word = '']) => number.exec(word)?.[1], 1)?.value;
  return named === undefined ? undefined : Number(named);
}
