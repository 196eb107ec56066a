import { LockerError } from '../errors.ts';

export const maxNameBytes = 255;

/** Control characters, line separators, direction marks and overrides, zero-width space, byte order mark, lone surrogates. */
const unsafe = /[\p{Cc}\p{Surrogate}\u2028\u2029\u061c\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/u;
const allUnsafe = new RegExp(unsafe.source, 'gu');

/** True if a text holds characters that hide or turn around what is read. */
export const hasUnsafeCharacters = (text: string): boolean => unsafe.test(text);

/**
 * Checks a name that a person or program chose.
 *
 * @returns the name in NFC, without surrounding space.
 * @throws LockerError `invalid_name` that says what is wrong and the way out.
 */
export function requireName(text: string): string {
  const name = text.normalize('NFC').trim();
  const hint = nameProblem(name);
  if (hint !== undefined)
    throw new LockerError('invalid_name', { hint, limit: maxNameBytes, actual: Buffer.byteLength(name) });
  return name;
}

function nameProblem(name: string): string | undefined {
  if (name === '') return 'A name cannot be empty.';
  if (name === '.' || name === '..') return 'A name cannot be . or ..';
  if (/[/\\]/.test(name)) return 'A name cannot hold / or \\. Give the folder separately.';
  if (unsafe.test(name))
    return 'A name cannot hold control characters, direction marks or invisible characters. Remove them.';
  if (Buffer.byteLength(name) > maxNameBytes)
    return `A name can have at most ${maxNameBytes} bytes in UTF-8. Shorten it.`;
  return undefined;
}

/**
 * Makes a name safe that came with a file, from a form or a chat: whoever sent it did not choose it here. Takes the
 * last part of a path, drops what is unsafe, and shortens it before its extension.
 *
 * @returns undefined if nothing is left.
 */
export function safeName(text: string): string | undefined {
  const base = text.normalize('NFC').split(/[/\\]/).at(-1) ?? '';
  const name = shorten(base.replace(allUnsafe, '').trim());
  return nameProblem(name) === undefined ? name : undefined;
}

function shorten(name: string): string {
  if (Buffer.byteLength(name) <= maxNameBytes) return name;
  const extension = /\.[^.]{1,16}$/u.exec(name)?.[0] ?? '';
  let stem = '';
  let room = maxNameBytes - Buffer.byteLength(extension);
  // By grapheme, so that no character is torn.
  for (const { segment } of new Intl.Segmenter().segment(name.slice(0, name.length - extension.length))) {
    room -= Buffer.byteLength(segment);
    if (room < 0) break;
    stem += segment;
  }
  return (stem + extension).trim();
}
