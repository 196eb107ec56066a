import type { AccountDoc } from '../accounts/documents.ts';
import { randomKey } from '../crypto/keyring.ts';
import { storeKey } from '../database/binary.ts';
import { journaled } from '../database/connect.ts';
import { LockerError } from '../errors.ts';
import type { Locker } from '../locker.ts';
import { finishErasure } from './finish-erasure.ts';

/** What was erased, for whoever it belonged to. The audit trail, and a tombstone that every restore honours, hold the same id. */
export interface ErasureReceipt {
  /** Id of the account, which nobody gets again. */
  readonly account: string;
  readonly handle: string;
  readonly erasedAt: Date;
  readonly files: number;
  /** Of all files, the trash included. */
  readonly versions: number;
  /** Plaintext bytes of all versions. */
  readonly sizeBytes: number;
}

/**
 * Erases an account, for someone whose permission was checked. The commit destroys its key, by putting that of nobody in its
 * place: from then on no name of it opens, and it is a stranger at every door. Then its files lose their keys, and all that
 * is left goes; what a crash or a running upload leaves is finished by the sweep. Its handle is free once that is done;
 * whatever was shared with it does not come back for whoever takes the handle.
 *
 * @throws LockerError `busy` if someone changes its role at the same moment.
 */
export async function eraseAccount(locker: Locker, account: AccountDoc): Promise<ErasureReceipt> {
  const { accounts, files } = locker.collections;
  const [counted = { files: 0, versions: 0, sizeBytes: 0 }] = await files
    .aggregate<Pick<ErasureReceipt, 'files' | 'versions' | 'sizeBytes'>>([
      { $match: { owner: account._id } },
      {
        $group: {
          _id: null,
          files: { $sum: 1 },
          versions: { $sum: { $size: '$versions' } },
          sizeBytes: { $sum: { $sum: '$versions.sizeBytes' } },
        },
      },
      { $project: { _id: 0 } },
    ])
    .toArray();
  const erasedAt = locker.now();
  const { matchedCount } = await accounts.updateOne(
    // Permission was decided for this role.
    { _id: account._id, role: account.role },
    {
      $set: {
        status: 'removing',
        key: storeKey(locker.keyring.wrap(randomKey())),
        // Uploads that were kept to be resumed would hold it up for days.
        'pending.$[].at': erasedAt,
      },
    },
    { writeConcern: journaled(accounts) },
  );
  if (matchedCount === 0)
    throw new LockerError('busy', {
      subject: account.handle,
      hint: 'Someone else changes it. Look again.',
    });
  locker.accountKeys.forget(account._id);
  await finishErasure(locker, account._id);
  return { account: account._id, handle: account.handle, erasedAt, ...counted };
}
