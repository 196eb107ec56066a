import type { OpenAccount } from '../accounts/account-keys.ts';
import { journaled } from '../database/connect.ts';
import { toBinary } from '../database/binary.ts';
import { LockerError } from '../errors.ts';
import { hasUnsafeCharacters } from '../files/file-name.ts';
import { hashSecret, newId, newSecret } from '../ids.ts';
import type { Locker } from '../locker.ts';
import type { LinkDoc } from './documents.ts';
import { type LinkText, sealLinkText } from './link-text.ts';
import { ownLinks, unexpired } from './stored-links.ts';

/** Links of one account that can be open at once. */
const maxOpenLinks = 1000;
export const maxLabelLength = 200;
export const maxNoteLength = 2000;
/** Uses and files that a limit can name. */
export const maxUses = 100_000;

type Common = Pick<
  LinkDoc,
  | '_id'
  | 'owner'
  | 'token'
  | 'sealed'
  | 'createdAt'
  | 'expiresAt'
  | 'revokedAt'
  | 'used'
  | 'events'
  | 'failures'
>;

/**
 * Stores a new link of someone who may make it.
 *
 * @param make adds to what all links have.
 * @returns the token, shown once: only its hash is kept.
 * @throws LockerError `bad_request` for a time that has passed, `too_many`.
 */
export async function addLink<Link extends LinkDoc>(
  locker: Locker,
  owner: OpenAccount,
  { expiresAt, ...text }: LinkText & { readonly expiresAt: Date | null },
  make: (common: Common) => Link,
): Promise<{ link: Link; token: string }> {
  const now = locker.now();
  if (expiresAt !== null && expiresAt <= now)
    throw new LockerError('bad_request', {
      subject: 'expiresAt',
      hint: 'The time has passed already. Give a later one.',
    });
  const { links } = locker.collections;
  if ((await links.countDocuments({ owner: owner.id, ...ownLinks, ...unexpired(now) })) >= maxOpenLinks)
    throw new LockerError('too_many', {
      limit: maxOpenLinks,
      hint: 'Revoke links that are no longer needed.',
    });
  const token = newSecret();
  const _id = newId();
  const link = make({
    _id,
    owner: owner.id,
    token: toBinary(hashSecret(token)),
    sealed: sealLinkText(owner, _id, text),
    createdAt: now,
    expiresAt,
    revokedAt: null,
    used: 0,
    events: [],
    failures: [],
  });
  await links.insertOne(link, { writeConcern: journaled(links) });
  return { link, token };
}

/** A text that strangers may read: one line, or several. @throws LockerError `bad_request`. */
export function requireLinkText(subject: string, text: string, limit: number, lines: boolean): string {
  const clean = text.normalize('NFC').trim();
  const shown = lines ? clean.replace(/\r?\n|\t/g, ' ') : clean;
  if (hasUnsafeCharacters(shown))
    throw new LockerError('bad_request', {
      subject,
      hint: 'It cannot hold control characters, direction marks or invisible characters. Remove them.',
    });
  if (clean.length > limit)
    throw new LockerError('bad_request', { subject, limit, actual: clean.length, hint: 'Shorten it.' });
  return clean;
}

/** A limit: at least 1, or null for none. @throws LockerError `bad_request`. */
export function requireLimit(subject: string, value: number | null, max: number): number | null {
  if (value === null || (Number.isSafeInteger(value) && value >= 1 && value <= max)) return value;
  throw new LockerError('bad_request', { subject, limit: max, hint: `It is a number from 1 to ${max}.` });
}
