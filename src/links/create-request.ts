import { type Actor, requireAccount } from '../accounts/actor.ts';
import { audited } from '../audit/audited.ts';
import { LockerError } from '../errors.ts';
import { requireFolder } from '../files/folder-path.ts';
import type { Locker } from '../locker.ts';
import type { NewLink } from './create-download-link.ts';
import type { UploadLinkDoc } from './documents.ts';
import {
  addLink,
  maxLabelLength,
  maxNoteLength,
  maxUses,
  requireLimit,
  requireLinkText,
} from './new-link.ts';
import { viewLink } from './view-link.ts';

export interface RequestInput {
  readonly folder: string;
  /** What whoever is asked reads. */
  readonly title: string;
  readonly note?: string | undefined;
  readonly maxFiles?: number | null | undefined;
  /** Bytes in all. */
  readonly maxBytes?: number | null | undefined;
  readonly maxFileBytes?: number | null | undefined;
  readonly expiresAt?: Date | null | undefined;
}

/**
 * Makes a link by which anyone who has it sends files into a folder of the actor. They see nothing of the folder.
 *
 * @throws LockerError `invalid_folder`, `bad_request`, `too_many`.
 */
export const createFileRequest = audited(
  'request.create',
  (_args, made) => ({ subject: made?.link.id }),
  async (locker: Locker, actor: Actor, input: RequestInput): Promise<NewLink> => {
    const me = await requireAccount(locker, actor, 'share');
    const label = requireLinkText('title', input.title, maxLabelLength, false);
    if (label === '')
      throw new LockerError('bad_request', { subject: 'title', hint: 'Say what you ask for.' });
    const limit = requireLimit('maxFiles', input.maxFiles ?? null, maxUses);
    const maxBytes = requireLimit('maxBytes', input.maxBytes ?? null, Number.MAX_SAFE_INTEGER);
    const maxFileBytes = requireLimit('maxFileBytes', input.maxFileBytes ?? null, Number.MAX_SAFE_INTEGER);
    const { link, token } = await addLink(
      locker,
      me.keys,
      {
        label,
        note: requireLinkText('note', input.note ?? '', maxNoteLength, true),
        folder: requireFolder(input.folder),
        tags: [],
        name: null,
        purpose: null,
        expiresAt: input.expiresAt ?? null,
      },
      (common): UploadLinkDoc => ({
        ...common,
        kind: 'request',
        limit,
        maxBytes,
        maxFileBytes,
        usedBytes: 0,
        uploads: [],
      }),
    );
    return { link: viewLink(locker, me.keys, link), token };
  },
);
