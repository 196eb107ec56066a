import {
  type Db,
  MongoBulkWriteError,
  MongoClient,
  type MongoClientOptions,
  MongoError,
  type WriteConcern,
  type WriteConcernSettings,
} from 'mongodb';
import { StartError } from '../errors.ts';
import { connectProblem, hostsOf } from './connect-problem.ts';
import { DrainedConnection } from './drained-connection.ts';
import { ofSeveral, type PoolStats, watchPool } from './pool-stats.ts';

/** A connection to MongoDB. The database's own write concern is right for every step before a commit. */
export interface Database {
  readonly client: MongoClient;
  readonly db: Db;
  readonly pool: PoolStats;
  close(): Promise<void>;
}

/**
 * The write concern of everything that is acknowledged to a person: survives a kill of app and database.
 *
 * It is the collection's own one, journaled, and so `w: 1` on a lone server: there MongoDB 8.2 answers a write of
 * `{ w: 'majority', j: true }` before it is in the journal, and a kill right then takes about one in twenty of them.
 */
export const journaled = (collection: {
  readonly writeConcern?: WriteConcern | undefined;
}): WriteConcernSettings => ({ w: collection.writeConcern?.w ?? 'majority', j: true });

const defaultOptions = {
  appName: 'coffer',
  serverSelectionTimeoutMS: 8_000,
  connectTimeoutMS: 8_000,
  maxPoolSize: 100,
};
const oldestMajor = 7;

/** The options that the connection string does not have itself: there, the driver would let them win. */
const unlessSaid = (uri: string, options: Readonly<MongoClientOptions>): MongoClientOptions =>
  Object.fromEntries(Object.entries(options).filter(([name]) => !new RegExp(`[?&]${name}=`, 'i').test(uri)));

/**
 * Connects and checks the version.
 *
 * @throws StartError that names what was tried, never the credentials.
 */
export async function connect(uri: string): Promise<Database> {
  let client: MongoClient | undefined;
  try {
    const options: MongoClientOptions & { connectionType: typeof DrainedConnection } = {
      ...unlessSaid(uri, defaultOptions),
      connectionType: DrainedConnection,
    };
    client = new MongoClient(uri, options);
    const pool = watchPool(client);
    await client.connect();
    const { version } = await client.db().admin().serverInfo();
    if (typeof version !== 'string' || Number.parseInt(version, 10) < oldestMajor) {
      throw new StartError([
        `MongoDB at ${hostsOf(client)} is version ${String(version)}; Coffer needs ${oldestMajor} or later.`,
      ]);
    }
    const hello = await client.db().command({ hello: 1 });
    const alone = hello['setName'] === undefined && hello['msg'] !== 'isdbgrid';
    // On a lone server the journal is written in order, so the journaled commit makes all before it durable, and waiting
    // for the journal in between only costs. With several, anything less than a majority can be rolled back.
    const writeConcern = alone ? { w: 1 } : { w: 'majority' as const };
    // Whatever the connection string says: a secondary that lags would tell the sweep of contents without their files.
    const db = client.db(undefined, { writeConcern, readPreference: 'primary' });
    const opened = client;
    return { client, db, pool: alone ? pool : ofSeveral(pool), close: () => opened.close() };
  } catch (error) {
    await client?.close();
    if (error instanceof StartError) throw error;
    throw new StartError([connectProblem(client, error)], { cause: error });
  }
}

/** True if the error says that the database is away, rather than that it refused. */
export const isDatabaseAway = (error: unknown): boolean =>
  error instanceof MongoError &&
  (/^Mongo(Network|ServerSelection|PoolCleared|WaitQueue|NotConnected|TopologyClosed|ClientClosed)/.test(
    error.name,
  ) ||
    // What broke under a bulk write comes without its name, and only what the server refused has a number for it.
    (error instanceof MongoBulkWriteError && typeof error.code !== 'number') ||
    (typeof error.code === 'number' && [91, 11600, 11602, 189, 10107, 13435, 13436].includes(error.code)));

/** True if a unique index refused the document. */
export const isDuplicate = (error: unknown): boolean => error instanceof MongoError && error.code === 11000;
