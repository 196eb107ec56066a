import { timingSafeEqual } from 'node:crypto';
import { Binary } from 'mongodb';
import type { WrappedKey } from '../crypto/keyring.ts';
import type { StoredKey } from '../keys/stored-key.ts';

export const toBinary = (bytes: Uint8Array): Binary => new Binary(bytes);

export const fromBinary = (binary: Binary): Uint8Array => binary.value();

export const storeKey = (wrapped: WrappedKey): StoredKey => ({
  token: toBinary(wrapped.token),
  keyId: wrapped.keyId,
});

export const loadKey = (stored: StoredKey): WrappedKey => ({
  token: fromBinary(stored.token),
  keyId: stored.keyId,
});

/** Compares a stored hash with another in constant time. */
export const sameHash = (stored: Binary | null, hash: Uint8Array): boolean =>
  stored !== null && stored.length() === hash.length && timingSafeEqual(fromBinary(stored), hash);
