import { isLockerError, LockerError } from '../errors.ts';
import { requireName } from './file-name.ts';

export const maxFolderBytes = 1024;
const maxDepth = 32;

/**
 * Checks a folder path and brings it to its one form: `/` or `/work/2026`.
 *
 * @throws LockerError `invalid_folder`.
 */
export function requireFolder(text: string): string {
  const parts = text.split('/').filter((part) => part.trim() !== '');
  if (parts.length > maxDepth)
    throw invalid(`A folder can be at most ${maxDepth} levels deep.`, maxDepth, parts.length);
  let names: string[];
  try {
    names = parts.map(requireName);
  } catch (error) {
    if (!isLockerError(error, 'invalid_name')) throw error;
    throw invalid(`One of its parts cannot be a name: ${error.details.hint ?? ''}`);
  }
  const folder = `/${names.join('/')}`;
  const bytes = Buffer.byteLength(folder);
  if (bytes > maxFolderBytes)
    throw invalid(`A folder path can have at most ${maxFolderBytes} bytes in UTF-8.`, maxFolderBytes, bytes);
  return folder;
}

/** A folder and all folders above it, from the folder itself up to `/`. */
export function ancestors(folder: string): string[] {
  const parts = folder === '/' ? [] : folder.slice(1).split('/');
  return Array.from(
    { length: parts.length + 1 },
    (_, up) => `/${parts.slice(0, parts.length - up).join('/')}`,
  );
}

const invalid = (hint: string, limit?: number, actual?: number) =>
  new LockerError('invalid_folder', {
    hint,
    ...(limit === undefined ? {} : { limit }),
    ...(actual === undefined ? {} : { actual }),
  });
