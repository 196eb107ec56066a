import type { Keyring } from './crypto/keyring.ts';
import type { Collections } from './database/collections.ts';
import type { Log } from './log.ts';
import type { ContentStore } from './storage/content-store.ts';
import type { AccountKeys } from './accounts/account-keys.ts';

/** What every use case works with. Made once by the composition root; tests make their own. */
export interface Locker {
  readonly collections: Collections;
  readonly content: ContentStore;
  readonly keyring: Keyring;
  readonly accountKeys: AccountKeys;
  readonly limits: Limits;
  /** Folder for what is kept outside the database: the setup code. */
  readonly dataDir: string;
  readonly log: Log;
  /** The clock. */
  readonly now: () => Date;
}

export interface Limits {
  /** Default quota of a new account, bytes. */
  readonly quotaBytes: number;
  /** Largest content of one version, bytes. */
  readonly maxFileBytes: number;
}
