/** The installation's master keys. Wrapping is MultiFernet: the first key wraps, any key unwraps. FORMAT.md section 3. */
import { concatBytes, randomBytes, utf8ToBytes } from '@noble/ciphers/utils.js';
import { hkdf } from '@noble/hashes/hkdf.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { fromBase64Url, toBase64Url } from './base64url.ts';
import { type FernetKey, fernetKeyBytes, OpenError, openToken, sealToken } from './fernet.ts';

/** A key that was wrapped, as it is stored. */
export interface WrappedKey {
  /** Raw Fernet token of the 32 key bytes. */
  readonly token: Uint8Array;
  /** Which master key wrapped it: a hint for rotation, not trusted. */
  readonly keyId: string;
}

/** Makes a random 32-byte key: a file key, an account key or a master key. */
export const randomKey = (): Uint8Array => randomBytes(fernetKeyBytes);

/** A public name for a master key, 16 hexadecimal digits: one-way, so it may be stored, shown and logged. */
export const keyId = (key: FernetKey): string =>
  Array.from(hkdf(sha256, key, undefined, utf8ToBytes('coffer/v1/key-id'), 8), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('');

export class Keyring {
  readonly #keys: ReadonlyMap<string, FernetKey>;
  /** Id of the key that wraps from now on. */
  readonly primaryId: string;

  /** @param keys master keys, primary first, at least one, 32 bytes each. */
  constructor(keys: readonly FernetKey[]) {
    const [primary] = keys;
    if (primary === undefined) throw new RangeError('a keyring has at least one key');
    this.#keys = new Map(keys.map((key) => [keyId(key), key]));
    if (this.#keys.size !== keys.length) throw new RangeError('a keyring holds each key once');
    this.primaryId = keyId(primary);
  }

  /** Ids of all keys, primary first. */
  get ids(): string[] {
    return [...this.#keys.keys()];
  }

  /** Wraps a key under the primary master key. */
  wrap(key: Uint8Array): WrappedKey {
    return { token: sealToken(this.#key(this.primaryId), key), keyId: this.primaryId };
  }

  /**
   * Unwraps a key with the master key that wrapped it, or any other of the ring.
   *
   * @throws OpenError with reason `key` if no key of the ring opens it.
   */
  unwrap(wrapped: WrappedKey): Uint8Array {
    const hinted = this.#keys.get(wrapped.keyId);
    for (const key of hinted === undefined ? this.#keys.values() : [hinted, ...this.#keys.values()]) {
      try {
        return openToken(key, wrapped.token);
      } catch (error) {
        if (!(error instanceof OpenError)) throw error;
      }
    }
    throw new OpenError('key');
  }

  /**
   * Derives 32 bytes for one purpose from a master key, for secrets that live as long as the key does.
   *
   * @returns undefined if the ring has no such key.
   */
  derive(id: string, purpose: string): Uint8Array | undefined {
    const key = this.#keys.get(id);
    return key === undefined
      ? undefined
      : hkdf(sha256, key, undefined, concatBytes(utf8ToBytes('coffer/v1/'), utf8ToBytes(purpose)), 32);
  }

  #key(id: string): FernetKey {
    const key = this.#keys.get(id);
    if (key === undefined) throw new RangeError(`no key ${id}`);
    return key;
  }
}

/**
 * Parses a keyring: Fernet keys in base64url (44 characters), primary first, separated by commas or newlines; `#`
 * starts a comment.
 *
 * @throws RangeError that names the line, never its content.
 */
export function parseKeyring(text: string): Keyring {
  const keys: FernetKey[] = [];
  for (const [number, line] of text.split('\n').entries()) {
    for (const word of line.replace(/#.*/, '').split(/[\s,]+/)) {
      if (word === '') continue;
      const key = fromBase64Url(word);
      if (key?.length !== fernetKeyBytes) {
        throw new RangeError(
          `line ${number + 1} holds something that is not a Fernet key (44 characters of base64url)`,
        );
      }
      keys.push(key);
    }
  }
  return new Keyring(keys);
}

/** Writes a key as a keyring file holds it. */
export const formatKey = (key: FernetKey): string => toBase64Url(key);
