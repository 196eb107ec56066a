import { LockerError } from '../errors.ts';

const pattern = /^[a-z0-9](?:[a-z0-9_-]{0,30}[a-z0-9])?$/;
/** Words that a front end reads as something else where a handle can stand. */
const reserved = new Set(['me', 'all', 'others', 'everyone', 'coffer', 'admin', 'system']);

/** Reads a handle as a person typed it: an @ and capitals are forgiven. Does not say that it is valid. */
export const foldHandle = (text: string): string => text.trim().replace(/^@/, '').toLowerCase();

/** @throws LockerError `invalid_handle` that says what a handle may be. */
export function requireHandle(text: string): string {
  const handle = foldHandle(text);
  if (pattern.test(handle) && !reserved.has(handle)) return handle;
  throw new LockerError('invalid_handle', {
    hint: 'A handle has 1 to 32 of a-z, 0-9, hyphen and underscore, and starts and ends with a letter or digit; a few words are reserved.',
    limit: 32,
  });
}
