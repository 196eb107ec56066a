import type { Collection, Filter } from 'mongodb';

const pageSize = 200;

/**
 * Reads all documents of a collection in pages, in the order of their ids: each page as it is at that moment. No cursor is open in
 * between, which the server would give up where a page takes longer than half an hour.
 */
export async function* readPages<T extends { _id: string }>(
  collection: Collection<T>,
): AsyncGenerator<T[], void, undefined> {
  let after: Filter<T> = {};
  for (;;) {
    const page = await collection.find<T>(after).sort({ _id: 1 }).limit(pageSize).toArray();
    const last = page.at(-1);
    if (last === undefined) return;
    yield page;
    after = { _id: { $gt: last._id } } as object;
  }
}

/** The same, one by one. */
export async function* readPaged<T extends { _id: string }>(
  collection: Collection<T>,
): AsyncGenerator<T, void, undefined> {
  for await (const page of readPages(collection)) yield* page;
}
