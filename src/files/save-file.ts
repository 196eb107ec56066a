import type { Door } from '../audit/record.ts';
import type { Locker } from '../locker.ts';
import { meterUpload } from '../metrics/transfers.ts';
import type { FolderAccess } from '../sharing/access.ts';
import type { FileMetadata } from './entry.ts';
import { guessMediaType } from './media-type.ts';
import { insertFile, newFile } from './insert-file.ts';
import { type IncomingContent, type Received, receiveContent } from './receive-content.ts';
import { type FileView, viewFile } from './view.ts';

/** A file to be, whose description was checked. */
export interface NewFile extends Omit<FileMetadata, 'versions' | 'mediaType'> {
  /** Guessed from the name if absent. */
  readonly mediaType?: string | undefined;
  readonly content: IncomingContent;
  /** What it came as, if that must not be saved twice. */
  readonly origin?: string | undefined;
}

/**
 * Saves a new file for someone who may put it there; checks no permission itself.
 *
 * @param into the locker that it goes to.
 * @param author account that sends it, or `link:<id>`.
 * @param beforeCommit called when the content is stored, right before the file appears; may throw to refuse it.
 * @throws LockerError as `receiveContent`, and what `beforeCommit` throws.
 */
export function saveFile(
  locker: Locker,
  door: Door,
  into: FolderAccess,
  author: string,
  { content, origin, ...description }: NewFile,
  beforeCommit: (received: Received) => Promise<void> = async () => {},
): Promise<FileView> {
  const { account, keys, role } = into;
  const commit = async (received: Received) => {
    const { facts, stored } = received;
    const mediaType = description.mediaType ?? guessMediaType(description.name);
    const metadata: FileMetadata = { ...description, mediaType, versions: [{ n: 1, ...facts }] };
    await beforeCommit(received);
    const file = await insertFile(
      locker,
      (id) => newFile(keys, id, stored, metadata, origin),
      received.unlessBroken,
    );
    return viewFile(file, metadata, { ownerHandle: account.handle, role, folderShown: true });
  };
  return meterUpload(locker.meter, door, content, (counted) =>
    receiveContent(locker, account._id, author, counted, commit),
  );
}
