import { join } from 'node:path';
import { AccountKeys } from './accounts/account-keys.ts';
import { bindKeyring, isInstalled } from './accounts/installation.ts';
import { refuseHalfRestored } from './backup/empty-database.ts';
import type { Config } from './config.ts';
import { AuditLog } from './audit/audit-log.ts';
import { chatKey } from './chats/chat-key.ts';
import { Inbox } from './chats/inbox.ts';
import { ChatNotes } from './chats/notes.ts';
import type { Keyring } from './crypto/keyring.ts';
import { openBatches } from './database/batches.ts';
import { openCollections } from './database/collections.ts';
import { connect, type Database } from './database/connect.ts';
import { prepareCollections } from './database/prepare-collections.ts';
import { openScratch } from './database/scratch.ts';
import { findRunning, startEmbedded } from './database/embedded.ts';
import type { StartError } from './errors.ts';
import { UploadLinkEvents } from './links/upload-link-events.ts';
import { Rates } from './limits/rates.ts';
import { Lanes } from './lanes.ts';
import { Refusals } from './limits/refusals.ts';
import { Meter } from './metrics/meter.ts';
import { logNotifier } from './notify/log-notifier.ts';
import { Ledger } from './files/ledger.ts';
import { loadKeyring } from './keyring-file.ts';
import type { Limits, Locker } from './locker.ts';
import type { Log } from './log.ts';
import { ContentStore } from './storage/content-store.ts';

/** A locker that is ready, with what belongs to it. */
export interface OpenLocker {
  readonly locker: Locker;
  /** Where the master keys came from. */
  readonly keysFrom: string;
  readonly keysCreated: boolean;
  /** Where the data are, for people. */
  readonly databaseName: string;
  /** True if nobody else can be at work on this database. */
  readonly exclusive: boolean;
  /** Resolves if the embedded database cannot be kept running. */
  readonly gaveUp: Promise<StartError>;
  close(): Promise<void>;
}

/** A database, started or found. */
interface Source {
  readonly uri: string;
  readonly name: string;
  readonly exclusive: boolean;
  readonly gaveUp: Promise<StartError>;
  /** How often it was started again. */
  restarts(): number;
  stop(): Promise<void>;
}

const never = new Promise<never>(() => {});

/**
 * Opens the locker that the configuration describes: database, collections, keyring.
 *
 * @param role `server` starts the embedded database and owns it; `operator` joins the one of a running server, if there is one.
 * @throws StartError with cause and remedy; nothing is left running then.
 */
export async function openLocker(config: Config, log: Log, role: 'server' | 'operator'): Promise<OpenLocker> {
  const source = await openSource(config, log, role);
  let database: Database | undefined;
  let locker: Locker | undefined;
  const close = async () => {
    await locker?.audit.flush();
    await database?.close();
    await source.stop();
  };
  try {
    database = await connect(source.uri);
    const installed = await isInstalled(openCollections(database.db));
    const {
      keyring,
      source: keysFrom,
      created,
    } = await loadKeyring(config, installed ? 'existing' : source.exclusive ? 'new' : 'new-external', log);
    // Before anything is written: a wrong keyring must change nothing.
    const collections = await prepareCollections(database.db);
    await refuseHalfRestored(collections);
    const auditKey = await bindKeyring(collections, keyring, keysFrom, new Date());
    locker = composeLocker(config, database, { keyring, auditKey }, log, () => source.restarts());
    return {
      locker,
      keysFrom,
      keysCreated: created,
      databaseName: source.name,
      exclusive: source.exclusive,
      gaveUp: source.gaveUp,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Puts a locker together from its parts. */
export function composeLocker(
  config: Pick<Config, keyof Limits | 'dataDir'>,
  database: Database,
  { keyring, auditKey }: { keyring: Keyring; auditKey: Uint8Array },
  log: Log,
  restarts: () => number = () => 0,
  now: () => Date = () => new Date(),
): Locker {
  const collections = openCollections(database.db);
  const { quotaBytes, maxFileBytes, trashDays, accountRequests, addressRequests } = config;
  const limits = { quotaBytes, maxFileBytes, trashDays, accountRequests, addressRequests };
  const meter = new Meter();
  const chats = chatKey(auditKey);
  return {
    collections,
    batches: openBatches(collections),
    ledger: new Ledger(collections.accounts, now),
    content: new ContentStore(collections, undefined, meter),
    keyring,
    audit: new AuditLog(collections.audit, collections.auditHead, auditKey),
    accountKeys: new AccountKeys(keyring),
    limits,
    rates: new Rates(database, limits, log, meter),
    refusals: new Refusals(),
    nameSorts: new Lanes(),
    meter,
    database: { pool: database.pool, restarts },
    openScratch: () =>
      openScratch(database, (scratch) =>
        composeLocker(config, scratch, { keyring, auditKey }, log, restarts, now),
      ),
    uploadLinkEvents: new UploadLinkEvents(),
    inbox: new Inbox({ collections, key: chats, spoolFolder: join(config.dataDir, 'inbox'), log, now }),
    chatNotes: new ChatNotes(collections.chatNotes, chats, now),
    notifiers: new Set([logNotifier(log)]),
    dataDir: config.dataDir,
    log,
    now,
  };
}

export async function openSource(config: Config, log: Log, role: 'server' | 'operator'): Promise<Source> {
  if (config.mongodbUri !== undefined) {
    return {
      uri: config.mongodbUri,
      name: 'MongoDB at MONGODB_URI',
      exclusive: false,
      gaveUp: never,
      restarts: () => 0,
      stop: async () => {},
    };
  }
  const running = role === 'operator' ? await findRunning(config.dataDir) : undefined;
  if (running !== undefined)
    return {
      uri: running.uri,
      name: config.dataDir,
      exclusive: false,
      gaveUp: never,
      restarts: () => 0,
      stop: async () => {},
    };
  const embedded = await startEmbedded({ dataDir: config.dataDir, mongodPath: config.mongodPath, log });
  return {
    uri: embedded.uri,
    name: config.dataDir,
    exclusive: true,
    gaveUp: embedded.gaveUp,
    restarts: () => embedded.restarts(),
    stop: () => embedded.stop(),
  };
}
