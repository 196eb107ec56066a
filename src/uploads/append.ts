import { type Actor, requireAccount } from '../accounts/actor.ts';
import { audited } from '../audit/audited.ts';
import type { Locker } from '../locker.ts';
import { findUpload } from './find-upload.ts';
import { withLease } from './lease.ts';
import type { UploadPart } from './part.ts';
import { receivePart } from './receive-part.ts';
import { type UploadView, viewUpload } from './view.ts';

/**
 * Sends the next part of an upload. When it returns, what came survives a kill of this process and of the database, and
 * the last part has made the file. Sending nothing to a finished upload changes nothing.
 *
 * @throws LockerError as `findUpload` and `receivePart`.
 */
export const appendToUpload = audited(
  'upload.append',
  ([id], view) => ({ subject: id, file: view?.file ?? undefined }),
  async (locker: Locker, actor: Actor, id: string, part: UploadPart): Promise<UploadView> => {
    const me = await requireAccount(locker, actor, 'files:write');
    await findUpload(locker, me, id);
    return withLease(locker, id, async (lease) => {
      await receivePart(locker, me, lease, part);
      return viewUpload(me.keys, lease.upload);
    });
  },
);
