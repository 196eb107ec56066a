import { randomKey, type Keyring } from '../crypto/keyring.ts';
import { OpenError } from '../crypto/fernet.ts';
import { loadKey, storeKey, toBinary } from '../database/binary.ts';
import { journaled, isDuplicate } from '../database/connect.ts';
import type { Collections } from '../database/collections.ts';
import type { InstallationDoc } from './documents.ts';
import { StartError } from '../errors.ts';
import { hashCode, newCode } from '../ids.ts';

/** True if this database already holds an installation, whose keyring must then exist. */
export const isInstalled = async (collections: Collections): Promise<boolean> =>
  (await collections.installation.countDocuments({}, { limit: 1 })) > 0;

/**
 * Marks an empty database as an installation of this keyring, or checks that it is one.
 *
 * @returns the installation's audit key.
 * @throws StartError if the keyring does not open this installation.
 */
export async function bindKeyring(
  collections: Collections,
  keyring: Keyring,
  keysFrom: string,
  now: Date,
): Promise<Uint8Array> {
  const fresh: InstallationDoc = {
    _id: 'installation',
    format: 1,
    auditKey: storeKey(keyring.wrap(randomKey())),
    setupHashes: [],
    createdAt: now,
  };
  try {
    await collections.installation.insertOne(fresh, { writeConcern: journaled(collections.installation) });
  } catch (error) {
    if (!isDuplicate(error)) throw error;
  }
  const installation = await collections.installation.findOne({ _id: 'installation' });
  if (installation === null)
    throw new StartError(['The database lost the installation record while starting. Start again.']);
  try {
    return keyring.unwrap(loadKey(installation.auditKey));
  } catch (error) {
    if (!(error instanceof OpenError)) throw error;
    throw new StartError([
      `The keyring (${keysFrom}) is not the one that this database was sealed with: it lacks key ${installation.auditKey.keyId} and has ${keyring.ids.join(', ')}. ` +
        'Bring back the keyring file from your copy, or point COFFER_KEYS_FILE or COFFER_KEYS at it. Nothing was changed.',
    ]);
  }
}

/** True once someone owns the installation. */
export const isClaimed = async (collections: Collections): Promise<boolean> =>
  (await collections.accounts.countDocuments({ role: 'owner' }, { limit: 1 })) > 0;

/** Of how many instances the codes are kept that they showed. */
const keptCodes = 16;

/**
 * Makes the setup code valid that the operator was shown, or a new one. Those of other instances, each of which shows its
 * own, stay valid.
 *
 * @param known the code of an earlier start, if it is still at hand.
 * @returns the code that claims the installation from now on.
 */
export async function issueSetupCode(collections: Collections, known: string | undefined): Promise<string> {
  const code = known ?? newCode();
  const hash = toBinary(hashCode(code));
  const others = { $filter: { input: { $ifNull: ['$setupHashes', []] }, cond: { $ne: ['$$this', hash] } } };
  await collections.installation.updateOne(
    { _id: 'installation' },
    [{ $set: { setupHashes: { $slice: [{ $concatArrays: [others, [hash]] }, -keptCodes] } } }],
    { writeConcern: journaled(collections.installation) },
  );
  return code;
}
