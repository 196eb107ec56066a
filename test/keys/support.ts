import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ObjectId } from 'mongodb';
import { inject } from 'vitest';
import { type Actor, scopesOf } from '../../src/accounts/actor.ts';
import { createAccount } from '../../src/accounts/create-account.ts';
import type { Guest } from '../../src/accounts/guest.ts';
import { type Config, type Environment, readConfig } from '../../src/config.ts';
import { randomKey } from '../../src/crypto/keyring.ts';
import { defaultSegmentBytes } from '../../src/crypto/segments.ts';
import { storeKey } from '../../src/database/binary.ts';
import type { FileDoc } from '../../src/files/documents.ts';
import { sealEntry } from '../../src/files/entry.ts';
import { newFileId } from '../../src/ids.ts';
import { newKeyringText } from '../../src/keyring-file.ts';
import type { Locker } from '../../src/locker.ts';
import { createLog } from '../../src/log.ts';
import { type OpenLocker, openLocker } from '../../src/open-locker.ts';

export const operator: Guest = { door: 'operator', client: 'test', address: 'local' };

/** An installation with a keyring file of its own, which any number of instances may open. */
export interface Installation extends AsyncDisposable {
  readonly env: Environment;
  readonly config: Config;
  readonly keysFile: string;
  readonly logLines: string[];
  /** Another instance of the app on the same database and keyring file. */
  open(): Promise<OpenLocker>;
  keysText(): Promise<string>;
}

export async function install(): Promise<Installation> {
  const dataDir = await mkdtemp(join(tmpdir(), 'coffer-test-'));
  const keysFile = join(dataDir, 'keys');
  await writeFile(keysFile, newKeyringText(new Date()), { mode: 0o600 });
  const env = {
    MONGODB_URI: inject('mongodUri').replace(/\/?$/, `/t-${randomUUID()}`),
    COFFER_DATA_DIR: dataDir,
    COFFER_KEYS_FILE: keysFile,
  };
  const config = readConfig(env, dataDir);
  const logLines: string[] = [];
  const log = createLog('trace', { write: (line) => void logLines.push(line) });
  const opened: OpenLocker[] = [];
  return {
    env,
    config,
    keysFile,
    logLines,
    open: async () => {
      const instance = await openLocker(config, log, 'operator');
      opened.push(instance);
      return instance;
    },
    keysText: () => readFile(keysFile, 'utf8'),
    [Symbol.asyncDispose]: async () => {
      await opened[0]?.locker.collections.files.db.dropDatabase();
      for (const instance of opened) await instance.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** Makes an account and someone who signed in to it. */
export async function person(locker: Locker, handle: string): Promise<Actor> {
  const account = await createAccount(locker, handle, 'member');
  return {
    account: account._id,
    scopes: new Set(scopesOf(account.role)),
    door: 'api',
    credential: { kind: 'session', id: 'test' },
  };
}

/** Puts entries with two versions each into the database, straight away and without content. */
export async function makeEntries(locker: Locker, { account }: Actor, count: number): Promise<string[]> {
  const owner = await locker.collections.accounts.findOne({ _id: account });
  if (owner === null) throw new Error('no such account');
  const keys = locker.accountKeys.open(owner);
  const now = new Date();
  const documents = Array.from({ length: count }, (): FileDoc => {
    const _id = newFileId();
    const versions = [1, 2].map((n) => ({
      n,
      id: new ObjectId(),
      sizeBytes: 0,
      key: storeKey(locker.keyring.wrap(randomKey())),
      createdAt: now,
      createdBy: account,
    }));
    const facts = versions.map(({ n, id }) => ({
      n,
      id: id.toHexString(),
      size: 0,
      segmentBytes: defaultSegmentBytes,
      sha256: '0'.repeat(64),
    }));
    const metadata = {
      name: `${_id}.txt`,
      folder: '/',
      tags: [],
      mediaType: 'text/plain',
      description: '',
      versions: facts,
    };
    return {
      _id,
      owner: account,
      revision: 1,
      ...sealEntry(keys, _id, metadata),
      sizeBytes: 0,
      versions,
      createdAt: now,
      updatedAt: now,
      trashedAt: null,
    };
  });
  for (let start = 0; start < count; start += 500)
    await locker.collections.files.insertMany(documents.slice(start, start + 500), { ordered: false });
  return documents.map(({ _id }) => _id);
}
