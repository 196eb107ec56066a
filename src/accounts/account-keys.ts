import { BlindIndex } from '../crypto/blind-index.ts';
import { OpenError } from '../crypto/fernet.ts';
import type { Keyring } from '../crypto/keyring.ts';
import { fromBinary, loadKey } from '../database/binary.ts';
import { LockerError } from '../errors.ts';
import type { AccountDoc } from './documents.ts';

/** The opened keys of one account. */
export interface OpenAccount {
  readonly id: string;
  readonly key: Uint8Array;
  readonly index: BlindIndex;
}

const capacity = 1000;

/** Opens account keys, and keeps the ones lately used. Keyed by the wrapped key, so that a new wrapping is opened anew. */
export class AccountKeys {
  readonly #keyring: Keyring;
  readonly #opened = new Map<string, OpenAccount>();

  constructor(keyring: Keyring) {
    this.#keyring = keyring;
  }

  /** @throws LockerError `key_missing` if no master key opens the account's key. */
  open(account: Pick<AccountDoc, '_id' | 'key'>): OpenAccount {
    const name = `${account._id}:${Buffer.from(fromBinary(account.key.token)).toString('base64')}`;
    const known = this.#opened.get(name);
    this.#opened.delete(name);
    const opened = known ?? this.#unwrap(account);
    this.#opened.set(name, opened);
    const [oldest] = this.#opened.keys();
    if (this.#opened.size > capacity && oldest !== undefined) this.#opened.delete(oldest);
    return opened;
  }

  /** Drops the opened key of an account that is gone. */
  forget(id: string): void {
    for (const name of this.#opened.keys()) if (name.startsWith(`${id}:`)) this.#opened.delete(name);
  }

  #unwrap(account: Pick<AccountDoc, '_id' | 'key'>): OpenAccount {
    try {
      const key = this.#keyring.unwrap(loadKey(account.key));
      return { id: account._id, key, index: new BlindIndex(key) };
    } catch (error) {
      if (!(error instanceof OpenError)) throw error;
      throw new LockerError(
        'key_missing',
        { hint: 'No master key of this installation opens the account.' },
        { cause: error },
      );
    }
  }
}
