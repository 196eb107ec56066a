import { hkdfSync } from 'node:crypto';

/**
 * Derives the key that seals what the chats bring and remember. It belongs to no account: a message is stored before it
 * is known whose it is. FORMAT.md section 4.
 *
 * @param installationKey 32 bytes.
 */
export const chatKey = (installationKey: Uint8Array): Uint8Array =>
  new Uint8Array(hkdfSync('sha256', installationKey, new Uint8Array(), 'coffer/v1/chats', 32));
