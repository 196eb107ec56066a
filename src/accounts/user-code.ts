import { randomInt } from 'node:crypto';
import { hashSecret } from '../ids.ts';

/** Consonants only: nothing that reads as a digit or spells a word (RFC 8628 section 6.1). */
const alphabet = 'BCDFGHJKLMNPQRSTVWXZ';
const length = 8;

/** Makes a code that a person reads off one screen and types into another: 34 bits, good for minutes and behind a guess limit. */
export const newUserCode = (): string =>
  showUserCode(Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join(''));

/** A user code as it is shown: XXXX-XXXX. Case, spaces and hyphens of what was typed do not matter. */
export function showUserCode(text: string): string {
  const letters = fold(text);
  return `${letters.slice(0, length / 2)}-${letters.slice(length / 2)}`;
}

/** True if this can be a user code at all. */
export const isUserCode = (text: string): boolean => /^[BCDFGHJKLMNPQRSTVWXZ]{8}$/.test(fold(text));

/** Hash of a user code as a person typed it. */
export const hashUserCode = (text: string): Buffer => hashSecret(fold(text));

const fold = (text: string) => text.toUpperCase().replace(/[\s-]/g, '');
