import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Collections } from '../database/collections.ts';
import { isClaimed, issueSetupCode } from './installation.ts';

/** Where the setup code is kept until it is used. */
export const setupCodePath = (dataDir: string): string => join(dataDir, 'setup-code');

/**
 * Makes sure that a fresh installation can be claimed: keeps the code of an earlier start, or makes one.
 *
 * @returns the code; undefined if the installation has its owner, and the file is gone then.
 */
export async function offerSetupCode(collections: Collections, dataDir: string): Promise<string | undefined> {
  const path = setupCodePath(dataDir);
  if (await isClaimed(collections)) {
    await forgetSetupCode(dataDir);
    return undefined;
  }
  const code = await issueSetupCode(collections, await readCode(path));
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeFile(path, `${code}\n`, { mode: 0o600 });
  return code;
}

/** Removes the code once it was used. */
export const forgetSetupCode = (dataDir: string): Promise<void> =>
  rm(setupCodePath(dataDir), { force: true });

async function readCode(path: string): Promise<string | undefined> {
  try {
    const text = (await readFile(path, 'utf8')).trim();
    return /^[0-9a-z]{5}(-[0-9a-z]{5}){3}$/.test(text) ? text : undefined;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
