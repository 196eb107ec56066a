import { randomBytes, scrypt } from 'node:crypto';
import { sameHash, toBinary } from '../database/binary.ts';
import { LockerError } from '../errors.ts';
import type { DownloadLinkDoc } from './documents.ts';
import { Gate } from './gate.ts';

/** 32 MiB and some 60 ms a guess (RFC 7914 section 2). */
const cost = { N: 2 ** 15, r: 8, p: 1, maxmem: 64 * 1024 * 1024 };
const hashBytes = 32;
const saltBytes = 16;

export const maxPasswordLength = 256;

/** Guesses must not starve the thread pool, which files and names of hosts need too. */
const gate = new Gate(2, 64);

type StoredPassword = NonNullable<DownloadLinkDoc['password']>;

/**
 * Turns a password into what is stored of it. Nobody can read it again.
 *
 * @throws LockerError `bad_request` for an empty or very long one.
 */
export async function hashPassword(password: string): Promise<StoredPassword> {
  if (password === '' || password.length > maxPasswordLength) {
    throw new LockerError('bad_request', {
      subject: 'password',
      limit: maxPasswordLength,
      hint: `A password has 1 to ${maxPasswordLength} characters.`,
    });
  }
  const salt = randomBytes(saltBytes);
  return { salt: toBinary(salt), hash: toBinary(await derive(password, salt)) };
}

/** Compares in constant time. @throws LockerError `busy` if too many guesses wait already. */
export const isPassword = async (stored: StoredPassword, password: string): Promise<boolean> =>
  sameHash(stored.hash, await derive(password.slice(0, maxPasswordLength + 1), stored.salt.value()));

const derive = (password: string, salt: Uint8Array): Promise<Buffer> =>
  gate.run(
    () =>
      new Promise((resolve, reject) => {
        // Phones and desktops compose accents differently.
        scrypt(password.normalize('NFC'), salt, hashBytes, cost, (error, key) => {
          if (error === null) resolve(key);
          else reject(error);
        });
      }),
  );
