import type { Locker } from '../../src/locker.ts';

/** What an account's document says is used, and what its files and stored contents really use. */
export async function recount({ collections }: Locker, account: string) {
  const stored = await collections.accounts.findOne({ _id: account });
  const files = await collections.files.find({ owner: account }).toArray();
  const versions = files.flatMap((file) => file.versions);
  return {
    said: {
      bytes: stored?.usedBytes,
      files: stored?.fileCount,
      pendingBytes: stored?.pendingBytes,
      pending: stored?.pending.length,
    },
    real: {
      bytes: versions.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
      files: files.length,
    },
    contents: await collections.contentFiles.countDocuments(),
    versions: versions.length,
  };
}
