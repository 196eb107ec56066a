import type { Guest } from '../accounts/guest.ts';
import { audited } from '../audit/audited.ts';
import type { Locker } from '../locker.ts';
import { prependKey } from './edit-keyring-file.ts';

/**
 * Adds a new random master key to the keyring file, as the primary. Running instances that use the file wrap with it from now on.
 *
 * @returns its id.
 * @throws StartError if the file cannot be changed.
 */
export const addKey = audited(
  'keys.add',
  (_args, keyId) => ({ subject: keyId }),
  (locker: Locker, _operator: Guest, keysFile: string): Promise<string> => prependKey(keysFile, locker.now()),
);
