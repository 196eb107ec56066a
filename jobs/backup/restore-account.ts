import type { AccountDoc } from '../../src/accounts/documents.ts';
import { audited } from '../../src/audit/audited.ts';
import type { Guest } from '../../src/accounts/guest.ts';
import { recountRestored, restoreAccountDocument } from '../../src/backup/restore-account-document.ts';
import { readTombstones } from '../../src/backup/tombstones.ts';
import { writeDocuments } from '../../src/backup/write-documents.ts';
import { LockerError } from '../../src/errors.ts';
import type { Locker } from '../../src/locker.ts';
import { loadTombstones } from './load-tombstones.ts';
import type { Snapshot } from './open-snapshot.ts';
import { restoreFiles } from './restore-files.ts';
import { noCounts, type RestoreOptions, type RestoreReport } from './restore-report.ts';

/**
 * Brings back what is missing of one account, into a running locker: the account itself with its chats, and every file that
 * is not there. What is there stays as it is, and what was deleted for good stays deleted, an account too.
 *
 * @throws LockerError `not_found` if the snapshot has no such account; `conflict` if it was removed for good, or another
 *   account has its handle or its id; `backup_damaged`, `backup_unavailable`.
 */
export const restoreAccount = audited(
  'backup.restore-account',
  ([snapshot, handle]) => ({ subject: `${handle} from ${snapshot.id}` }),
  async (
    locker: Locker,
    _operator: Guest,
    snapshot: Snapshot,
    handle: string,
    options: RestoreOptions = {},
  ): Promise<RestoreReport> => {
    const { collections } = locker;
    const tombstones = await loadTombstones(snapshot, await readTombstones(collections));
    const identities: object[] = [];
    let account: AccountDoc | undefined;
    for await (const { in: collection, doc } of snapshot.readDocuments('documents')) {
      if (collection === 'identities') identities.push(doc);
      if (collection === 'accounts' && (doc as AccountDoc).handle === handle.toLowerCase())
        account = doc as AccountDoc;
    }
    if (account === undefined || account.status === 'removing')
      throw new LockerError('not_found', {
        subject: handle,
        hint: `Snapshot ${snapshot.id} has no account ${handle}.`,
      });
    if (tombstones.has('account', account._id, account.createdAt))
      throw new LockerError('conflict', {
        subject: handle,
        hint: `The account ${handle} was removed for good since, and a restore does not undo that.`,
      });
    const { _id } = account;
    const counts = noCounts(snapshot.id);
    const dryRun = options.dryRun === true;
    const ours = identities.filter((identity) => (identity as { account: string }).account === _id);
    if (await restoreAccountDocument(locker, account, ours, dryRun)) counts.accounts = 1;
    await restoreFiles({
      collections,
      snapshot,
      owners: new Map([[_id, locker.accountKeys.open(account)]]),
      tombstones,
      options,
      counts,
      isWanted: async ({ _id: file }) => {
        const isThere = (await collections.files.countDocuments({ _id: file }, { limit: 1 })) > 0;
        if (isThere) counts.present++;
        return !isThere;
      },
      write: async (file) => {
        await writeDocuments(collections, 'files', [file]);
        await recountRestored(locker, file);
      },
    });
    return counts;
  },
);
