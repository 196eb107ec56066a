import type { Collections } from '../database/collections.ts';

/** Brings what was restored in agreement: nothing refers to what is not there, and usage is exactly what is stored. */
export async function settleRestored(collections: Collections): Promise<void> {
  const { accounts, files, grants, links, identities } = collections;
  const ids = (await accounts.find({}, { projection: { _id: 1 } }).toArray()).map(({ _id }) => _id);
  await files.deleteMany({ owner: { $nin: ids } });
  await grants.deleteMany({ $or: [{ owner: { $nin: ids } }, { grantee: { $nin: ids } }] });
  await links.deleteMany({ owner: { $nin: ids } });
  await identities.deleteMany({ account: { $nin: ids } });
  for await (const grant of grants.find({ kind: 'file' }))
    if (grant.kind === 'file' && !(await exists(collections, grant.file)))
      await grants.deleteOne({ _id: grant._id });
  for await (const link of links.find({ kind: 'download' }))
    if (link.kind === 'download' && !(await exists(collections, link.file)))
      await links.deleteOne({ _id: link._id });
  for (const id of ids) await recountUsage(collections, id);
}

const exists = async ({ files }: Collections, id: string): Promise<boolean> =>
  (await files.countDocuments({ _id: id }, { limit: 1 })) > 0;

/** Sets the usage of an account to what its files come to. Only while nobody works with it. */
export async function recountUsage({ accounts, files }: Collections, id: string): Promise<void> {
  const [sum] = await files
    .aggregate<{ files: number; bytes: number }>([
      { $match: { owner: id } },
      { $group: { _id: null, files: { $sum: 1 }, bytes: { $sum: { $sum: '$versions.sizeBytes' } } } },
    ])
    .toArray();
  await accounts.updateOne(
    { _id: id },
    { $set: { usedBytes: sum?.bytes ?? 0, fileCount: sum?.files ?? 0, pendingBytes: 0, pending: [] } },
  );
}
