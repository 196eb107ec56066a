import { audited } from '../audit/audited.ts';
import { toBinary } from '../database/binary.ts';
import { journaled } from '../database/connect.ts';
import type { Door } from '../audit/record.ts';
import { LockerError } from '../errors.ts';
import { guarded } from '../limits/guesses.ts';
import type { Locker } from '../locker.ts';
import { type Actor, requirePerson, scopesWithin } from './actor.ts';
import type { DeviceGrantDoc, Role, Scope } from './documents.ts';
import { hashUserCode, isUserCode, showUserCode } from './user-code.ts';

/** A device that waits, as whoever may approve it sees it. */
export interface WaitingDevice {
  readonly userCode: string;
  /** How it names itself: not proven. */
  readonly client: string;
  readonly door: Door;
  /** Where it asked from. */
  readonly address: string;
  /** What it would get: no more than it asked for, and no more than the approver has. */
  readonly scopes: readonly Scope[];
  readonly createdAt: Date;
  readonly expiresAt: Date;
}

/**
 * Shows who waits behind a user code, before anything is approved.
 *
 * @throws LockerError `invalid_code`, the same for unknown, decided and expired ones; `rate_limited` for one who guesses.
 */
export const describeDevice = guarded(
  'device',
  audited(
    'device.describe',
    () => ({}),
    async (locker: Locker, actor: Actor, userCode: string): Promise<WaitingDevice> => {
      const { account } = await requirePerson(locker, actor);
      const grant = await locker.collections.deviceGrants.findOne(waiting(locker, userCode));
      if (grant === null) throw unknown();
      return viewDevice(grant, userCode, grantedTo(grant, actor, account.role));
    },
  ),
);

/**
 * Approves the sign-in of a device to the actor's own account.
 *
 * @throws LockerError `invalid_code`; `insufficient_scope` if the actor has nothing of what the device asks for; `rate_limited`.
 */
export const approveDevice = guarded(
  'device',
  audited(
    'device.approve',
    () => ({}),
    async (locker: Locker, actor: Actor, userCode: string): Promise<WaitingDevice> => {
      const { account } = await requirePerson(locker, actor);
      const { deviceGrants } = locker.collections;
      const found = await deviceGrants.findOne(waiting(locker, userCode));
      if (found === null) throw unknown();
      const granted = grantedTo(found, actor, account.role);
      if (granted.length === 0) {
        throw new LockerError('insufficient_scope', {
          scope: found.scopes.join(' '),
          hint: 'It asks for what you may not do yourself.',
        });
      }
      const approved = await deviceGrants.findOneAndUpdate(
        waiting(locker, userCode),
        { $set: { status: 'approved', account: account._id, granted } },
        { writeConcern: journaled(deviceGrants) },
      );
      // Someone decided, or it expired, between the look and the update.
      if (approved === null) throw unknown();
      return viewDevice(approved, userCode, granted);
    },
  ),
);

/** Refuses the sign-in of a device. @throws LockerError `invalid_code`, `rate_limited`. */
export const denyDevice = guarded(
  'device',
  audited(
    'device.deny',
    () => ({}),
    async (locker: Locker, actor: Actor, userCode: string): Promise<void> => {
      const { account } = await requirePerson(locker, actor);
      const { matchedCount } = await locker.collections.deviceGrants.updateOne(
        waiting(locker, userCode),
        { $set: { status: 'denied', account: account._id } },
        { writeConcern: journaled(locker.collections.deviceGrants) },
      );
      if (matchedCount === 0) throw unknown();
    },
  ),
);

/** Looked up by its hash, so how long that takes tells nothing of the codes that exist. @throws LockerError `invalid_code`. */
function waiting(locker: Locker, userCode: string) {
  if (!isUserCode(userCode)) throw unknown();
  return {
    userCode: toBinary(hashUserCode(userCode)),
    status: 'pending' as const,
    expiresAt: { $gt: locker.now() },
  };
}

const grantedTo = (grant: DeviceGrantDoc, actor: Actor, role: Role): Scope[] =>
  scopesWithin(role, grant.scopes).filter((scope) => actor.scopes.has(scope));

const viewDevice = (
  { client, door, address, createdAt, expiresAt }: DeviceGrantDoc,
  userCode: string,
  scopes: readonly Scope[],
): WaitingDevice => ({
  userCode: showUserCode(userCode),
  client,
  door,
  address,
  scopes,
  createdAt,
  expiresAt,
});

const unknown = () =>
  new LockerError('invalid_code', { hint: 'No device waits behind this code. Look at its screen again.' });
