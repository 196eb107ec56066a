import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject } from 'vitest';
import { type Actor, allScopes, scopesOf } from '../../src/accounts/actor.ts';
import { createAccount } from '../../src/accounts/create-account.ts';
import { bindKeyring } from '../../src/accounts/installation.ts';
import { GiB } from '../../src/config.ts';
import { Keyring, randomKey } from '../../src/crypto/keyring.ts';
import { prepareCollections } from '../../src/database/collections.ts';
import { connect, type Database } from '../../src/database/connect.ts';
import type { Role } from '../../src/database/documents.ts';
import type { Limits, Locker } from '../../src/locker.ts';
import { createLog } from '../../src/log.ts';
import { composeLocker } from '../../src/open-locker.ts';

/** A locker on a database of its own, gone when the test ends: `await using t = await openTestLocker()`. */
export interface TestLocker extends AsyncDisposable {
  readonly locker: Locker;
  readonly database: Database;
  readonly keyring: Keyring;
  /** Every line that was logged, at the lowest level. */
  readonly logLines: string[];
  /** Moves the locker's clock. */
  advance(ms: number): void;
  /** Makes an account and someone who signed in to it with all scopes. */
  person(handle: string, role?: Role): Promise<Actor>;
}

export async function openTestLocker(limits: Partial<Limits> = {}): Promise<TestLocker> {
  const database = await connect(inject('mongodUri').replace(/\/?$/, `/t-${randomUUID()}`));
  const dataDir = await mkdtemp(join(tmpdir(), 'coffer-test-'));
  const logLines: string[] = [];
  const log = createLog('trace', { write: (line) => void logLines.push(line) });
  const keyring = new Keyring([randomKey()]);
  let offsetMs = 0;
  const collections = await prepareCollections(database.db);
  await bindKeyring(collections, keyring, 'test', new Date());
  const composed = composeLocker(
    { quotaBytes: 10 * GiB, maxFileBytes: 10 * GiB, dataDir, ...limits },
    database,
    keyring,
    log,
  );
  const locker: Locker = { ...composed, now: () => new Date(Date.now() + offsetMs) };
  return {
    locker,
    database,
    keyring,
    logLines,
    advance: (ms) => {
      offsetMs += ms;
    },
    person: async (handle, role = 'member') => {
      const account = await createAccount(locker, handle, role);
      const scopes = new Set(scopesOf(account.role));
      return { account: account._id, scopes, door: 'api', credential: { kind: 'session', id: 'test' } };
    },
    [Symbol.asyncDispose]: async () => {
      await database.db.dropDatabase();
      await database.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** The same person with fewer scopes. */
export const withScopes = (actor: Actor, ...scopes: (typeof allScopes)[number][]): Actor => ({
  ...actor,
  scopes: new Set(scopes),
});
