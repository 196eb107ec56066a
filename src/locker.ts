import type { Inbox } from './chats/inbox.ts';
import type { ChatNotes } from './chats/notes.ts';
import type { Keyring } from './crypto/keyring.ts';
import type { Batches } from './database/batches.ts';
import type { Collections } from './database/collections.ts';
import type { PoolStats } from './database/pool-stats.ts';
import type { Ledger } from './files/ledger.ts';
import type { Lanes } from './lanes.ts';
import type { Log } from './log.ts';
import type { ContentStore } from './storage/content-store.ts';
import type { AuditLog } from './audit/audit-log.ts';
import type { Rates } from './limits/rates.ts';
import type { Refusals } from './limits/refusals.ts';
import type { Meter } from './metrics/meter.ts';
import type { Notifier } from './notify/notifier.ts';
import type { UploadLinkEvents } from './links/upload-link-events.ts';
import type { AccountKeys } from './accounts/account-keys.ts';

/** What every use case works with. Made once by the composition root; tests make their own. */
export interface Locker {
  readonly collections: Collections;
  readonly batches: Batches;
  readonly ledger: Ledger;
  readonly content: ContentStore;
  readonly keyring: Keyring;
  readonly accountKeys: AccountKeys;
  readonly audit: AuditLog;
  readonly limits: Limits;
  /** Request budgets of accounts and addresses. */
  readonly rates: Rates;
  /** Guessers that were just turned away. */
  readonly refusals: Refusals;
  /** Lists by name that are being sorted, in a lane for each account. */
  readonly nameSorts: Lanes;
  /** What the operator's monitoring sees. */
  readonly meter: Meter;
  /** How the connection to the database is doing. */
  readonly database: DatabaseHealth;
  /** Opens an empty locker with the same keys on a database of its own, for a restore drill. */
  readonly openScratch: () => Promise<Scratch>;
  /** Ways to tell an account's person something: each chat adds its own. */
  readonly notifiers: Set<Notifier>;
  /** Tells the chats that an upload link was used. */
  readonly uploadLinkEvents: UploadLinkEvents;
  /** What the chats bring, until it is handled. */
  readonly inbox: Inbox;
  /** What conversations remember. */
  readonly chatNotes: ChatNotes;
  /** Folder for what is kept outside the database: the setup code. */
  readonly dataDir: string;
  readonly log: Log;
  /** The clock. */
  readonly now: () => Date;
}

/** A locker for the moment. */
export interface Scratch {
  readonly locker: Locker;
  /** Removes it with its database. */
  drop(): Promise<void>;
}

export interface DatabaseHealth {
  readonly pool: PoolStats;
  /** How often the embedded database was started again. */
  restarts(): number;
}

export interface Limits {
  /** Default quota of a new account, bytes. */
  readonly quotaBytes: number;
  /** Largest content of one version, bytes. */
  readonly maxFileBytes: number;
  /** Days that files stay in the trash; 0 for ever. */
  readonly trashDays: number;
  /** Requests a minute of one account; 0 for no limit. */
  readonly accountRequests: number;
  /** Requests a minute of one address that did not sign in; 0 for no limit. */
  readonly addressRequests: number;
}
