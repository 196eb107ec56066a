import { LockerError } from '../errors.ts';
import { hasUnsafeCharacters } from './file-name.ts';

const maxTags = 32;
const maxTagLength = 64;

/**
 * Checks tags and brings them to one form: lower case, NFC, no leading #, no repeats.
 *
 * @throws LockerError `invalid_tag`.
 */
export function requireTags(texts: readonly string[]): string[] {
  const tags = [
    ...new Set(texts.map((text) => text.trim().replace(/^#+/, '').toLowerCase().normalize('NFC'))),
  ].filter((tag) => tag !== '');
  if (tags.length > maxTags)
    throw new LockerError('invalid_tag', {
      hint: `A file can have at most ${maxTags} tags.`,
      limit: maxTags,
      actual: tags.length,
    });
  const wrong = tags.find(
    (tag) => Array.from(tag).length > maxTagLength || /[\s,]/u.test(tag) || hasUnsafeCharacters(tag),
  );
  if (wrong !== undefined) {
    throw new LockerError('invalid_tag', {
      hint: `A tag has at most ${maxTagLength} characters, no spaces and no commas.`,
      limit: maxTagLength,
    });
  }
  return tags;
}
