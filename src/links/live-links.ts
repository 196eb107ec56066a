import type { OpenAccount } from '../accounts/account-keys.ts';
import type { AccountDoc } from '../accounts/documents.ts';
import { toBinary } from '../database/binary.ts';
import type { FileDoc } from '../files/documents.ts';
import { type FileMetadata, openEntry } from '../files/entry.ts';
import { LockerError } from '../errors.ts';
import { hashSecret } from '../ids.ts';
import { accessFile } from '../sharing/access.ts';
import type { Locker } from '../locker.ts';
import { deliveryOf, settleDeliveries } from './deliveries.ts';
import type { DownloadLinkDoc, UploadLinkDoc } from './documents.ts';
import { settleUploads } from './settle-uploads.ts';
import { deadLink, downloadLinks, isUnexpired, isUsedUp, uploadLinks } from './stored-links.ts';

interface Live<Link> {
  readonly link: Link;
  readonly account: AccountDoc;
  readonly owner: OpenAccount;
}

/** A link that is good, with the file it leads to. */
export interface LiveDownloadLink extends Live<DownloadLinkDoc> {
  readonly file: FileDoc;
  readonly metadata: FileMetadata;
}

/**
 * Finds the file that a token leads to. This is the permission of a stranger: the link is good, its owner is active, and
 * the file is still there, not in the trash, not restricted, and not another one under an id that was given out again.
 *
 * @param resume secret of a delivery that the client takes up again: it may hold the very last use.
 * @throws LockerError `not_found`, the same for whatever of this does not hold.
 */
export async function findDownloadLink(
  locker: Locker,
  token: string,
  resume?: string,
): Promise<LiveDownloadLink> {
  const { accounts, files } = locker.collections;
  const find = () => downloadLinks(locker).findOne({ token: hashOf(token), kind: 'download' });
  let link = await find();
  if (link !== null && (await settleDeliveries(locker, link))) link = await find();
  // The same look-ups whether or not there is a link: time does not tell either.
  const [account, file] = await Promise.all([
    accounts.findOne({ _id: link?.owner ?? '' }),
    files.findOne({ _id: link?.file ?? '' }),
  ]);
  const now = locker.now();
  if (link === null || !isUnexpired(link, now) || (isUsedUp(link, now) && !isInside(link, resume)))
    throw deadLink();
  if (account?.status !== 'active' || file === null || file.owner !== link.owner) throw deadLink();
  if (file.trashedAt !== null || file.restriction !== undefined || file.createdAt > link.createdAt)
    throw deadLink();
  if (link.reader !== undefined && !(await mayStillRead(locker, link.reader, file._id))) throw deadLink();
  const owner = locker.accountKeys.open(account);
  return { link, account, owner, file, metadata: openEntry(owner, file) };
}

/** A link that was made for someone is good as long as they could open the file themselves. */
async function mayStillRead(locker: Locker, reader: string, fileId: string): Promise<boolean> {
  const account = await locker.collections.accounts.findOne({ _id: reader });
  if (account?.status !== 'active') return false;
  try {
    await accessFile(locker, { account, keys: locker.accountKeys.open(account) }, fileId, 'viewer');
    return true;
  } catch (error) {
    if (error instanceof LockerError) return false;
    throw error;
  }
}

/** A used-up link leads on only for whoever is in the middle of a delivery. */
const isInside = (link: DownloadLinkDoc, secret: string | undefined) =>
  secret !== undefined && deliveryOf(link, secret) !== undefined;

/**
 * Finds the link by which a stranger may send files.
 *
 * @throws LockerError `not_found`, the same for a link that never was, expired, was revoked or used up, or whose owner is suspended.
 */
export async function findUploadLink(
  locker: Locker,
  kind: UploadLinkDoc['kind'],
  token: string,
): Promise<Live<UploadLinkDoc>> {
  const find = () => uploadLinks(locker).findOne({ token: hashOf(token), kind });
  let link = await find();
  if (link !== null && (await settleUploads(locker, link))) link = await find();
  const account = await locker.collections.accounts.findOne({ _id: link?.owner ?? '' });
  const now = locker.now();
  if (link === null || account?.status !== 'active' || !isUnexpired(link, now) || isUsedUp(link, now))
    throw deadLink();
  return { link, account, owner: locker.accountKeys.open(account) };
}

const hashOf = (token: string) => toBinary(hashSecret(token));
