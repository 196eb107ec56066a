import type { Collection, Filter } from 'mongodb';
import { LockerError } from '../errors.ts';
import type { Locker } from '../locker.ts';
import type { DownloadLinkDoc, LinkDelivery, LinkUpload, UploadLinkDoc } from './documents.ts';

/** The links by which files go out. Filters must name an id, token or kind that is one of them. */
export const downloadLinks = (locker: Locker): Collection<DownloadLinkDoc> =>
  locker.collections.links as unknown as Collection<DownloadLinkDoc>;

/** The links by which files come in. */
export const uploadLinks = (locker: Locker): Collection<UploadLinkDoc> =>
  locker.collections.links as unknown as Collection<UploadLinkDoc>;

/** Links that their owner made: not those that a reader of a file made for themselves. */
export const ownLinks = { reader: { $exists: false } } as const;

/** Whoever showed no life for so long is gone: a delivery's use, an upload's place is given back. */
export const linkGraceMs = 120_000;
export const linkHeartbeatMs = 15_000;
/** Deliveries or uploads of one link that can be under way at once: its document stays small. */
export const maxUnderWay = 500;
/** How many events of each kind a link remembers. */
export const keptEvents = 100;

export const cutoff = (now: Date): Date => new Date(now.getTime() - linkGraceMs);

/** The condition under which a link is good, as a filter and as a test. */
export const unexpired = (now: Date) => ({
  revokedAt: null,
  $or: [{ expiresAt: null }, { expiresAt: { $gt: now } }],
});
export const isUnexpired = (link: Pick<DownloadLinkDoc, 'revokedAt' | 'expiresAt'>, now: Date): boolean =>
  link.revokedAt === null && (link.expiresAt === null || link.expiresAt > now);

/** True if a delivery holds one of the uses of its link. */
export const holdsUse = (delivery: LinkDelivery, now: Date): boolean =>
  delivery.spent || (!delivery.released && delivery.at > cutoff(now));

/** True if an upload holds a place, and its bytes. */
export const holdsPlace = (upload: LinkUpload, now: Date): boolean =>
  upload.version !== null || upload.at > cutoff(now);

/** True if a link has no use left, those under way included. */
export const isUsedUp = (link: DownloadLinkDoc | UploadLinkDoc, now: Date): boolean =>
  link.limit !== null && link.used + underWay(link, now) >= link.limit;

/** How many deliveries or uploads hold a use of the link. */
export const underWay = (link: DownloadLinkDoc | UploadLinkDoc, now: Date): number =>
  link.kind === 'download'
    ? link.deliveries.filter((delivery) => holdsUse(delivery, now)).length
    : link.uploads.filter((upload) => holdsPlace(upload, now)).length;

/** `holdsUse` and `isUsedUp`, as the database decides it in the very update that takes a use. */
export const hasUseLeft = (now: Date): Filter<DownloadLinkDoc> =>
  hasRoom('$deliveries', {
    $or: ['$$one.spent', { $and: [{ $not: ['$$one.released'] }, { $gt: ['$$one.at', cutoff(now)] }] }],
  });

/** `holdsPlace` and `isUsedUp`, in the same way. */
export const hasPlaceLeft = (now: Date): Filter<UploadLinkDoc> => hasRoom('$uploads', placeHeld(now));

/** True in the database for an upload that holds a place. */
export const placeHeld = (now: Date) => ({
  $or: [{ $ne: ['$$one.version', null] }, { $gt: ['$$one.at', cutoff(now)] }],
});

const hasRoom = (list: string, held: object) => ({
  $or: [
    { limit: null },
    {
      $expr: {
        $lt: [{ $add: ['$used', { $size: { $filter: { input: list, as: 'one', cond: held } } }] }, '$limit'],
      },
    },
  ],
});

/** The one answer for links that never were, expired, were revoked or used up. */
export const deadLink = (): LockerError =>
  new LockerError('not_found', {
    hint: 'This link does not exist or is no longer good. Ask whoever gave it to you for another one.',
  });
