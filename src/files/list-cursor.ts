import type { OpenAccount } from '../accounts/account-keys.ts';
import { fromBase64Url, toBase64Url } from '../crypto/base64url.ts';
import { OpenError } from '../crypto/fernet.ts';
import { openMetadata, sealMetadata } from '../crypto/metadata.ts';
import { LockerError } from '../errors.ts';

/** Where a page ended: the sort key and the id of its last file. */
export interface Position {
  readonly key: string;
  readonly id: string;
}

/** Makes a cursor. Sealed, since it may hold a name and stands in a URL. */
export const encodeCursor = (account: OpenAccount, listing: string, position: Position): string =>
  toBase64Url(sealMetadata(account.key, record(listing), [position.key, position.id])).replaceAll('=', '');

/** @throws LockerError `bad_request` unless this account got the cursor from a listing of the same kind. */
export function decodeCursor(account: OpenAccount, listing: string, cursor: string): Position {
  try {
    const token = fromBase64Url(cursor.padEnd(Math.ceil(cursor.length / 4) * 4, '='));
    if (token === undefined) throw new OpenError('malformed');
    const [key, id] = openMetadata(account.key, record(listing), token) as [string, string];
    return { key, id };
  } catch (error) {
    if (!(error instanceof OpenError)) throw error;
    throw new LockerError(
      'bad_request',
      {
        subject: 'cursor',
        hint: 'Use `next` of the page before, with the same sort, or start without a cursor.',
      },
      { cause: error },
    );
  }
}

const record = (listing: string) => `cursor:${listing}`;
