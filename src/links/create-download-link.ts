import { type Actor, requireAccount } from '../accounts/actor.ts';
import { audited } from '../audit/audited.ts';
import { LockerError } from '../errors.ts';
import type { Locker } from '../locker.ts';
import { accessFile } from '../sharing/access.ts';
import type { DownloadLinkDoc } from './documents.ts';
import { addLink, maxLabelLength, maxUses, requireLimit, requireLinkText } from './new-link.ts';
import { hashPassword } from './password.ts';
import { type LinkView, viewLink } from './view-link.ts';

export interface DownloadLinkInput {
  /** What its owner calls it; strangers do not see it. */
  readonly label?: string | undefined;
  readonly expiresAt?: Date | null | undefined;
  readonly password?: string | null | undefined;
  readonly maxDownloads?: number | null | undefined;
}

/** A new link with its token, which is shown this once. */
export interface NewLink {
  readonly link: LinkView;
  readonly token: string;
}

/**
 * Makes a link by which anyone who has it fetches the file, whatever its current version is then.
 *
 * @throws LockerError `not_found`, `forbidden` for another's file, `conflict` for one in the trash, `restricted`, `bad_request`, `too_many`.
 */
export const createDownloadLink = audited(
  'link.create',
  ([file], made) => ({ file, subject: made?.link.id }),
  async (locker: Locker, actor: Actor, fileId: string, input: DownloadLinkInput): Promise<NewLink> => {
    const me = await requireAccount(locker, actor, 'share');
    const { file } = await accessFile(locker, me, fileId, 'owner');
    if (file.trashedAt !== null)
      throw new LockerError('conflict', {
        subject: fileId,
        hint: 'The file is in the trash. Restore it first.',
      });
    if (file.restriction !== undefined)
      throw new LockerError('restricted', {
        subject: fileId,
        hint: 'An administrator restricted the file. Ask them to lift it.',
      });
    const limit = requireLimit('maxDownloads', input.maxDownloads ?? null, maxUses);
    const label = requireLinkText('label', input.label ?? '', maxLabelLength, false);
    const password = await hashed(input.password ?? null);
    const text = { label, note: '', folder: '/', tags: [], name: null, purpose: null };
    const { link, token } = await addLink(
      locker,
      me.keys,
      { ...text, expiresAt: input.expiresAt ?? null },
      (common): DownloadLinkDoc => ({
        ...common,
        // Ids of files are short and may come back: a link never leads to a file that is younger than itself.
        createdAt: common.createdAt < file.createdAt ? file.createdAt : common.createdAt,
        kind: 'download',
        file: fileId,
        password,
        wrongPasswords: 0,
        limit,
        deliveries: [],
      }),
    );
    return { link: viewLink(locker, me.keys, link), token };
  },
);

const hashed = async (password: string | null) => (password === null ? null : hashPassword(password));
