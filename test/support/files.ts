import type { Actor } from '../../src/accounts/actor.ts';
import type { AccountDoc } from '../../src/accounts/documents.ts';
import { openFile } from '../../src/files/download.ts';
import { type Upload, uploadFile } from '../../src/files/upload.ts';
import type { FileView } from '../../src/files/view.ts';
import type { Locker } from '../../src/locker.ts';
import { collect, inPieces } from './bytes.ts';

/** Saves a small file; its content is its name unless one is given. */
export const saveFile = (
  locker: Locker,
  actor: Actor,
  name: string,
  { bytes, ...rest }: Partial<Upload> & { bytes?: Uint8Array } = {},
): Promise<FileView> =>
  uploadFile(locker, actor, {
    name,
    mediaType: 'text/plain',
    content: { bytes: inPieces(bytes ?? Buffer.from(name)) },
    ...rest,
  });

/** Reads a version whole. */
export async function readFile(locker: Locker, actor: Actor, fileId: string, n?: number): Promise<Buffer> {
  return collect(await (await openFile(locker, actor, fileId, n)).read());
}

export async function accountOf(locker: Locker, actor: Actor): Promise<AccountDoc> {
  const account = await locker.collections.accounts.findOne({ _id: actor.account });
  if (account === null) throw new RangeError('no such account');
  return account;
}

/** What an account is charged for, and what it has not settled. */
export async function usage(locker: Locker, actor: Actor) {
  const { usedBytes, pendingBytes, pending } = await accountOf(locker, actor);
  return { usedBytes, pendingBytes, pending: pending.length };
}

/** Number of documents in the content collections. */
export async function stored(locker: Locker) {
  const { chunks, contentFiles, files } = locker.collections;
  return {
    chunks: await chunks.countDocuments(),
    contentFiles: await contentFiles.countDocuments(),
    files: await files.countDocuments(),
  };
}
