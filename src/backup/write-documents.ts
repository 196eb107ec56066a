import type { Collection, Document } from 'mongodb';
import type { AccountDoc } from '../accounts/documents.ts';
import type { Collections } from '../database/collections.ts';
import type { LinkDoc } from '../links/documents.ts';
import type { BackedUp } from './collections.ts';

/** Writes documents, in place of those that have their ids. */
export async function writeDocuments(
  collections: Collections,
  name: BackedUp,
  documents: readonly object[],
): Promise<void> {
  if (documents.length === 0) return;
  const collection = collections[name] as unknown as Collection;
  await collection.bulkWrite(
    documents.map((replacement) => ({
      replaceOne: { filter: { _id: (replacement as Document)['_id'] }, replacement, upsert: true },
    })),
    { ordered: false },
  );
}

/** An account as it comes back: nothing is under way, and its usage is counted anew afterwards. */
export const restedAccount = (account: AccountDoc): AccountDoc => ({
  ...account,
  pending: [],
  pendingBytes: 0,
});

/** A link as it comes back: nothing is on its way through it. */
export const restedLink = (link: LinkDoc): LinkDoc =>
  link.kind === 'download' ? { ...link, deliveries: [] } : { ...link, uploads: [] };
