import { type Actor, requireAccount } from '../accounts/actor.ts';
import { audited } from '../audit/audited.ts';
import type { Locker } from '../locker.ts';
import { findUpload } from './find-upload.ts';
import { type UploadView, viewUpload } from './view.ts';

/** Says how far an upload is. @throws LockerError as `findUpload`. */
export const describeUpload = audited(
  'upload.describe',
  ([id]) => ({ subject: id }),
  async (locker: Locker, actor: Actor, id: string): Promise<UploadView> => {
    const me = await requireAccount(locker, actor, 'files:write');
    return viewUpload(me.keys, await findUpload(locker, me, id));
  },
);
