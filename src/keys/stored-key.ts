import type { Binary } from 'mongodb';

/** A key as a document holds it: wrapped under a master key, and which one. */
export interface StoredKey {
  token: Binary;
  keyId: string;
}
