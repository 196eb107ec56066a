import type { Db } from 'mongodb';
import { overheadBytes, tokenLength } from '../crypto/fernet.ts';
import { StartError } from '../errors.ts';
import { type Collections, openCollections } from './collections.ts';
import { isDuplicate } from './connect.ts';
import { indexes } from './indexes.ts';

/** Refuses a chunk that is not a raw Fernet token: first byte 0x80, length 57 + 16k with at least one block. */
const chunkValidator = {
  data: { $bitsAllSet: [7], $bitsAllClear: [0, 1, 2, 3, 4, 5, 6], $type: 'binData' },
  $expr: {
    $and: [
      { $gte: [{ $binarySize: '$data' }, tokenLength(0)] },
      { $eq: [{ $mod: [{ $subtract: [{ $binarySize: '$data' }, overheadBytes] }, 16] }, 0] },
    ],
  },
};

/**
 * Creates what is missing: the chunks collection with its validator and without block compression (ciphertext does
 * not compress), and all indexes. Safe to run at every start and by several instances at once.
 */
export async function prepareCollections(db: Db): Promise<Collections> {
  const collections = openCollections(db);
  const name = collections.chunks.collectionName;
  const existing = await db.listCollections({ name }, { nameOnly: true }).toArray();
  if (existing.length === 0) {
    await db
      .createCollection(name, {
        validator: chunkValidator,
        storageEngine: { wiredTiger: { configString: 'block_compressor=none' } },
      })
      .catch((error: unknown) => {
        if (!isNamespaceExists(error)) throw error;
      });
  }
  await db.command({
    collMod: name,
    validator: chunkValidator,
    validationLevel: 'strict',
    validationAction: 'error',
  });
  for (const [collection, descriptions] of Object.entries(indexes)) {
    await collections[collection as keyof Collections].createIndexes(descriptions).catch((error: unknown) => {
      if (!isDuplicate(error)) throw error;
      throw new StartError(
        [
          `The collection ${collection} holds documents twice that there can only be once, and lacks the index that ` +
            'keeps them out: something else than Coffer changed the database. Restore it from a backup.',
        ],
        { cause: error },
      );
    });
  }
  return collections;
}

const isNamespaceExists = (error: unknown) => error instanceof Error && 'code' in error && error.code === 48;
