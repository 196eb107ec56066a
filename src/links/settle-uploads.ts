import { openEntry } from '../files/entry.ts';
import { type FileView, viewFile } from '../files/view.ts';
import type { Locker } from '../locker.ts';
import type { LinkUpload, UploadLinkDoc } from './documents.ts';
import { releaseUpload, settleUpload } from './link-place.ts';
import { openLinkText } from './link-text.ts';
import { cutoff } from './stored-links.ts';

/** Settles the uploads that showed no life for long: those that became a file count. @returns true if there were any. */
export async function settleUploads(locker: Locker, link: UploadLinkDoc): Promise<boolean> {
  const stale = link.uploads.filter(({ at }) => at <= cutoff(locker.now()));
  for (const upload of stale) await settle(locker, link, upload);
  return stale.length > 0;
}

async function settle(locker: Locker, link: UploadLinkDoc, upload: LinkUpload): Promise<void> {
  const { accounts, files } = locker.collections;
  const file =
    upload.version === null
      ? null
      : await files.findOne({ 'versions.id': upload.version, owner: link.owner });
  if (file === null) return releaseUpload(locker, link._id, upload);
  const { id, at, who, bytes } = upload;
  const event = { at, outcome: 'received' as const, who, file: file._id, bytes };
  if (!(await settleUpload(locker, link._id, id, event))) return;
  const account = await accounts.findOne({ _id: link.owner });
  if (account === null) return;
  const view = viewFile(file, openEntry(locker.accountKeys.open(account), file), {
    ownerHandle: account.handle,
    role: 'owner',
    folderShown: true,
  });
  await announceUse(locker, link, view);
}

/** Tells whoever handed an upload link out that it was used. */
export async function announceUse(locker: Locker, link: UploadLinkDoc, file: FileView): Promise<void> {
  const account = await locker.collections.accounts.findOne({ _id: link.owner });
  if (link.kind !== 'upload' || account === null) return;
  const { purpose } = openLinkText(locker.accountKeys.open(account), link);
  await locker.uploadLinkEvents.emit(
    { link: link._id, purpose: purpose ?? '', account: link.owner, file },
    locker.log,
  );
}
