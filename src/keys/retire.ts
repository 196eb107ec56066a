import { stat } from 'node:fs/promises';
import type { Guest } from '../accounts/guest.ts';
import { audited } from '../audit/audited.ts';
import { journaled } from '../database/connect.ts';
import { LockerError } from '../errors.ts';
import type { Locker } from '../locker.ts';
import { apiTokens, type Count, findNeeds, listCounts } from './count-keys.ts';
import { removeKey } from './edit-keyring-file.ts';

/**
 * How long the keyring file must have been as it is before a key retires, milliseconds. Every instance asks the file before it
 * wraps, so what began under an older primary is stored, or has failed, by then.
 */
export const settleMs = 60_000;

export interface RetireInput {
  readonly keyId: string;
  /** The keyring file; undefined if the keys come from elsewhere: then it is only looked whether the key may go. */
  readonly keysFile: string | undefined;
  /** Also revokes the named API tokens that the key signed, which would keep it otherwise. */
  readonly revokeTokens?: boolean;
  readonly settleMs?: number;
  readonly onProgress?: (tried: number) => void | Promise<void>;
}

export interface RetireReport {
  /** Wrapped keys that no key of the ring opened, this one included: damaged, or under a key that was lost before. */
  readonly unopened: number;
}

/** Milliseconds until a key may retire; 0 if it may now. */
export async function settlesInMs(keysFile: string, settle: number = settleMs): Promise<number> {
  const { mtimeMs } = await stat(keysFile);
  return Math.max(0, Math.ceil(mtimeMs + settle - Date.now()));
}

/**
 * Takes a master key out of the keyring file if nothing needs it any more: every wrapped key was opened without it. Looks again
 * afterwards, and puts the key back if something was stored under it at the last moment.
 *
 * With several machines, each has a keyring file of its own: all must have the new primary before the rotation.
 *
 * @throws LockerError `not_found` for a key that is not in the ring, `conflict` for the primary and for a key that is needed, `busy` if the
 *   file changed just now. StartError if the file cannot be changed.
 */
export const retireKey = audited(
  'keys.retire',
  ([{ keyId }]) => ({ subject: keyId }),
  async (locker: Locker, _operator: Guest, input: RetireInput): Promise<RetireReport> => {
    const { keyId, keysFile } = input;
    const { ids } = locker.keyring;
    if (!ids.includes(keyId))
      throw new LockerError('not_found', {
        hint: `The keyring has no key ${keyId}. It has ${ids.join(', ')}.`,
      });
    if (ids[0] === keyId)
      throw new LockerError('conflict', {
        hint: `${keyId} is the primary key, which wraps what is stored. Add another one and rotate first: node . keys add, node . keys rotate.`,
      });
    if (keysFile !== undefined && (await settlesInMs(keysFile, input.settleMs)) > 0)
      throw new LockerError('busy', {
        hint: 'The keyring changed a moment ago, and what is being stored now may still use the key. Try again in a minute.',
      });
    if (input.revokeTokens === true)
      await locker.collections.apiTokens.updateMany(
        { keyId, revokedAt: null },
        { $set: { revokedAt: locker.now() } },
        { writeConcern: journaled(locker.collections.apiTokens) },
      );
    // Of its own, since the locker's ring follows the file.
    const keyring = locker.keyring.without('');
    const { needs, unopened } = await findNeeds(locker, keyId, { keyring, onProgress: input.onProgress });
    if (needs.length > 0) throw needed(keyId, needs);
    if (keysFile === undefined) return { unopened };
    const removal = await removeKey(keysFile, keyId);
    const late = await findNeeds(locker, keyId, { keyring, hinted: true });
    if (late.needs.length > 0) {
      await removal.undo();
      throw needed(keyId, late.needs);
    }
    await removal.done();
    return { unopened };
  },
);

function needed(keyId: string, needs: readonly Count[]): LockerError {
  const list = listCounts(needs);
  const tokens = needs.some(({ what }) => what === apiTokens)
    ? ` API tokens are signed, not wrapped: add --revoke-tokens to end them, or wait until they expire.`
    : '';
  return new LockerError('conflict', {
    subject: keyId,
    hint: `Key ${keyId} is still needed by ${list}. Run node . keys rotate, then try again.${tokens}`,
  });
}
