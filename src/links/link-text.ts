import type { Binary } from 'mongodb';
import type { OpenAccount } from '../accounts/account-keys.ts';
import type { Guest } from '../accounts/guest.ts';
import { OpenError } from '../crypto/fernet.ts';
import { openMetadata, sealMetadata } from '../crypto/metadata.ts';
import { fromBinary, toBinary } from '../database/binary.ts';
import { LockerError } from '../errors.ts';
import type { LinkDoc } from './documents.ts';

/** What only the owner of a link may read in the database: FORMAT.md section 4. */
export interface LinkText {
  /** What its owner calls it; the title that whoever is asked for files reads. */
  readonly label: string;
  /** What else whoever is asked for files reads. */
  readonly note: string;
  /** Where received files go. */
  readonly folder: string;
  readonly tags: readonly string[];
  /** Name that a received file gets; null for the one it comes with. */
  readonly name: string | null;
  /** What an upload link is for, in the words of whoever made it. */
  readonly purpose: string | null;
  /** Description that a received file gets; absent for none. */
  readonly description?: string;
}

/** Who used a link, as far as the door knew. */
export interface LinkUser {
  readonly client: string;
  readonly address: string;
}

export const sealLinkText = (owner: OpenAccount, linkId: string, text: LinkText): Binary =>
  toBinary(sealMetadata(owner.key, `link:${linkId}`, text));

/** @throws LockerError `content_damaged`. */
export const openLinkText = (owner: OpenAccount, link: Pick<LinkDoc, '_id' | 'sealed'>): LinkText =>
  open(owner, `link:${link._id}`, link.sealed) as LinkText;

const clientLength = 200;

export const sealLinkUser = (owner: OpenAccount, linkId: string, { client, address }: Guest): Binary =>
  toBinary(
    sealMetadata(owner.key, `link-user:${linkId}`, { client: client.slice(0, clientLength), address }),
  );

/** @throws LockerError `content_damaged`. */
export const openLinkUser = (owner: OpenAccount, linkId: string, sealed: Binary): LinkUser =>
  open(owner, `link-user:${linkId}`, sealed) as LinkUser;

function open(owner: OpenAccount, record: string, sealed: Binary): unknown {
  try {
    return openMetadata(owner.key, record, fromBinary(sealed));
  } catch (error) {
    if (!(error instanceof OpenError)) throw error;
    throw new LockerError(
      'content_damaged',
      { hint: 'The stored record of a link is damaged. Revoke it and make another.' },
      { cause: error },
    );
  }
}
