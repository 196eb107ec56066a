import { type Actor, requireAccount } from '../accounts/actor.ts';
import { audited } from '../audit/audited.ts';
import type { Locker } from '../locker.ts';
import { findUpload } from './find-upload.ts';
import { withLease } from './lease.ts';
import { removeUpload } from './remove-upload.ts';

/** Gives an upload up and what it took of the quota back. The file of a finished one stays. @throws LockerError as `findUpload`; `upload_locked`. */
export const terminateUpload = audited(
  'upload.terminate',
  ([id]) => ({ subject: id }),
  async (locker: Locker, actor: Actor, id: string): Promise<void> => {
    const me = await requireAccount(locker, actor, 'files:write');
    await findUpload(locker, me, id);
    await withLease(locker, id, (lease) => removeUpload(locker, lease));
  },
);
