import type { Config } from '../config.ts';
import type { Keyring } from '../crypto/keyring.ts';
import { type Collections } from '../database/collections.ts';
import { connect, type Database } from '../database/connect.ts';
import { prepareCollections } from '../database/prepare-collections.ts';
import { loadKeyring } from '../keyring-file.ts';
import type { Log } from '../log.ts';
import { openSource } from '../open-locker.ts';

/** A database to restore into, not bound to any installation, and the keyring that must exist already. */
export interface OpenForRestore {
  readonly collections: Collections;
  readonly keyring: Keyring;
  readonly databaseName: string;
  close(): Promise<void>;
}

/** Opens the configured database without making an installation of it. @throws StartError. */
export async function openForRestore(config: Config, log: Log): Promise<OpenForRestore> {
  // First: without it nothing can be restored, and a new one would open nothing.
  const { keyring } = await loadKeyring(config, 'existing', log);
  const source = await openSource(config, log, 'operator');
  let database: Database | undefined;
  const close = async () => {
    await database?.close();
    await source.stop();
  };
  try {
    database = await connect(source.uri);
    return { collections: await prepareCollections(database.db), keyring, databaseName: source.name, close };
  } catch (error) {
    await close();
    throw error;
  }
}
