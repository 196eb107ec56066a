import type { Binary } from 'mongodb';
import { sameHash, toBinary } from '../database/binary.ts';
import { LockerError } from '../errors.ts';
import { hashSecret } from '../ids.ts';
import type { Locker } from '../locker.ts';
import type { ByteRange } from '../storage/content-store.ts';
import { addRange, coversAll, hasGap, prefixEnd } from './coverage.ts';
import type { DownloadLinkDoc, LinkDelivery } from './documents.ts';
import type { Wanted } from './flight.ts';
import {
  cutoff,
  deadLink,
  downloadLinks,
  hasUseLeft,
  holdsUse,
  isUnexpired,
  isUsedUp,
  keptEvents,
  maxUnderWay,
  unexpired,
} from './stored-links.ts';

const tries = 16;
/** Pieces that lie apart from each other in what has left. */
const maxRanges = 100;

/** What left in one request. */
interface Landing {
  readonly left: ByteRange;
  /** False if the request was cut off. */
  readonly whole: boolean;
  readonly sizeBytes: number;
}

/** Starts a delivery if the link has a use left: one update decides. */
export async function beginDelivery(
  locker: Locker,
  linkId: string,
  secret: string,
  wanted: Wanted,
): Promise<void> {
  const links = downloadLinks(locker);
  for (const last of [false, true]) {
    const now = locker.now();
    const delivery: LinkDelivery = {
      id: hashOf(secret),
      revision: 1,
      version: wanted.version,
      startedAt: now,
      at: now,
      flights: 1,
      released: false,
      spent: wanted.range.start > 0,
      ranges: [],
      who: wanted.who,
    };
    const { matchedCount } = await links.updateOne(
      {
        _id: linkId,
        $and: [unexpired(now), hasUseLeft(now)],
        [`deliveries.${maxUnderWay - 1}`]: { $exists: false },
      },
      { $push: { deliveries: delivery } },
    );
    if (matchedCount === 1) return;
    const link = await links.findOne({ _id: linkId });
    if (link === null || !isUnexpired(link, now) || isUsedUp(link, now)) throw deadLink();
    if (last) break;
    // Those that were cut off lose only that they can be taken up again.
    await links.updateOne({ _id: linkId }, { $pull: { deliveries: { released: true } } });
  }
  throw new LockerError('busy', { hint: 'Too many fetch this at the moment. Try again in a minute.' });
}

/** Takes a delivery up again. @returns false if there is none of this secret, or no use left for it. */
export async function takeUpDelivery(
  locker: Locker,
  linkId: string,
  secret: string,
  wanted: Wanted,
): Promise<boolean> {
  const links = downloadLinks(locker);
  for (let attempt = 0; attempt < tries; attempt++) {
    const now = locker.now();
    const link = await links.findOne({ _id: linkId });
    const delivery = link === null ? undefined : deliveryOf(link, secret);
    if (link === null || delivery?.version.equals(wanted.version) !== true || !isUnexpired(link, now))
      return false;
    const holds = holdsUse(delivery, now);
    if (!holds && isUsedUp(link, now)) return false;
    if (delivery.ranges.length >= maxRanges)
      throw new LockerError('too_many', { limit: maxRanges, hint: 'Fetch the parts of the file in order.' });
    const next: LinkDelivery = {
      ...delivery,
      revision: delivery.revision + 1,
      at: now,
      flights: delivery.flights + 1,
      released: false,
      spent: delivery.spent || wanted.range.start > prefixEnd(delivery.ranges),
    };
    const { matchedCount } = await links.updateOne(
      { ...unchanged(linkId, delivery), $and: [unexpired(now), ...(holds ? [] : [hasUseLeft(now)])] },
      { $set: { 'deliveries.$': next } },
    );
    if (matchedCount === 1) return true;
  }
  return false;
}

/** The delivery of a secret, if it is open. */
export async function findDelivery(
  locker: Locker,
  linkId: string,
  secret: string,
): Promise<LinkDelivery | undefined> {
  const link = await downloadLinks(locker).findOne({ _id: linkId });
  return link === null ? undefined : deliveryOf(link, secret);
}

export const deliveryOf = (link: DownloadLinkDoc, secret: string): LinkDelivery | undefined =>
  link.deliveries.find(({ id }) => sameHash(id, hashSecret(secret)));

