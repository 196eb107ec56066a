import { type Actor, requireAccount } from '../accounts/actor.ts';
import { audited } from '../audit/audited.ts';
import { LockerError } from '../errors.ts';
import type { Locker } from '../locker.ts';
import { accessFile } from '../sharing/access.ts';
import type { LinkDoc } from './documents.ts';
import { settleLink } from './settle-links.ts';
import { ownLinks, unexpired } from './stored-links.ts';
import { type LinkDetails, type LinkView, viewLink, viewLinkDetails } from './view-link.ts';

/** Lists the actor's links that are open, newest first. */
export const listLinks = audited(
  'link.list',
  () => ({}),
  async (locker: Locker, actor: Actor): Promise<LinkView[]> => {
    const { keys, account } = await requireAccount(locker, actor, 'share');
    const found = await locker.collections.links
      .find({ owner: account._id, ...ownLinks, ...unexpired(locker.now()) })
      .sort({ createdAt: -1 })
      .toArray();
    return found.map((link) => viewLink(locker, keys, link)).filter(({ state }) => state !== 'used-up');
  },
);

/** Lists the links of a file that are open, newest first. @throws LockerError `not_found`, `forbidden`. */
export const listFileLinks = audited(
  'link.list-file',
  ([file]) => ({ file }),
  async (locker: Locker, actor: Actor, fileId: string): Promise<LinkView[]> => {
    const me = await requireAccount(locker, actor, 'share');
    const { file } = await accessFile(locker, me, fileId, 'owner');
    const found = await locker.collections.links
      .find({
        kind: 'download',
        file: file._id,
        owner: me.account._id,
        ...ownLinks,
        ...unexpired(locker.now()),
      })
      .sort({ createdAt: -1 })
      .toArray();
    return found.map((link) => viewLink(locker, me.keys, link)).filter(({ state }) => state !== 'used-up');
  },
);

/** Describes one of the actor's links, also one that is no longer good, with who used it. @throws LockerError `not_found`. */
export const describeLink = audited(
  'link.describe',
  ([id]) => ({ subject: id }),
  async (locker: Locker, actor: Actor, id: string): Promise<LinkDetails> => {
    const { keys, account } = await requireAccount(locker, actor, 'share');
    const find = () => locker.collections.links.findOne({ _id: id, owner: account._id });
    let link: LinkDoc | null = await find();
    if (link !== null && (await settleLink(locker, link))) link = await find();
    if (link === null) throw new LockerError('not_found', { hint: 'You have no such link.' });
    return viewLinkDetails(locker, keys, link);
  },
);
