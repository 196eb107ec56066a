import { readFile } from 'node:fs/promises';
import { StartError } from '../../src/errors.ts';

/** Reads the private key of a backup recipient. @returns undefined if no file is named. @throws StartError. */
export async function readIdentity(path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return undefined;
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    throw new StartError(
      [
        `The private key file ${path} cannot be read (${code}). Check --identity or COFFER_BACKUP_IDENTITY_FILE.`,
      ],
      { cause: error },
    );
  }
}