/**
 * Keeps the use of a delivery, or takes one again if it seemed dead for so long that its own was given back.
 *
 * @param forGood true if the last byte is about to leave: then the use is not given back by age any more.
 * @returns false if the use went to someone else, or the link was revoked.
 */
export async function holdUse(
  locker: Locker,
  linkId: string,
  secret: string,
  forGood: boolean,
): Promise<boolean> {
  const now = locker.now();
  const id = hashOf(secret);
  const held = { id, $or: [{ spent: true }, { released: false, at: { $gt: cutoff(now) } }] };
  const { matchedCount } = await downloadLinks(locker).updateOne(
    {
      _id: linkId,
      revokedAt: null,
      'deliveries.id': id,
      $or: [{ deliveries: { $elemMatch: held } }, hasUseLeft(now)],
    },
    {
      $set: {
        'deliveries.$[mine].at': now,
        'deliveries.$[mine].released': false,
        ...(forGood ? { 'deliveries.$[mine].spent': true } : {}),
      },
      $inc: { 'deliveries.$[mine].revision': 1 },
    },
    { arrayFilters: [{ 'mine.id': id }] },
  );
  return matchedCount === 1;
}

/** Writes down what left in a request that ended. @returns false if the delivery changed meanwhile: read it anew. */
export async function landFlight(
  locker: Locker,
  linkId: string,
  delivery: LinkDelivery,
  landing: Landing,
): Promise<boolean> {
  const now = locker.now();
  if (isWhole(delivery, landing)) return finish(locker, linkId, delivery, landing.sizeBytes, now);
  const { left, whole } = landing;
  const ranges = addRange(delivery.ranges, left);
  const flights = Math.max(0, delivery.flights - 1);
  const spent = hasGap(ranges) || (flights > 0 && delivery.spent);
  const next: LinkDelivery = {
    ...delivery,
    revision: delivery.revision + 1,
    at: now,
    flights,
    ranges,
    spent,
    released: flights === 0 && !whole && !spent,
  };
  const { matchedCount } = await downloadLinks(locker).updateOne(unchanged(linkId, delivery), {
    $set: { 'deliveries.$': next },
    ...(whole ? {} : { $push: { failures: interruption(delivery, prefixEnd(ranges), now) } }),
  });
  return matchedCount === 1;
}

/** Settles the deliveries that showed no life for long. @returns true if there were any. */
export async function settleDeliveries(locker: Locker, link: DownloadLinkDoc): Promise<boolean> {
  const now = locker.now();
  const stale = link.deliveries.filter(({ at }) => at <= cutoff(now));
  for (const delivery of stale) {
    if (delivery.spent) await finish(locker, link._id, delivery, prefixEnd(delivery.ranges), now);
    else {
      await downloadLinks(locker).updateOne(unchanged(link._id, delivery), {
        $pull: { deliveries: { id: delivery.id } },
        ...(delivery.released
          ? {}
          : { $push: { failures: interruption(delivery, prefixEnd(delivery.ranges), now) } }),
      });
    }
  }
  return stale.length > 0;
}

/** Turns a delivery into a use of the link. @returns false if it changed meanwhile. */
async function finish(
  locker: Locker,
  linkId: string,
  delivery: LinkDelivery,
  bytes: number,
  at: Date,
): Promise<boolean> {
  const event = { at, outcome: 'delivered' as const, who: delivery.who, file: null, bytes };
  const { matchedCount } = await downloadLinks(locker).updateOne(unchanged(linkId, delivery), {
    $pull: { deliveries: { id: delivery.id } },
    $inc: { used: 1 },
    $push: { events: { $each: [event], $slice: -keptEvents } },
  });
  return matchedCount === 1;
}

/** True if nothing is missing any more. An empty file has left only with the answer that carries it. */
export const isWhole = ({ ranges }: LinkDelivery, { left, whole, sizeBytes }: Landing): boolean =>
  coversAll(addRange(ranges, left), sizeBytes) && (whole || sizeBytes > 0);

const unchanged = (linkId: string, { id, revision }: LinkDelivery) => ({
  _id: linkId,
  deliveries: { $elemMatch: { id, revision } },
});

const interruption = ({ who }: LinkDelivery, bytes: number, at: Date) => ({
  $each: [{ at, outcome: 'interrupted' as const, who, file: null, bytes }],
  $slice: -keptEvents,
});

const hashOf = (secret: string): Binary => toBinary(hashSecret(secret));
