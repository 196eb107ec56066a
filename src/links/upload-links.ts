import { type Actor, requireAccount } from '../accounts/actor.ts';
import { audited } from '../audit/audited.ts';
import { LockerError } from '../errors.ts';
import { requireDescription } from '../files/description.ts';
import type { Locker } from '../locker.ts';
import type { NewLink } from './create-download-link.ts';
import type { UploadLinkDoc } from './documents.ts';
import { addLink, requireLimit } from './new-link.ts';
import { viewLink } from './view-link.ts';

export interface UploadLinkInput {
  /** What it is for, in words that only whoever makes it understands: it comes back when the link was used. */
  readonly purpose: string;
  readonly folder?: string | undefined;
  readonly tags?: readonly string[] | undefined;
  /** Name that the file gets, whatever it comes as. */
  readonly name?: string | undefined;
  readonly description?: string | undefined;
  readonly maxBytes?: number | null | undefined;
  readonly ttlSeconds: number;
}

export const maxPurposeLength = 256;
export const maxUploadLinkSeconds = 7 * 24 * 3600;

/**
 * Makes a link by which one file is uploaded, once, into the actor's own locker: for whoever cannot send it otherwise.
 * `locker.uploadLinkEvents` tells when it was used.
 *
 * @throws LockerError `invalid_folder`, `invalid_tag`, `invalid_name`, `bad_request`, `too_many`.
 */
export const createUploadLink = audited(
  'upload-link.create',
  (_args, made) => ({ subject: made?.link.id }),
  async (locker: Locker, actor: Actor, input: UploadLinkInput): Promise<NewLink> => {
    const me = await requireAccount(locker, actor, 'files:write');
    const { purpose, ttlSeconds } = input;
    if (purpose.length > maxPurposeLength)
      throw new LockerError('bad_request', {
        subject: 'purpose',
        limit: maxPurposeLength,
        hint: 'Shorten it.',
      });
    if (!(ttlSeconds > 0 && ttlSeconds <= maxUploadLinkSeconds))
      throw new LockerError('bad_request', {
        subject: 'ttlSeconds',
        limit: maxUploadLinkSeconds,
        hint: 'It is good for up to seven days.',
      });
    const { folder = '/', tags = [], name, description = '' } = requireDescription(input);
    const maxBytes = requireLimit('maxBytes', input.maxBytes ?? null, Number.MAX_SAFE_INTEGER);
    const expiresAt = new Date(locker.now().getTime() + ttlSeconds * 1000);
    const { link, token } = await addLink(
      locker,
      me.keys,
      { label: '', note: '', folder, tags, name: name ?? null, description, purpose, expiresAt },
      (common): UploadLinkDoc => ({
        ...common,
        kind: 'upload',
        limit: 1,
        maxBytes,
        maxFileBytes: maxBytes,
        usedBytes: 0,
        uploads: [],
      }),
    );
    return { link: viewLink(locker, me.keys, link), token };
  },
);
