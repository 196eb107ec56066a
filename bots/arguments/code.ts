import type { Phrase } from './phrase.ts';

/** Four groups of five, as `newCode` makes them; people leave the hyphens out. */
const whole = /^[0-9a-z]{5}-?[0-9a-z]{5}-?[0-9a-z]{5}-?[0-9a-z]{5}$/i;
const group = /^[0-9a-z]{5}$/i;

/** Takes a one-time code: one that looks like it, or groups with spaces between, otherwise the first word. */
export function takeCode(phrase: Phrase): string | undefined {
  const [found] = phrase.takeWords((word) => (whole.test(word) ? word : undefined));
  if (found !== undefined) return found;
  const spaced = phrase.takeRun(
    (words) => (words.length === 4 && words.every((word) => group.test(word)) ? words.join('-') : undefined),
    4,
  );
  if (spaced !== undefined) return spaced;
  let taken = false;
  const [first] = phrase.takeWords((word) => {
    if (taken || word.startsWith('@')) return undefined;
    taken = true;
    return word;
  });
  return first;
}
