import type { Collection, Document, ObjectId } from 'mongodb';
import type { Collections } from '../database/collections.ts';
import { type BackedUp, documentCollections } from './collections.ts';
import { toExtendedJson } from './extended-json.ts';

type Id = string | number | ObjectId;

/** Reads a collection as lines `{"in": collection, "doc": document}`, in the order of its ids. */
export async function* readLines(
  collections: Collections,
  name: BackedUp,
): AsyncGenerator<string, void, undefined> {
  const collection = collections[name] as unknown as Collection<Document & { _id: Id }>;
  for await (const document of collection.find().sort({ _id: 1 }))
    yield toExtendedJson({ in: name, doc: document });
}

/**
 * Reads everything but files and audit trail. To be read after the files: then whatever account a file belongs to is in
 * it, unless it is gone for good.
 */
export async function* readAllDocuments(collections: Collections): AsyncGenerator<string, void, undefined> {
  for (const name of documentCollections) {
    // Read before the trail, with which it must not disagree.
    if (name !== 'auditHead') yield* readLines(collections, name);
  }
}
