import { OpenError } from '../crypto/fernet.ts';
import { openMetadata, sealMetadata } from '../crypto/metadata.ts';
import { fromBinary, toBinary } from '../database/binary.ts';
import { journaled, isDuplicate } from '../database/connect.ts';
import { LockerError } from '../errors.ts';
import type { Locker } from '../locker.ts';
import type { OpenAccount } from './account-keys.ts';
import { type Actor, scopesWithin } from './actor.ts';
import type { IdentityDoc, Scope } from './documents.ts';

/** Someone whom a chat vouches for. */
export interface Identity {
  /** `telegram:<user>` or `slack:<team>:<user>`. */
  readonly id: string;
  /** How the chat shows the person, for the list of identities. */
  readonly label?: string | undefined;
}

const pattern = /^(?:telegram:[1-9]\d{0,19}|slack:[A-Za-z0-9]{1,32}:[A-Za-z0-9]{1,32})$/;
const labelLength = 200;

/**
 * Finds the actor behind an identity: what a chat does with every message.
 *
 * @returns undefined for a stranger. A suspended account gives an actor, whom every use case refuses with the reason.
 */
export async function findIdentity(locker: Locker, id: string): Promise<Actor | undefined> {
  const identity = await locker.collections.identities.findOne({ _id: id });
  if (identity === null) return undefined;
  const account = await locker.collections.accounts.findOne(
    { _id: identity.account },
    { projection: { role: 1, status: 1 } },
  );
  if (account === null || account.status === 'removing') return undefined;
  return {
    account: identity.account,
    scopes: new Set(scopesWithin(account.role, identity.scopes)),
    door: id.startsWith('slack:') ? 'slack' : 'telegram',
    credential: { kind: 'identity', id },
  };
}

/**
 * Checks that an identity can be linked.
 *
 * @returns what an account that is gone left of it, if anything: it may be replaced.
 * @throws LockerError `bad_request` for what no chat calls itself; `conflict` if it belongs to an account already.
 */
export async function requireFreeIdentity(
  locker: Locker,
  { id }: Identity,
): Promise<IdentityDoc | undefined> {
  if (!pattern.test(id)) throw new LockerError('bad_request', { subject: 'identity' });
  const found = await locker.collections.identities.findOne({ _id: id });
  if (found === null) return undefined;
  if (await isLeftOver(locker, found)) return found;
  throw taken();
}

/**
 * Links an identity to an account. It belongs to one account only: of two that link it at once, one succeeds.
 *
 * @param limit what the identity may do at most; null for whatever the role allows.
 * @throws LockerError `bad_request`; `conflict` if it belongs to an account already.
 */
export async function linkIdentity(
  locker: Locker,
  account: OpenAccount,
  identity: Identity,
  limit: readonly Scope[] | null,
): Promise<void> {
  const leftOver = await requireFreeIdentity(locker, identity);
  const { identities } = locker.collections;
  const document: IdentityDoc = {
    _id: identity.id,
    account: account.id,
    scopes: limit === null ? null : [...limit],
    label: identity.label === undefined ? null : sealLabel(account, identity.id, identity.label),
    createdAt: locker.now(),
  };
  try {
    if (leftOver === undefined) await identities.insertOne(document, { writeConcern: journaled(identities) });
    else {
      const { matchedCount } = await identities.replaceOne(
        { _id: identity.id, account: leftOver.account },
        document,
        { writeConcern: journaled(identities) },
      );
      if (matchedCount === 0) throw taken();
    }
  } catch (error) {
    if (isDuplicate(error)) throw taken();
    throw error;
  }
}

/** Unlinks an identity from an account. @returns false if it was not linked to it. */
export async function unlinkIdentity(locker: Locker, account: string, id: string): Promise<boolean> {
  const { deletedCount } = await locker.collections.identities.deleteOne(
    { _id: id, account },
    { writeConcern: journaled(locker.collections.identities) },
  );
  return deletedCount === 1;
}

/** Opens the label of an identity; null if there is none, or if it is damaged. */
export function openLabel(account: OpenAccount, { _id, label }: IdentityDoc): string | null {
  if (label === null) return null;
  try {
    return (openMetadata(account.key, record(_id), fromBinary(label)) as { label: string }).label;
  } catch (error) {
    if (!(error instanceof OpenError)) throw error;
    return null;
  }
}

const sealLabel = (account: OpenAccount, id: string, label: string) =>
  toBinary(sealMetadata(account.key, record(id), { label: label.slice(0, labelLength) }));

const record = (id: string) => `identity:${id}`;

/** True if its account was removed while it was being linked. */
const isLeftOver = async (locker: Locker, { account }: IdentityDoc): Promise<boolean> =>
  (await locker.collections.accounts.countDocuments({ _id: account }, { limit: 1 })) === 0;

const taken = () =>
  new LockerError('conflict', {
    subject: 'identity',
    hint: 'This chat belongs to an account already. Remove it there first.',
  });
