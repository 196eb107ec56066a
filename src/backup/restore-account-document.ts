import type { AccountDoc } from '../accounts/documents.ts';
import { OpenError } from '../crypto/fernet.ts';
import { loadKey } from '../database/binary.ts';
import { journaled } from '../database/connect.ts';
import { LockerError } from '../errors.ts';
import type { FileDoc } from '../files/documents.ts';
import type { Locker } from '../locker.ts';
import { restedAccount } from './write-documents.ts';

/**
 * Puts an account back that is missing, with the chats that nobody else has by now.
 *
 * @returns false if it is there.
 * @throws LockerError `conflict` if another has its handle, or it is there with another key.
 */
export async function restoreAccountDocument(
  { collections, keyring }: Locker,
  account: AccountDoc,
  identities: readonly object[],
  dryRun: boolean,
): Promise<boolean> {
  const { accounts } = collections;
  const present = await accounts.findOne({ $or: [{ _id: account._id }, { handle: account.handle }] });
  if (present !== null && (present._id !== account._id || !sameKey()))
    throw new LockerError('conflict', {
      subject: account.handle,
      hint: `Another account is called ${account.handle} now, so nothing was restored.`,
    });
  if (present !== null) return false;
  if (dryRun) return true;
  const owned = (await accounts.countDocuments({ role: 'owner' }, { limit: 1 })) > 0;
  await accounts.insertOne(
    {
      ...restedAccount(account),
      usedBytes: 0,
      fileCount: 0,
      // There is one owner.
      role: account.role === 'owner' && owned ? 'admin' : account.role,
    },
    { writeConcern: journaled(accounts) },
  );
  for (const identity of identities) {
    const { _id, ...rest } = identity as { _id: string; account: string };
    await collections.identities.updateOne({ _id }, { $setOnInsert: rest }, { upsert: true });
  }
  return true;

  function sameKey(): boolean {
    try {
      const now = keyring.unwrap(loadKey((present as AccountDoc).key));
      return Buffer.compare(now, keyring.unwrap(loadKey(account.key))) === 0;
    } catch (error) {
      if (!(error instanceof OpenError)) throw error;
      return false;
    }
  }
}

/** Counts a file that came back; also beyond the quota, since it was the person's before. */
export async function recountRestored({ collections }: Locker, file: FileDoc): Promise<void> {
  const bytes = file.versions.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  await collections.accounts.updateOne({ _id: file.owner }, { $inc: { usedBytes: bytes, fileCount: 1 } });
}
