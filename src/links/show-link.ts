import type { Guest } from '../accounts/guest.ts';
import { audited, type Subject } from '../audit/audited.ts';
import { findVersion } from '../files/entry.ts';
import type { Locker } from '../locker.ts';
import type { UploadLinkDoc } from './documents.ts';
import { openLinkText } from './link-text.ts';
import { findDownloadLink, findUploadLink } from './live-links.ts';

/** What a stranger may know of the file at a link. */
export interface LinkedFile {
  readonly name: string;
  readonly mediaType: string;
  readonly sizeBytes: number;
  /** Handle of whoever shares it. */
  readonly owner: string;
  readonly expiresAt: Date | null;
}

/** A link by which a file is fetched; nothing of the file while a password protects it. */
export interface DownloadPageView {
  readonly about: Subject;
  readonly file: LinkedFile | null;
}

/**
 * Says what a link leads to. Takes no use, however often it is asked: previews and scanners come by.
 *
 * @throws LockerError `not_found`, the same for every link that is no good.
 */
export const showDownloadLink = audited(
  'link.show',
  (_args, view) => view?.about ?? {},
  async (locker: Locker, _guest: Guest, token: string): Promise<DownloadPageView> => {
    const { link, account, file, metadata } = await findDownloadLink(locker, token);
    const about = { file: file._id, owner: account._id, subject: link._id };
    if (link.password !== null) return { about, file: null };
    const { facts } = findVersion(file, metadata);
    return {
      about,
      file: {
        name: metadata.name,
        mediaType: metadata.mediaType,
        sizeBytes: facts.size,
        owner: account.handle,
        expiresAt: link.expiresAt,
      },
    };
  },
);

/** What a stranger may know of a link by which files come in: never what is in the folder. */
export interface UploadPageView {
  readonly about: Subject;
  readonly kind: UploadLinkDoc['kind'];
  readonly title: string;
  readonly note: string;
  /** Handle of whoever receives. */
  readonly owner: string;
  readonly expiresAt: Date | null;
  /** Files that it still takes; null for any number. */
  readonly filesLeft: number | null;
  readonly maxBytes: number | null;
  readonly maxFileBytes: number | null;
}

/** Says what a link asks for. @throws LockerError `not_found`, the same for every link that is no good. */
export const showUploadLink = audited(
  'request.show',
  (_args, view) => view?.about ?? {},
  async (
    locker: Locker,
    _guest: Guest,
    kind: UploadLinkDoc['kind'],
    token: string,
  ): Promise<UploadPageView> => {
    const { link, account, owner } = await findUploadLink(locker, kind, token);
    const { label, note } = openLinkText(owner, link);
    return {
      about: { owner: account._id, subject: link._id },
      kind,
      title: label,
      note,
      owner: account.handle,
      expiresAt: link.expiresAt,
      filesLeft: link.limit === null ? null : link.limit - link.used,
      maxBytes: link.maxBytes,
      maxFileBytes: link.maxFileBytes,
    };
  },
);
