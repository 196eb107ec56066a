import { AccountKeys, type OpenAccount } from '../../src/accounts/account-keys.ts';
import type { AccountDoc } from '../../src/accounts/documents.ts';
import type { BackedUp } from '../../src/backup/collections.ts';
import { beginRestore, endRestore, requireEmpty } from '../../src/backup/empty-database.ts';
import { settleRestored } from '../../src/backup/settle-restored.ts';
import { restedAccount, restedLink, writeDocuments } from '../../src/backup/write-documents.ts';
import type { Keyring } from '../../src/crypto/keyring.ts';
import type { Collections } from '../../src/database/collections.ts';
import type { LinkDoc } from '../../src/links/documents.ts';
import { loadTombstones } from './load-tombstones.ts';
import type { RecordedDocument, Snapshot } from './open-snapshot.ts';
import { restoreFiles } from './restore-files.ts';
import { noCounts, type RestoreOptions, type RestoreReport } from './restore-report.ts';

const batchSize = 500;

/** What a restore writes to. */
export interface RestoreDatabase {
  /** Prepared (`prepareCollections`), and otherwise empty. */
  readonly collections: Collections;
  readonly keyring: Keyring;
}

/**
 * Restores a whole installation into an empty database. Until it is done nobody can start a locker on it; cut off, it is
 * simply run again and goes on. What was deleted for good since stays deleted.
 *
 * @throws LockerError `conflict` if the database is not empty; `backup_damaged` if the records are (a damaged content is
 *   reported instead), `backup_unavailable`, `key_missing`.
 */
export async function restoreInstallation(
  { collections, keyring }: RestoreDatabase,
  snapshot: Snapshot,
  options: RestoreOptions = {},
): Promise<RestoreReport> {
  const dryRun = options.dryRun === true;
  if (dryRun) await requireEmpty(collections);
  else await beginRestore(collections, snapshot.id, new Date());
  const counts = noCounts(snapshot.id);
  const tombstones = await loadTombstones(snapshot);
  const owners = new Map<string, OpenAccount>();
  const accountKeys = new AccountKeys(keyring);
  const writer = new DocumentWriter(collections, dryRun);

  /** A document as it comes back; undefined if it does not. */
  const restored = ({ in: collection, doc }: RecordedDocument): object | undefined => {
    // Last of all: with it, it is an installation.
    if (collection === 'installation' || collection === 'tombstones') return undefined;
    if (collection === 'links') return restedLink(doc as LinkDoc);
    if (collection !== 'accounts') return doc;
    const account = doc as AccountDoc;
    if (account.status === 'removing' || tombstones.has('account', account._id, account.createdAt)) {
      counts.erased++;
      return undefined;
    }
    owners.set(account._id, accountKeys.open(account));
    counts.accounts++;
    return restedAccount(account);
  };
  let installation: object | undefined;
  for await (const recorded of snapshot.readDocuments('documents')) {
    options.signal?.throwIfAborted();
    if (recorded.in === 'installation') installation = recorded.doc;
    await writer.add(recorded.in, restored(recorded));
  }
  for (const tombstone of tombstones.all()) await writer.add('tombstones', tombstone);
  await restoreFiles({
    collections,
    snapshot,
    owners,
    tombstones,
    options,
    counts,
    isWanted: async () => true,
    write: (file) => writer.add('files', file),
  });
  // A drill needs no history.
  if (options.only === undefined)
    for await (const { in: collection, doc } of snapshot.readDocuments('audit'))
      await writer.add(collection, doc);
  await writer.flush();
  if (!dryRun) {
    await settleRestored(collections);
    if (installation !== undefined) await writeDocuments(collections, 'installation', [installation]);
    await endRestore(collections);
  }
  return counts;
}

/** Writes documents in batches. */
class DocumentWriter {
  readonly #collections: Collections;
  readonly #dryRun: boolean;
  readonly #waiting = new Map<BackedUp, object[]>();

  constructor(collections: Collections, dryRun: boolean) {
    this.#collections = collections;
    this.#dryRun = dryRun;
  }

  async add(collection: BackedUp, document: object | undefined): Promise<void> {
    if (document === undefined || this.#dryRun) return;
    const waiting = this.#waiting.get(collection) ?? [];
    this.#waiting.set(collection, waiting);
    waiting.push(document);
    if (waiting.length >= batchSize) await writeDocuments(this.#collections, collection, waiting.splice(0));
  }

  async flush(): Promise<void> {
    for (const [collection, waiting] of this.#waiting)
      await writeDocuments(this.#collections, collection, waiting.splice(0));
  }
}
