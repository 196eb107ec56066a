import { audited, aboutFile } from '../audit/audited.ts';
import { type Actor, requireAccount } from '../accounts/actor.ts';
import { isDuplicate } from '../database/connect.ts';
import type { Locker } from '../locker.ts';
import { accessFolder } from '../sharing/access.ts';
import { type Description, requireDescription } from './description.ts';
import type { IncomingContent } from './receive-content.ts';
import { saveFile } from './save-file.ts';
import { findSaved } from './find-by-origin.ts';
import type { FileView } from './view.ts';

export interface Upload extends Description {
  readonly name: string;
  /** Guessed from the name if absent. */
  readonly mediaType?: string | undefined;
  /** Whose locker; the actor's own if absent, otherwise a folder that is shared with the actor to edit. */
  readonly owner?: string | undefined;
  readonly content: IncomingContent;
  /** What it came as, such as a message of a chat: what was saved before under it is not saved again. */
  readonly origin?: string | undefined;
}

/**
 * Saves a new file, or finds the one that was saved before under the same origin. When it returns, the file survives a kill of this process and of the database.
 *
 * @throws LockerError for a bad name, folder or tag, for a folder that is not theirs (`not_found`, `forbidden`), and as `receiveContent`.
 */
export const uploadFile = audited(
  'file.upload',
  (_args, file, who) => aboutFile(file?.id, file, who),
  async (locker: Locker, actor: Actor, upload: Upload): Promise<FileView> => {
    const me = await requireAccount(locker, actor, 'files:write');
    const { name = upload.name, folder = '/', tags = [], description = '' } = requireDescription(upload);
    const into = await accessFolder(locker, me, upload.owner, folder);
    const { mediaType, content, origin } = upload;
    const file = { name, folder, tags, description, mediaType, content, origin };
    if (origin === undefined) return saveFile(locker, actor.door, into, me.account._id, file);
    const known = await findSaved(locker, into, origin);
    if (known !== undefined) return known;
    try {
      return await saveFile(locker, actor.door, into, me.account._id, file);
    } catch (error) {
      // Two deliveries of the same message at once: one was first.
      const other = isDuplicate(error) ? await findSaved(locker, into, origin) : undefined;
      if (other === undefined) throw error;
      return other;
    }
  },
);
