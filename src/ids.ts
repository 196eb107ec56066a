import { createHash, randomBytes } from 'node:crypto';

/** Lower-case Crockford base32: no letter that is read as a digit, nothing that a chat or a shell treats specially. */
const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';

/** Makes a random id of the given length, 5 bits a character. */
export const randomId = (length: number): string =>
  Array.from(randomBytes(length), (byte) => alphabet[byte & 31]).join('');

/** Id of a file, short enough to be typed. Never a secret: whoever names one is still checked. */
export const newFileId = (): string => randomId(6);

/** Id of an account, session, token or grant. */
export const newId = (): string => randomId(16);

/** A secret for a machine: 256 bits in base64url. Store only its `hashSecret`. */
export const newSecret = (): string => randomBytes(32).toString('base64url');

/** A one-time code for a person: 100 bits in groups of five. Store only its `hashCode`. */
export const newCode = (): string => (randomId(20).match(/.{5}/g) ?? []).join('-');

/** SHA-256 of a secret. Enough for random secrets of 100 bits and more, which cannot be guessed offline. */
export const hashSecret = (secret: string): Buffer => createHash('sha256').update(secret).digest();

/** Hash of a code as a person typed it: case, spaces and hyphens do not matter, and o, i and l are read as 0 and 1. */
export const hashCode = (code: string): Buffer =>
  hashSecret(code.toLowerCase().replace(/[\s-]/g, '').replaceAll('o', '0').replace(/[il]/g, '1'));
