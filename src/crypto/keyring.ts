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

/** Where the keys of a ring come from, if they can change while it is in use. */
export interface KeySource {
  /**
   * The keys as they are now, primary first and each once; undefined if they did not change since the last call. Cheap, never throws.
   *
   * @param present ids of the keys in use.
   */
  changed(present: readonly string[]): readonly FernetKey[] | undefined;
}

/**
 * The master keys in use. With a source, the ring follows it: what is wrapped is wrapped with the primary of this moment, and a
 * key that is missing is looked for once more before anything is refused.
 */
export class Keyring {
  #keys: ReadonlyMap<string, FernetKey>;
  #derived = new Map<string, Uint8Array>();
  readonly #source: KeySource | undefined;

  /** @param keys master keys, primary first, at least one, 32 bytes each. */
  constructor(keys: readonly FernetKey[], source?: KeySource) {
    this.#keys = index(keys);
    this.#source = source;
  }

  /** Id of the key that wraps from now on. */
  get primaryId(): string {
    const [id = ''] = this.ids;
    return id;
  }

  /** Ids of all keys, primary first. */
  get ids(): string[] {
    this.#follow();
    return [...this.#keys.keys()];
  }

  /** A ring of the same keys but one, which never changes. @throws RangeError if none would be left. */
  without(id: string): Keyring {
    this.#follow();
    return new Keyring([...this.#keys].filter(([other]) => other !== id).map(([, key]) => key));
  }

  /** Wraps a key under the primary master key. Store the result at once: the primary may be another one later. */
  wrap(key: Uint8Array): WrappedKey {
    this.#follow();
    const [primary] = this.#keys;
    if (primary === undefined) throw new RangeError('a keyring has at least one key');
    const [id, master] = primary;
    return { token: sealToken(master, key), keyId: id };
  }

  /**
   * Unwraps a key with the master key that wrapped it, or any other of the ring.
   *
   * @throws OpenError with reason `key` if no key of the ring opens it.
   */
  unwrap(wrapped: WrappedKey): Uint8Array {
    const opened = this.#tryUnwrap(wrapped) ?? (this.#follow() ? this.#tryUnwrap(wrapped) : undefined);
    if (opened === undefined) throw new OpenError('key');
    return opened;
  }

  #tryUnwrap(wrapped: WrappedKey): Uint8Array | undefined {
    const hinted = this.#keys.get(wrapped.keyId);
    for (const key of hinted === undefined ? this.#keys.values() : [hinted, ...this.#keys.values()]) {
      try {
        return openToken(key, wrapped.token);
      } catch (error) {
        if (!(error instanceof OpenError)) throw error;
      }
    }
    return undefined;
  }

  /**
   * Derives 32 bytes for one purpose from a master key, for secrets that live as long as the key does.
   *
   * @returns undefined if the ring has no such key. Kept and given out again: do not change it.
   */
  derive(id: string, purpose: string): Uint8Array | undefined {
    this.#follow();
    const key = this.#keys.get(id);
    if (key === undefined) return undefined;
    const name = `${id} ${purpose}`;
    const derived =
      this.#derived.get(name) ??
      hkdf(sha256, key, undefined, concatBytes(utf8ToBytes('coffer/v1/'), utf8ToBytes(purpose)), 32);
    this.#derived.set(name, derived);
    return derived;
  }

  /** What a ring shows when it is printed: never a key. */
  toJSON(): { primaryId: string } {
    return { primaryId: this.primaryId };
  }

  /** Takes over what the source has now. @returns true if that is new. */
  #follow(): boolean {
    const keys = this.#source?.changed([...this.#keys.keys()]);
    if (keys === undefined) return false;
    this.#keys = index(keys);
    this.#derived = new Map();
    return true;
  }
}

function index(keys: readonly FernetKey[]): ReadonlyMap<string, FernetKey> {
  if (keys.length === 0) throw new RangeError('a keyring has at least one key');
  const byId = new Map(keys.map((key) => [keyId(key), key]));
  if (byId.size !== keys.length) throw new RangeError('a keyring holds each key once');
  return byId;
}

/**
 * Parses a keyring: Fernet keys in base64url (44 characters), primary first, separated by commas or newlines; `#`
 * starts a comment.
 *
 * @throws RangeError that names the line, never its content.
 */
export const parseKeyring = (text: string): Keyring => new Keyring(parseKeys(text));

/** The keys of a keyring text, in its order. @throws RangeError as `parseKeyring` does. */
export function parseKeys(text: string): FernetKey[] {
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
  return keys;
}

/** Writes a key as a keyring file holds it. */
export const formatKey = (key: FernetKey): string => toBase64Url(key);
