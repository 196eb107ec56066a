import { type Actor, requireAccount } from '../accounts/actor.ts';
import { audited } from '../audit/audited.ts';
import { LockerError } from '../errors.ts';
import type { Locker } from '../locker.ts';
import { accessFile } from '../sharing/access.ts';
import { noteOpening } from '../sharing/opening.ts';
import type { NewLink } from './create-download-link.ts';
import type { DownloadLinkDoc } from './documents.ts';
import { addLink } from './new-link.ts';
import { unexpired } from './stored-links.ts';
import { viewLink } from './view-link.ts';

const maxSeconds = 24 * 3600;
/** Links of this kind that one account can have open. */
const maxOpen = 100;

/**
 * Makes a link by which someone who may see a file fetches it once: where a chat cannot carry it. It is good for as long
 * as they could open the file themselves, a day at most, and is not among the links of the file's owner.
 *
 * @throws LockerError `not_found`, `conflict` for a file in the trash, `restricted`, `bad_request`, `too_many`.
 */
export const createFetchLink = audited(
  'link.fetch',
  ([file], made) => ({ file, subject: made?.link.id }),
  async (
    locker: Locker,
    actor: Actor,
    fileId: string,
    { ttlSeconds }: { ttlSeconds: number },
  ): Promise<NewLink> => {
    const me = await requireAccount(locker, actor, 'files:read');
    const access = await accessFile(locker, me, fileId, 'viewer');
    const { file, owner, grants } = access;
    if (!(ttlSeconds > 0 && ttlSeconds <= maxSeconds))
      throw new LockerError('bad_request', {
        subject: 'ttlSeconds',
        limit: maxSeconds,
        hint: 'It is good for a day at most.',
      });
    if (file.trashedAt !== null)
      throw new LockerError('conflict', {
        subject: fileId,
        hint: 'The file is in the trash. Restore it first.',
      });
    const now = locker.now();
    const reader = me.account._id;
    if ((await locker.collections.links.countDocuments({ reader, ...unexpired(now), used: 0 })) >= maxOpen)
      throw new LockerError('too_many', {
        limit: maxOpen,
        hint: 'Use the links that you have, or wait a day.',
      });
    // A permission for one time becomes the link, which is good for one time.
    const isOnce = grants.length > 0 && grants.every(({ once }) => once === true);
    await noteOpening(locker, me, access);
    const { link, token } = await addLink(
      locker,
      owner,
      {
        label: '',
        note: '',
        folder: '/',
        tags: [],
        name: null,
        purpose: null,
        expiresAt: new Date(now.getTime() + ttlSeconds * 1000),
      },
      (common): DownloadLinkDoc => ({
        ...common,
        createdAt: common.createdAt < file.createdAt ? file.createdAt : common.createdAt,
        kind: 'download',
        file: fileId,
        password: null,
        wrongPasswords: 0,
        limit: 1,
        deliveries: [],
        reader: isOnce ? file.owner : reader,
      }),
    );
    return { link: viewLink(locker, owner, link), token };
  },
);
