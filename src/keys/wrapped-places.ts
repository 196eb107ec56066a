import type { Collection, Filter, ObjectId } from 'mongodb';
import type { Collections } from '../database/collections.ts';
import type { Locker } from '../locker.ts';
import type { StoredKey } from './stored-key.ts';

/** A place in the database where keys are stored that a master key wrapped. */
export interface WrappedPlace {
  /** What the keys are of, in a regular plural, for messages. */
  readonly what: string;
  readonly collection: keyof Collections;
  /** The list that holds the keys, if a document has several. */
  readonly list?: string;
  /** The field of the key, in the document or in an element of the list. */
  readonly field: string;
  /** Field that counts changes: others who change the document then decide anew, and none writes an old wrapping back. */
  readonly revision?: string;
}

/** Every place where a `StoredKey` is kept. A place that is missing here would lose its keys when a master key retires. */
export const wrappedPlaces: readonly WrappedPlace[] = [
  { what: 'file versions', collection: 'files', list: 'versions', field: 'key', revision: 'revision' },
  { what: 'unfinished uploads', collection: 'uploads', field: 'key' },
  { what: 'accounts', collection: 'accounts', field: 'key' },
  { what: 'audit keys', collection: 'installation', field: 'auditKey' },
];

/** A document as far as rotation reads it. */
export type WrappedDocument = Record<string, unknown> & { readonly _id: string | ObjectId };

/** One wrapped key and where in its document it stands. */
export interface Wrapped {
  /** Path such as `versions.2.key`. */
  readonly path: string;
  readonly stored: StoredKey;
}

export const collectionOf = (locker: Locker, place: WrappedPlace): Collection<WrappedDocument> =>
  locker.collections[place.collection] as unknown as Collection<WrappedDocument>;

/** Path of the keys of a place, as a query or projection has it. */
export const pathOf = ({ list, field }: WrappedPlace): string =>
  list === undefined ? field : `${list}.${field}`;

/** Selects the documents that hold a key which says that another master key wrapped it. */
export function notUnder({ list, field }: WrappedPlace, keyId: string): Filter<WrappedDocument> {
  const other = { [`${field}.keyId`]: { $exists: true, $ne: keyId } };
  return list === undefined ? other : { [list]: { $elemMatch: other } };
}

/** The wrapped keys of a document. */
export function wrappedIn({ list, field }: WrappedPlace, document: WrappedDocument): Wrapped[] {
  const holders: [string, unknown][] =
    list === undefined
      ? [[field, document]]
      : ((document[list] ?? []) as unknown[]).map((element, i) => [`${list}.${i}.${field}`, element]);
  return holders.flatMap(([path, holder]) => {
    const stored = (holder as Record<string, StoredKey | null | undefined>)[field];
    return stored === undefined || stored === null ? [] : [{ path, stored }];
  });
}

/** Reads the documents of a place in batches, in the order of their ids, without holding a cursor open in between. */
export async function* batchesOf(
  locker: Locker,
  place: WrappedPlace,
  filter: Filter<WrappedDocument>,
  size: number,
): AsyncGenerator<WrappedDocument[], void, undefined> {
  let after: Filter<WrappedDocument> = {};
  for (;;) {
    const batch = await collectionOf(locker, place)
      .find({ $and: [filter, after] }, { projection: { [pathOf(place)]: 1 } })
      .sort({ _id: 1 })
      .limit(size)
      .toArray();
    const last = batch.at(-1);
    if (last === undefined) return;
    yield batch;
    after = { _id: { $gt: last._id } };
  }
}
