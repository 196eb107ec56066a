import type { OpenAccount } from '../accounts/account-keys.ts';
import type { FileDoc } from '../files/documents.ts';
import { openEntry, sealEntry } from '../files/entry.ts';

/**
 * Takes versions out of an entry and seals it anew.
 *
 * @param gone hexadecimal ids.
 * @returns undefined if no version is left.
 * @throws LockerError `content_damaged` if the entry does not open.
 */
export function dropVersions(
  owner: OpenAccount,
  file: FileDoc,
  gone: ReadonlySet<string>,
): FileDoc | undefined {
  if (gone.size === 0) return file;
  const versions = file.versions.filter(({ id }) => !gone.has(id.toHexString()));
  const current = versions.at(-1);
  if (current === undefined) return undefined;
  const metadata = openEntry(owner, file);
  return {
    ...file,
    ...sealEntry(owner, file._id, {
      ...metadata,
      versions: metadata.versions.filter(({ id }) => !gone.has(id)),
    }),
    versions,
    sizeBytes: current.sizeBytes,
  };
}
