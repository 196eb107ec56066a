import { createSHA256, type IHasher } from 'hash-wasm';

/** A SHA-256 whose state can be kept and taken up again, which node:crypto does not offer. */
export type ResumableHash = Pick<IHasher, 'update' | 'save'> & { digest(): string };

export const startHash = async (): Promise<ResumableHash> => (await createSHA256()).init();

/** Takes up a saved state. @returns undefined if another build of the library saved it. */
export async function resumeHash(state: Uint8Array): Promise<ResumableHash | undefined> {
  const hash = (await createSHA256()).init();
  try {
    return hash.load(state);
  } catch {
    return undefined;
  }
}
