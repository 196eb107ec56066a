import type { Guest } from '../accounts/guest.ts';
import { audited, type Subject } from '../audit/audited.ts';
import { isDuplicate } from '../database/connect.ts';
import { isLockerError, LockerError } from '../errors.ts';
import { nameOrDefault } from '../files/description.ts';
import { type IncomingContent, settleQuietly } from '../files/receive-content.ts';
import { saveFile } from '../files/save-file.ts';
import type { FileView } from '../files/view.ts';
import type { Locker } from '../locker.ts';
import type { UploadLinkDoc } from './documents.ts';
import { LinkPlace } from './link-place.ts';
import { openLinkText, sealLinkUser } from './link-text.ts';
import { findUploadLink } from './live-links.ts';
import { announceUse } from './settle-uploads.ts';

/** A file that a stranger sends. */
export interface Sent {
  /** As it came: whoever sent it did not choose it here. */
  readonly name: string | undefined;
  /** Guessed from the name if absent. */
  readonly mediaType?: string | undefined;
  readonly content: IncomingContent;
}

/** What a stranger hears of a file that was saved: what they sent, and nothing of where it went. */
export interface Receipt {
  readonly name: string;
  readonly sizeBytes: number;
  /** Of the content, hexadecimal. */
  readonly sha256: string;
}

/**
 * Saves a file that comes through a link, at the cost of its owner's quota: takes one of the link's places before the
 * first byte, keeps it when the file is safe, and gives it back if it does not get so far.
 *
 * @throws LockerError `not_found` for every link that is no good, `file_too_large`, `quota_exceeded` without saying how large it is, and as `receiveContent`.
 */
export async function receiveThroughLink(
  locker: Locker,
  guest: Guest,
  kind: UploadLinkDoc['kind'],
  token: string,
  sent: Sent,
): Promise<Receipt> {
  const { file } = await receive(locker, guest, kind, token, sent);
  return { name: file.name, sizeBytes: file.sizeBytes, sha256: file.sha256 };
}

const receive = audited(
  'link.upload',
  (_args, received) => received?.about ?? {},
  async (
    locker: Locker,
    guest: Guest,
    kind: UploadLinkDoc['kind'],
    token: string,
    sent: Sent,
  ): Promise<{ file: FileView; about: Subject }> => {
    const { link, account, owner } = await findUploadLink(locker, kind, token);
    const text = openLinkText(owner, link);
    const place = await LinkPlace.take(locker, link, sealLinkUser(owner, link._id, guest));
    let mayBeSaved = false;
    let file: FileView;
    try {
      await place.cover(sent.content.sizeBytes ?? 0);
      file = await saveFile(
        locker,
        guest.door,
        { account, keys: owner, role: 'owner' },
        `link:${link._id}`,
        {
          name: text.name ?? nameOrDefault(sent.name, 'unnamed'),
          folder: text.folder,
          tags: text.tags,
          description: text.description ?? '',
          mediaType: sent.mediaType,
          content: { ...sent.content, bytes: place.pass(sent.content.bytes) },
        },
        async ({ stored }) => {
          await place.beforeCommit(stored.id, stored.sizeBytes);
          mayBeSaved = true;
        },
      );
    } catch (error) {
      place.close();
      // If the database went away during the commit, the file may be there: the next look finds out.
      if (!mayBeSaved || error instanceof LockerError || isDuplicate(error))
        await settleQuietly(locker, () => place.release());
      throw isLockerError(error, 'quota_exceeded') ? full(error) : error;
    }
    await settleQuietly(locker, async () => {
      if (await place.settle(file.id, file.sizeBytes)) await announceUse(locker, link, file);
    });
    return { file, about: { file: file.id, owner: account._id, subject: link._id } };
  },
);

/** How large a quota is, and how full, is its owner's business. */
const full = (cause: LockerError) =>
  new LockerError(
    'quota_exceeded',
    { hint: 'The locker of whoever asks has no room for this. Tell them.' },
    { cause },
  );
