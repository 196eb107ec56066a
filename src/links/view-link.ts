import type { OpenAccount } from '../accounts/account-keys.ts';
import type { Locker } from '../locker.ts';
import type { LinkDoc, LinkEvent } from './documents.ts';
import { openLinkText, openLinkUser } from './link-text.ts';
import { isUnexpired, underWay } from './stored-links.ts';

/** `busy`: its last uses are under way; it is used up if they end well. */
export type LinkState = 'open' | 'busy' | 'used-up' | 'expired' | 'revoked';

/** A link as its owner sees it. Its token is not stored, so it cannot be shown again. */
export interface LinkView {
  readonly id: string;
  readonly kind: LinkDoc['kind'];
  readonly state: LinkState;
  readonly label: string;
  readonly note: string;
  /** Id of the file that is fetched; null for links by which files come in. */
  readonly file: string | null;
  /** Folder that files come into; null for links by which a file is fetched. */
  readonly folder: string | null;
  readonly hasPassword: boolean;
  /** Downloads or files that it is good for. */
  readonly limit: number | null;
  readonly used: number;
  readonly underWay: number;
  readonly maxBytes: number | null;
  readonly maxFileBytes: number | null;
  readonly usedBytes: number;
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
  readonly revokedAt: Date | null;
}

/** Something that happened at a link, as its owner sees it. */
export interface LinkEventView {
  readonly at: Date;
  readonly outcome: LinkEvent['outcome'];
  /** Id of the file that was received. */
  readonly file: string | null;
  readonly bytes: number;
  readonly client: string;
  readonly address: string;
}

/** A link with the last of what happened at it, newest first. */
export interface LinkDetails extends LinkView {
  readonly wrongPasswords: number;
  readonly events: readonly LinkEventView[];
}

export function viewLink(locker: Locker, owner: OpenAccount, link: LinkDoc): LinkView {
  const { label, note, folder } = openLinkText(owner, link);
  const isDownload = link.kind === 'download';
  const now = locker.now();
  return {
    id: link._id,
    kind: link.kind,
    state: stateOf(link, now),
    label,
    note,
    file: isDownload ? link.file : null,
    folder: isDownload ? null : folder,
    hasPassword: isDownload && link.password !== null,
    limit: link.limit,
    used: link.used,
    underWay: underWay(link, now),
    maxBytes: isDownload ? null : link.maxBytes,
    maxFileBytes: isDownload ? null : link.maxFileBytes,
    usedBytes: isDownload ? 0 : link.usedBytes,
    createdAt: link.createdAt,
    expiresAt: link.expiresAt,
    revokedAt: link.revokedAt,
  };
}

export function viewLinkDetails(locker: Locker, owner: OpenAccount, link: LinkDoc): LinkDetails {
  return {
    ...viewLink(locker, owner, link),
    wrongPasswords: link.kind === 'download' ? link.wrongPasswords : 0,
    events: [...link.events, ...link.failures]
      .toSorted((a, b) => b.at.getTime() - a.at.getTime())
      .map(({ at, outcome, file, bytes, who }) => ({
        at,
        outcome,
        file,
        bytes,
        ...openLinkUser(owner, link._id, who),
      })),
  };
}

function stateOf(link: LinkDoc, now: Date): LinkState {
  if (link.revokedAt !== null) return 'revoked';
  if (!isUnexpired(link, now)) return 'expired';
  if (link.limit === null) return 'open';
  if (link.used >= link.limit) return 'used-up';
  return link.used + underWay(link, now) >= link.limit ? 'busy' : 'open';
}
