import type { Locker } from '../locker.ts';
import { settleDeliveries } from './deliveries.ts';
import type { LinkDoc } from './documents.ts';
import { settleUploads } from './settle-uploads.ts';
import { cutoff } from './stored-links.ts';

/** Settles what showed no life for long at one link. @returns true if there was anything. */
export const settleLink = (locker: Locker, link: LinkDoc): Promise<boolean> =>
  link.kind === 'download' ? settleDeliveries(locker, link) : settleUploads(locker, link);

/**
 * Settles what crashes left at all links, for the sweep. Nothing depends on it: each link is also settled when it is used next.
 *
 * @returns how many links there were.
 */
export async function settleLinks(locker: Locker): Promise<number> {
  const before = cutoff(locker.now());
  let settled = 0;
  const stale = locker.collections.links.find({
    $or: [{ 'deliveries.at': { $lte: before } }, { 'uploads.at': { $lte: before } }],
  });
  for await (const link of stale) if (await settleLink(locker, link)) settled++;
  return settled;
}
