import { toBinary } from '../database/binary.ts';
import { journaled } from '../database/connect.ts';
import { LockerError } from '../errors.ts';
import { hashCode, newCode } from '../ids.ts';
import type { Locker } from '../locker.ts';
import type { CodeDoc } from './documents.ts';

/** A one-time code, shown once. */
export interface IssuedCode {
  readonly code: string;
  readonly expiresAt: Date;
}

/** Stores the hash of a new one-time code. */
export async function issueCode(
  locker: Locker,
  what: Pick<CodeDoc, 'purpose' | 'createdBy' | 'role' | 'account'> & Partial<Pick<CodeDoc, 'scopes'>>,
  ttlSeconds: number,
): Promise<IssuedCode> {
  const code = newCode();
  const createdAt = locker.now();
  const expiresAt = new Date(createdAt.getTime() + ttlSeconds * 1000);
  await locker.collections.codes.insertOne(
    { _id: toBinary(hashCode(code)), scopes: null, ...what, createdAt, expiresAt },
    { writeConcern: journaled(locker.collections.codes) },
  );
  return { code, expiresAt };
}

/**
 * Looks a code up without using it.
 *
 * @throws LockerError `invalid_code`, the same for unknown, used and expired ones.
 */
export async function findCode(
  locker: Locker,
  purpose: CodeDoc['purpose'] | readonly CodeDoc['purpose'][],
  code: string,
): Promise<CodeDoc> {
  const found = await locker.collections.codes.findOne({
    _id: toBinary(hashCode(code)),
    purpose: { $in: [purpose].flat() },
    expiresAt: { $gt: locker.now() },
  });
  if (found === null) throw invalid();
  return found;
}

/**
 * Uses a code up. Of several that use it at once, one succeeds.
 *
 * @throws LockerError `invalid_code`.
 */
export async function consumeCode(locker: Locker, { _id, purpose }: CodeDoc): Promise<void> {
  const { deletedCount } = await locker.collections.codes.deleteOne(
    { _id, purpose },
    { writeConcern: journaled(locker.collections.codes) },
  );
  if (deletedCount === 0) throw invalid();
}

const invalid = () =>
  new LockerError('invalid_code', {
    hint: 'The code is wrong, was used, or has expired. Ask for a new one.',
  });
