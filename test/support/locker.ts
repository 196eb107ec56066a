import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject } from 'vitest';
import { type Actor, allScopes, scopesOf } from '../../src/accounts/actor.ts';
import { createAccount } from '../../src/accounts/create-account.ts';
import type { Role } from '../../src/accounts/documents.ts';
import { bindKeyring } from '../../src/accounts/installation.ts';
import { GiB } from '../../src/config.ts';
import { Keyring, randomKey } from '../../src/crypto/keyring.ts';
import { openCollections } from '../../src/database/collections.ts';
import { connect, type Database } from '../../src/database/connect.ts';
import { prepareCollections } from '../../src/database/prepare-collections.ts';
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
  const database = await takeDatabase();
  const dataDir = await mkdtemp(join(tmpdir(), 'coffer-test-'));
  const logLines: string[] = [];
  const log = createLog('trace', { write: (line) => void logLines.push(line) });
  const keyring = new Keyring([randomKey()]);
  let offsetMs = 0;
  const auditKey = await bindKeyring(openCollections(database.db), keyring, 'test', new Date());
  const locker: Locker = composeLocker(
    {
      quotaBytes: 10 * GiB,
      maxFileBytes: 10 * GiB,
      trashDays: 30,
      // Counted, and never reached unless a test wants it.
      accountRequests: 1_000_000,
      addressRequests: 1_000_000,
      dataDir,
      ...limits,
    },
    database,
    { keyring, auditKey },
    log,
    undefined,
    () => new Date(Date.now() + offsetMs),
  );
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
      // What it still has to write must not meet the next test.
      await locker.audit.flush();
      await giveBack(database);
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** Databases that are empty and ready: making their collections and indexes takes longer than most tests. */
const ready: Database[] = [];

async function takeDatabase(): Promise<Database> {
  const known = ready.pop();
  if (known !== undefined) return known;
  const database = await connect(inject('mongodUri').replace(/\/?$/, `/t-${randomUUID()}`));
  await prepareCollections(database.db);
  return database;
}

async function giveBack(database: Database): Promise<void> {
  const ours = new Set(
    Object.values(openCollections(database.db)).map(({ collectionName }) => collectionName),
  );
  for (const { name } of await database.db.listCollections({}, { nameOnly: true }).toArray()) {
    if (ours.has(name)) await database.db.collection(name).deleteMany({});
    else await database.db.dropCollection(name);
  }
  ready.push(database);
}

/** The same person with fewer scopes. */
export const withScopes = (actor: Actor, ...scopes: (typeof allScopes)[number][]): Actor => ({
  ...actor,
  scopes: new Set(scopes),
});
