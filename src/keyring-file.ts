import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Config } from './config.ts';
import { formatKey, Keyring, type KeySource, parseKeys, randomKey } from './crypto/keyring.ts';
import { StartError } from './errors.ts';
import { followKeyringFile } from './keys/follow-keyring-file.ts';
import type { Log } from './log.ts';

export interface LoadedKeyring {
  readonly keyring: Keyring;
  /** Where it came from, for messages: a path, or the name of a variable. */
  readonly source: string;
  /** True if it was made just now. */
  readonly created: boolean;
}

/**
 * What a missing keyring means: nothing yet for a `new` installation, where one is made (embedded database) or has to be
 * (`new-external`); for anything else that it was lost, since a new key would open nothing of what is stored.
 */
export type KeyringFor = 'new' | 'new-external' | 'existing';

/**
 * Loads the keyring, or makes one for a new installation. A ring from a file follows what other processes do to that file.
 *
 * @throws StartError that names the cause and the remedy, never a key.
 */
export async function loadKeyring(config: Config, whose: KeyringFor, log: Log): Promise<LoadedKeyring> {
  if (config.keys !== undefined)
    return { keyring: parse(config.keys, 'COFFER_KEYS'), source: 'COFFER_KEYS', created: false };
  const { keysFile: path } = config;
  const following = followKeyringFile(path, log);
  const text = await readKeys(path);
  if (text !== undefined) {
    await warnIfReadable(path, log);
    return { keyring: parse(text, path, following), source: path, created: false };
  }
  if (whose === 'new' && !config.keysFileGiven) {
    const made = await createKeys(path);
    return { keyring: parse(made, path, followKeyringFile(path, log)), source: path, created: true };
  }
  const makeOne = `(umask 077; mkdir -p '${dirname(path)}' && node . keys generate > '${path}')`;
  throw new StartError([
    whose === 'existing'
      ? `The keyring file ${path} is missing, and nothing opens the stored files without it. ` +
        'Bring it back from your copy, or point COFFER_KEYS_FILE or COFFER_KEYS at it.'
      : `The keyring file ${path} does not exist, and this installation is new. ${
          config.keysFileGiven ? 'Check COFFER_KEYS_FILE, or make a keyring' : 'Make a keyring'
        } with: ${makeOne} and keep a copy of it elsewhere.`,
  ]);
}

async function readKeys(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT') return undefined;
    throw new StartError(
      [`The keyring file ${path} cannot be read (${String(code)}). Check its owner and permissions.`],
      { cause: error },
    );
  }
}

function parse(text: string, source: string, following?: KeySource): Keyring {
  try {
    return new Keyring(parseKeys(text), following);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new StartError([
      `The keyring (${source}) cannot be used: ${error.message}. Bring it back from your copy.`,
    ]);
  }
}

/** Text of a new keyring file with one random key. */
export const newKeyringText = (now: Date): string =>
  `# Coffer keyring, made ${now.toISOString()}. One Fernet key a line, the first seals.\n` +
  `# Whoever has this and the database reads everything; without it nobody does. Keep a copy elsewhere.\n${formatKey(randomKey())}\n`;

async function createKeys(path: string): Promise<string> {
  const text = newKeyringText(new Date());
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeFile(path, text, { mode: 0o600, flag: 'wx', flush: true });
  } catch (error) {
    throw new StartError(
      [`The keyring file ${path} cannot be written. Check that its folder is writable and has space.`],
      { cause: error },
    );
  }
  return text;
}

async function warnIfReadable(path: string, log: Log): Promise<void> {
  const { mode } = await stat(path);
  if (process.platform !== 'win32' && (mode & 0o077) !== 0)
    log.warn({ path }, 'the keyring file can be read by others; use chmod 600');
}
