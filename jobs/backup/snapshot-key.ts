import { Decrypter, Encrypter } from 'age-encryption';
import { OpenError } from '../../src/crypto/fernet.ts';
import { type Keyring, randomKey } from '../../src/crypto/keyring.ts';
import { LockerError } from '../../src/errors.ts';
import { damaged } from './damage.ts';
import type { SnapshotKeys } from './open-snapshot.ts';

/** The key of a snapshot as its head has it: wrapped by a master key and, with `age`, sealed to a recipient once more. */
export interface SealedKey {
  readonly keyId: string;
  /** Raw Fernet token, or the age file that holds it; base64. */
  readonly token: string;
  readonly age: boolean;
}

/**
 * Makes the key of a new snapshot. With a recipient, nothing that stays on this machine opens it once the export is done.
 *
 * @throws LockerError `bad_request` for a recipient that is none.
 */
export async function newSnapshotKey(
  keyring: Keyring,
  recipient: string | undefined,
): Promise<{ key: Uint8Array; sealed: SealedKey }> {
  const key = randomKey();
  const { token, keyId } = keyring.wrap(key);
  const bytes = recipient === undefined ? token : await sealTo(recipient, token);
  return {
    key,
    sealed: { keyId, token: Buffer.from(bytes).toString('base64'), age: recipient !== undefined },
  };
}

/** @throws LockerError `key_missing` that says which key, `backup_damaged`. */
export async function openSnapshotKey(
  id: string,
  { keyId, token, age }: SealedKey,
  { keyring, identity }: SnapshotKeys,
): Promise<Uint8Array> {
  const bytes = Buffer.from(token, 'base64');
  const wrapped = age ? await openWith(id, identity, bytes) : bytes;
  try {
    return keyring.unwrap({ token: wrapped, keyId });
  } catch (error) {
    if (!(error instanceof OpenError)) throw error;
    throw new LockerError(
      'key_missing',
      {
        subject: id,
        hint:
          `Snapshot ${id} was sealed under master key ${keyId}, and this keyring has ${keyring.ids.join(', ')}. ` +
          'Bring back the keyring file from your copy, also an older one: keys can be added to it.',
      },
      { cause: error },
    );
  }
}

async function sealTo(recipient: string, bytes: Uint8Array): Promise<Uint8Array> {
  const encrypter = new Encrypter();
  try {
    encrypter.addRecipient(recipient);
  } catch (error) {
    throw new LockerError(
      'bad_request',
      {
        subject: 'COFFER_BACKUP_RECIPIENT',
        hint: 'COFFER_BACKUP_RECIPIENT is no age recipient. Make a pair with age-keygen and give its public key, age1….',
      },
      { cause: error },
    );
  }
  return encrypter.encrypt(bytes);
}

async function openWith(id: string, identity: string | undefined, bytes: Uint8Array): Promise<Uint8Array> {
  const needed = (what: string, cause?: unknown) =>
    new LockerError(
      'key_missing',
      {
        subject: id,
        hint: `Snapshot ${id} is sealed to an age recipient, and ${what}. Give the file of its private key with --identity or COFFER_BACKUP_IDENTITY_FILE.`,
      },
      { cause },
    );
  const secrets = (identity ?? '').match(/AGE-SECRET-KEY-[0-9A-Z-]+/g) ?? [];
  if (secrets.length === 0) throw needed('no private key was given');
  const decrypter = new Decrypter();
  try {
    for (const secret of secrets) decrypter.addIdentity(secret);
  } catch (error) {
    throw needed('what was given is no private key of age', error);
  }
  try {
    return await decrypter.decrypt(bytes);
  } catch (error) {
    if (error instanceof Error && error.message.includes('no identity matched'))
      throw needed('this private key is not the one', error);
    throw damaged(`snapshot ${id}`, 'has a damaged key', error);
  }
}
