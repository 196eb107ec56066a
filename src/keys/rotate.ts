import type { AnyBulkWriteOperation } from 'mongodb';
import type { Guest } from '../accounts/guest.ts';
import { audited } from '../audit/audited.ts';
import { OpenError } from '../crypto/fernet.ts';
import { loadKey, storeKey } from '../database/binary.ts';
import { journaled } from '../database/connect.ts';
import type { Locker } from '../locker.ts';
import type { Count } from './count-keys.ts';
import type { StoredKey } from './stored-key.ts';
import {
  batchesOf,
  collectionOf,
  notUnder,
  type WrappedDocument,
  type WrappedPlace,
  wrappedIn,
  wrappedPlaces,
} from './wrapped-places.ts';

export interface RotateProgress {
  /** Documents that had something to do when it began. */
  readonly total: number;
  /** Documents done. */
  readonly done: number;
}

export interface RotateReport {
  readonly primaryId: string;
  /** Keys that were wrapped anew. */
  readonly rewrapped: readonly Count[];
  /** Where a wrapped key stands that no master key opens: a place and an id. It is left as it is. */
  readonly unopened: readonly string[];
}

export interface RotateOptions {
  /** Also what says that it is under the primary already, for hints that are wrong. */
  readonly all?: boolean;
  readonly onProgress?: (progress: RotateProgress) => void;
}

const batchSize = 100;

/**
 * Wraps every stored key anew under the primary master key; content stays as it is. Works beside running instances:
 * everything opens at every moment, and a key that changed meanwhile is not touched. Cut off at any moment, it is continued by
 * running it again. When it returns, all that was stored before it began is under the primary, except what it reports.
 */
export const rotateKeys = audited(
  'keys.rotate',
  (_args, report) => ({ subject: report?.primaryId }),
  async (
    locker: Locker,
    _operator: Guest,
    { all = false, onProgress = () => {} }: RotateOptions,
  ): Promise<RotateReport> => {
    const { primaryId } = locker.keyring;
    const selectionOf = (place: WrappedPlace) => (all ? {} : notUnder(place, primaryId));
    let total = 0;
    for (const place of wrappedPlaces)
      total += await collectionOf(locker, place).countDocuments(selectionOf(place));
    let done = 0;
    onProgress({ total, done });
    const rewrapped = new Map<string, number>();
    const unopened = new Set<string>();
    const pass = async (place: WrappedPlace, every: boolean): Promise<number> => {
      let tried = 0;
      const filter = every ? {} : notUnder(place, primaryId);
      for await (const batch of batchesOf(locker, place, filter, batchSize)) {
        const work = batch.map((document) => rewrap(locker, place, document, { primaryId, every }));
        for (const { failed } of work) for (const path of failed) unopened.add(path);
        const operations = work.flatMap(({ update }) => update ?? []);
        if (operations.length > 0) {
          const result = await collectionOf(locker, place).bulkWrite(operations, {
            ordered: false,
            writeConcern: journaled(collectionOf(locker, place)),
          });
          tried += operations.length;
          const all = work.reduce((sum, { keys }) => sum + keys, 0);
          // Which ones lost to another change is not told; they come again, so only what is sure is counted.
          const sure = result.modifiedCount === operations.length ? all : result.modifiedCount;
          rewrapped.set(place.what, (rewrapped.get(place.what) ?? 0) + sure);
        }
        done += batch.length;
        onProgress({ total: Math.max(total, done), done });
      }
      return tried;
    };
    for (const place of wrappedPlaces) {
      let tried = await pass(place, all);
      // What others changed at the same moment, or stored behind the reader's back, comes in the next round.
      while (tried > 0) tried = await pass(place, false);
    }
    return {
      primaryId,
      rewrapped: [...rewrapped].map(([what, count]) => ({ what, count })),
      unopened: [...unopened],
    };
  },
);

interface Rewrapping {
  /** Guarded by the tokens that were read; none if there is nothing to do. */
  readonly update: AnyBulkWriteOperation<WrappedDocument> | undefined;
  readonly keys: number;
  readonly failed: readonly string[];
}

function rewrap(
  locker: Locker,
  place: WrappedPlace,
  document: WrappedDocument,
  { primaryId, every }: { primaryId: string; every: boolean },
): Rewrapping {
  const filter: Record<string, unknown> = { _id: document._id };
  const $set: Record<string, StoredKey> = {};
  const failed: string[] = [];
  for (const { path, stored } of wrappedIn(place, document)) {
    if (!every && stored.keyId === primaryId) continue;
    try {
      $set[path] = storeKey(locker.keyring.wrap(locker.keyring.unwrap(loadKey(stored))));
      filter[`${path}.token`] = stored.token;
    } catch (error) {
      if (!(error instanceof OpenError)) throw error;
      failed.push(`${place.collection} ${String(document._id)} ${path}`);
    }
  }
  const keys = Object.keys($set).length;
  const change = place.revision === undefined ? { $set } : { $set, $inc: { [place.revision]: 1 } };
  const update = { updateOne: { filter, update: change } } as AnyBulkWriteOperation<WrappedDocument>;
  return { update: keys === 0 ? undefined : update, keys, failed };
}
