import { audited } from '../audit/audited.ts';
import { toBinary } from '../database/binary.ts';
import { journaled, isDuplicate } from '../database/connect.ts';
import { LockerError } from '../errors.ts';
import { hashSecret, newSecret } from '../ids.ts';
import { addressGroup } from '../limits/address.ts';
import { rateLimited } from '../limits/rates.ts';
import type { Locker } from '../locker.ts';
import { allScopes } from './actor.ts';
import type { DeviceGrantDoc, Scope } from './documents.ts';
import type { Guest } from './guest.ts';
import { type SignIn, startSession } from './sessions.ts';
import { hashUserCode, newUserCode } from './user-code.ts';

/** What a device shows and keeps while it waits. */
export interface DeviceRequest {
  /** For the device alone. */
  readonly deviceCode: string;
  /** For the person: XXXX-XXXX. */
  readonly userCode: string;
  readonly expiresInSeconds: number;
  readonly intervalSeconds: number;
}

const ttlSeconds = 600;
const firstIntervalSeconds = 5;
/** How much a poll that came too early costs (RFC 8628 section 3.5). */
const slowDownSeconds = 5;
/** A poll may be this much early: networks jitter. */
const slackMs = 500;
const clientLength = 200;

/** What a device gets that asks for nothing: everything but administration. */
const defaultScopes = allScopes.filter((scope) => scope !== 'admin');

const begin = audited(
  'device.request',
  () => ({}),
  async (
    locker: Locker,
    guest: Guest,
    input: { client?: string | undefined; scope?: string | undefined },
  ): Promise<DeviceRequest> => {
    const scopes = requireScopes(input.scope);
    const deviceCode = newSecret();
    const createdAt = locker.now();
    const grant: Omit<DeviceGrantDoc, 'userCode'> = {
      _id: toBinary(hashSecret(deviceCode)),
      client: (input.client ?? guest.client).slice(0, clientLength),
      door: guest.door,
      address: guest.address,
      scopes,
      status: 'pending',
      account: null,
      granted: [],
      intervalSeconds: firstIntervalSeconds,
      nextPollAt: createdAt,
      tooFast: false,
      createdAt,
      expiresAt: new Date(createdAt.getTime() + ttlSeconds * 1000),
    };
    const userCode = await insertGrant(locker, grant);
    return { deviceCode, userCode, expiresInSeconds: ttlSeconds, intervalSeconds: firstIntervalSeconds };
  },
);

/**
 * Begins the sign-in of a device that cannot show a sign-in of its own (RFC 8628): someone with an account approves it.
 *
 * @param input.client how the device names itself; the guest's client if absent.
 * @param input.scope names, separated by spaces; everything but `admin` if absent.
 * @throws LockerError `bad_request` for a scope that does not exist; `rate_limited`, which leaves no trace in the audit trail
 *   that a stranger could fill.
 */
export const requestDevice: typeof begin = async (locker, guest, input) => {
  const rate = await locker.rates.take('devices', addressGroup(guest.address));
  if (rate?.refused === true) throw rateLimited(rate);
  return begin(locker, guest, input);
};

/** Stores the grant under a user code that is free. */
async function insertGrant(
  locker: Locker,
  grant: Omit<DeviceGrantDoc, 'userCode'>,
  tries = 5,
): Promise<string> {
  const userCode = newUserCode();
  try {
    await locker.collections.deviceGrants.insertOne(
      { ...grant, userCode: toBinary(hashUserCode(userCode)) },
      { writeConcern: journaled(locker.collections.deviceGrants) },
    );
    return userCode;
  } catch (error) {
    if (!isDuplicate(error) || tries === 1) throw error;
    return insertGrant(locker, grant, tries - 1);
  }
}

/**
 * Answers a poll of the device: starts its session once the sign-in was approved. Of several polls, one gets it.
 *
 * @throws LockerError `authorization_pending`, `slow_down`, `access_denied`, `expired_token`, `invalid_code`, `account_suspended`.
 */
export const exchangeDeviceCode = audited(
  'device.exchange',
  (_args, signIn) => ({ account: signIn?.account._id, subject: signIn?.sessionId }),
  async (locker: Locker, guest: Guest, deviceCode: string): Promise<SignIn> => {
    const { deviceGrants, accounts } = locker.collections;
    const _id = toBinary(hashSecret(deviceCode));
    const now = locker.now();
    const taken = await deviceGrants.findOneAndUpdate(
      { _id, status: 'approved', expiresAt: { $gt: now } },
      { $set: { status: 'used' } },
      { writeConcern: journaled(deviceGrants) },
    );
    if (taken === null) throw await whyNot(locker, _id, now);
    const account = await accounts.findOne({ _id: taken.account ?? '' });
    if (account === null || account.status === 'removing') throw unknown();
    return startSession(locker, { ...guest, client: taken.client }, account, taken.granted);
  },
);

/** Notes the poll, and says what the device is told. */
async function whyNot(locker: Locker, _id: DeviceGrantDoc['_id'], now: Date): Promise<LockerError> {
  const { deviceGrants } = locker.collections;
  const polled = await deviceGrants.findOneAndUpdate(
    { _id, status: 'pending', expiresAt: { $gt: now } },
    [
      { $set: { tooFast: { $lt: [now, '$nextPollAt'] } } },
      {
        $set: {
          intervalSeconds: {
            $add: ['$intervalSeconds', { $cond: ['$tooFast', slowDownSeconds, 0] }],
          },
        },
      },
      {
        $set: {
          nextPollAt: {
            $add: [now, { $subtract: [{ $multiply: ['$intervalSeconds', 1000] }, slackMs] }],
          },
        },
      },
    ],
    { returnDocument: 'after' },
  );
  if (polled !== null) {
    return polled.tooFast
      ? new LockerError('slow_down', {
          limit: polled.intervalSeconds,
          hint: `Ask at most every ${polled.intervalSeconds} seconds.`,
        })
      : new LockerError('authorization_pending', { hint: 'Nobody has approved it yet. Ask again.' });
  }
  const grant = await deviceGrants.findOne({ _id });
  if (grant === null || grant.status === 'used') return unknown();
  if (grant.status === 'denied')
    return new LockerError('access_denied', { hint: 'The sign-in was refused.' });
  if (grant.expiresAt <= now)
    return new LockerError('expired_token', { hint: 'Nobody approved it in time. Start again.' });
  // Approved between the two looks: the next poll gets it.
  return new LockerError('authorization_pending', { hint: 'Ask again.' });
}

const unknown = () =>
  new LockerError('invalid_code', { hint: 'The device code is wrong or was used. Start again.' });

function requireScopes(text: string | undefined): Scope[] {
  const names = (text ?? '').split(' ').filter((name) => name !== '');
  if (names.length === 0) return defaultScopes;
  const scopes = allScopes.filter((scope) => names.includes(scope));
  if (scopes.length < new Set(names).size) {
    throw new LockerError('bad_request', { subject: 'scope', hint: `Scopes are ${allScopes.join(', ')}.` });
  }
  return scopes;
}
