import { StartError } from '../errors.ts';
import type { Locker, Scratch } from '../locker.ts';
import type { Database } from './connect.ts';
import { prepareCollections } from './prepare-collections.ts';

/**
 * Opens a locker on an empty database beside the real one; what an earlier one that was cut off left of it is removed first.
 *
 * @throws StartError if the database's user may not make one.
 */
export async function openScratch(
  database: Database,
  compose: (scratch: Database) => Locker,
): Promise<Scratch> {
  const db = database.client.db(`${database.db.databaseName}-restore-drill`, { readPreference: 'primary' });
  try {
    await db.dropDatabase();
    await prepareCollections(db);
  } catch (error) {
    throw new StartError(
      [
        `A restore drill needs the database ${db.databaseName} beside the locker's own, and could not make it. ` +
          'Give the database user the roles readWrite and dbAdmin on it.',
      ],
      { cause: error },
    );
  }
  const locker = compose({ ...database, db });
  return {
    locker,
    drop: async () => {
      await locker.audit.flush();
      await db.dropDatabase();
    },
  };
}
