import { OpenError } from '../crypto/fernet.ts';
import { loadKey } from '../database/binary.ts';
import type { Keyring } from '../crypto/keyring.ts';
import type { Locker } from '../locker.ts';
import type { StoredKey } from './stored-key.ts';
import {
  batchesOf,
  collectionOf,
  pathOf,
  type WrappedPlace,
  wrappedIn,
  wrappedPlaces,
} from './wrapped-places.ts';

/** How many things of one kind. */
export interface Count {
  /** A regular plural. */
  readonly what: string;
  readonly count: number;
}

/** `1 account, 3 file versions`. */
export const listCounts = (counts: readonly Count[]): string =>
  counts.map(({ what, count }) => `${count} ${count === 1 ? what.replace(/s$/, '') : what}`).join(', ');

const batchSize = 200;

/** Counts, for each master key that is named anywhere, the keys that say it wrapped them, and the API tokens that it signed. */
export async function countByKey(locker: Locker): Promise<ReadonlyMap<string, readonly Count[]>> {
  const counts = new Map<string, Count[]>();
  const add = (keyId: string, count: Count) => void counts.set(keyId, [...(counts.get(keyId) ?? []), count]);
  for (const place of wrappedPlaces) {
    const path = `$${pathOf(place)}.keyId`;
    const groups = collectionOf(locker, place).aggregate<{ _id: string | null; count: number }>([
      ...(place.list === undefined ? [] : [{ $unwind: `$${place.list}` }]),
      { $group: { _id: path, count: { $sum: 1 } } },
    ]);
    for await (const { _id, count } of groups) if (_id !== null) add(_id, { what: place.what, count });
  }
  const tokens = locker.collections.apiTokens.aggregate<{ _id: string | null; count: number }>([
    { $match: liveTokens(locker) },
    { $group: { _id: '$keyId', count: { $sum: 1 } } },
  ]);
  for await (const { _id, count } of tokens) if (_id !== null) add(_id, { what: apiTokens, count });
  return counts;
}

/** What the count of signed tokens is called. */
export const apiTokens = 'API tokens';

export const liveTokens = (locker: Locker) => ({ revokedAt: null, expiresAt: { $gt: locker.now() } });

export interface Needs {
  /** What only this key opens. */
  readonly needs: readonly Count[];
  /** Wrapped keys that no key of the ring opens: damaged, or under a key that is gone. */
  readonly unopened: number;
}

export interface Search {
  /** A ring with the key and all others. */
  readonly keyring: Keyring;
  /** Only what says that it is under the key, which is quick; otherwise everything, since that is only a hint. */
  readonly hinted?: boolean;
  /** Called with the number of wrapped keys tried so far. */
  readonly onProgress?: ((tried: number) => void | Promise<void>) | undefined;
}

/** Finds what still needs a master key, by trying to open wrapped keys without it. */
export async function findNeeds(
  locker: Locker,
  keyId: string,
  { keyring, hinted = false, onProgress = () => {} }: Search,
): Promise<Needs> {
  const others = keyring.without(keyId);
  const filterOf = (place: WrappedPlace) => (hinted ? { [`${pathOf(place)}.keyId`]: keyId } : {});
  const needs: Count[] = [];
  let tried = 0;
  let unopened = 0;
  for (const place of wrappedPlaces) {
    let count = 0;
    for await (const batch of batchesOf(locker, place, filterOf(place), batchSize)) {
      for (const { stored } of batch.flatMap((document) => wrappedIn(place, document))) {
        tried++;
        if (opens(others, stored)) continue;
        if (opens(keyring, stored)) count++;
        else unopened++;
      }
      await onProgress(tried);
    }
    if (count > 0) needs.push({ what: place.what, count });
  }
  const signed = await locker.collections.apiTokens.countDocuments({ keyId, ...liveTokens(locker) });
  if (signed > 0) needs.push({ what: apiTokens, count: signed });
  return { needs, unopened };
}

function opens(keyring: Keyring, stored: StoredKey): boolean {
  try {
    keyring.unwrap(loadKey(stored));
    return true;
  } catch (error) {
    if (error instanceof OpenError) return false;
    throw error;
  }
}
