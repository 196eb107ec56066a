import { describe, expect, it } from 'vitest';
import { approveDevice, denyDevice, describeDevice } from '../../src/accounts/approve-device.ts';
import { exchangeDeviceCode, requestDevice } from '../../src/accounts/device-grant.ts';
import { refreshSession } from '../../src/accounts/sessions.ts';
import { openTestLocker, withScopes } from '../support/locker.ts';
import { codeOf, guest } from './helpers.ts';

const seconds = 1000;

describe('sign-in of a device', () => {
  it('waits for approval, starts one session, and is over then', async () => {
    await using t = await openTestLocker();
    const alice = await t.person('alice');
    const device = await requestDevice(t.locker, guest, { client: 'television' });
    expect(device.userCode).toMatch(/^[B-DF-HJ-NP-TV-XZ]{4}-[B-DF-HJ-NP-TV-XZ]{4}$/);
    expect(await codeOf(exchangeDeviceCode(t.locker, guest, device.deviceCode))).toBe(
      'authorization_pending',
    );
    const seen = await describeDevice(t.locker, alice, device.userCode.toLowerCase().replace('-', ' '));
    expect(seen).toMatchObject({
      userCode: device.userCode,
      client: 'television',
      address: guest.address,
      scopes: ['files:read', 'files:write', 'share'],
    });
    await approveDevice(t.locker, alice, device.userCode);
    const signIn = await exchangeDeviceCode(t.locker, guest, device.deviceCode);
    expect(signIn.account._id).toBe(alice.account);
    expect(await codeOf(exchangeDeviceCode(t.locker, guest, device.deviceCode))).toBe('invalid_code');
    const session = await t.locker.collections.sessions.findOne({ _id: signIn.sessionId });
    expect(session?.client).toBe('television');
  });

  it('gives tokens to exactly one of twenty polls that see the approval', async () => {
    await using t = await openTestLocker();
    const alice = await t.person('alice');
    const { deviceCode, userCode } = await requestDevice(t.locker, guest, {});
    await approveDevice(t.locker, alice, userCode);
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, () => codeOf(exchangeDeviceCode(t.locker, guest, deviceCode))),
    );
    expect(outcomes.filter((code) => code === undefined)).toHaveLength(1);
    expect(outcomes.filter((code) => code === 'invalid_code')).toHaveLength(19);
    expect(await t.locker.collections.sessions.countDocuments()).toBe(1);
  });

  it('slows a device down that polls too fast, for all instances, and by 5 seconds each time', async () => {
    await using t = await openTestLocker();
    const { deviceCode } = await requestDevice(t.locker, guest, {});
    const poll = () => codeOf(exchangeDeviceCode(t.locker, guest, deviceCode));
    expect(await poll()).toBe('authorization_pending');
    expect(await poll()).toBe('slow_down');
    t.advance(6 * seconds);
    expect(await poll()).toBe('slow_down');
    t.advance(15 * seconds);
    expect(await poll()).toBe('authorization_pending');
    const grant = await t.locker.collections.deviceGrants.findOne({});
    expect(grant?.intervalSeconds).toBe(15);
  });

  it('tells the device that it was refused', async () => {
    await using t = await openTestLocker();
    const alice = await t.person('alice');
    const { deviceCode, userCode } = await requestDevice(t.locker, guest, {});
    await denyDevice(t.locker, alice, userCode);
    expect(await codeOf(exchangeDeviceCode(t.locker, guest, deviceCode))).toBe('access_denied');
    expect(await codeOf(approveDevice(t.locker, alice, userCode))).toBe('invalid_code');
  });

  it('expires after ten minutes, for the device and for who would approve', async () => {
    await using t = await openTestLocker();
    const alice = await t.person('alice');
    const { deviceCode, userCode } = await requestDevice(t.locker, guest, {});
    t.advance(601 * seconds);
    expect(await codeOf(exchangeDeviceCode(t.locker, guest, deviceCode))).toBe('expired_token');
    expect(await codeOf(approveDevice(t.locker, alice, userCode))).toBe('invalid_code');
  });

  it('does not honour an approval that was not fetched in time', async () => {
    await using t = await openTestLocker();
    const alice = await t.person('alice');
    const { deviceCode, userCode } = await requestDevice(t.locker, guest, {});
    await approveDevice(t.locker, alice, userCode);
    t.advance(601 * seconds);
    expect(await codeOf(exchangeDeviceCode(t.locker, guest, deviceCode))).toBe('expired_token');
  });

  it('gives no more than the device asked for and the approver has, also after a refresh', async () => {
    await using t = await openTestLocker();
    const owner = await t.person('olga', 'owner');
    const { deviceCode, userCode } = await requestDevice(t.locker, guest, {
      scope: 'files:read files:write admin',
    });
    await approveDevice(t.locker, withScopes(owner, 'files:read', 'share'), userCode);
    const signIn = await exchangeDeviceCode(t.locker, guest, deviceCode);
    expect(signIn.scopes).toEqual(['files:read']);
    expect((await refreshSession(t.locker, guest, signIn.refreshToken)).scopes).toEqual(['files:read']);
  });

  it('never gives a member the scope admin', async () => {
    await using t = await openTestLocker();
    const alice = await t.person('alice');
    const forged = withScopes(alice, 'files:read', 'admin');
    const { userCode } = await requestDevice(t.locker, guest, { scope: 'admin' });
    expect(await codeOf(approveDevice(t.locker, forged, userCode))).toBe('insufficient_scope');
  });

  it('refuses a scope that does not exist', async () => {
    await using t = await openTestLocker();
    expect(await codeOf(requestDevice(t.locker, guest, { scope: 'files:read root' }))).toBe('bad_request');
  });

  it('cannot be approved with a named API token', async () => {
    await using t = await openTestLocker();
    const alice = await t.person('alice');
    const { userCode } = await requestDevice(t.locker, guest, {});
    const token = { ...alice, credential: { kind: 'token' as const, id: 'x' } };
    expect(await codeOf(approveDevice(t.locker, token, userCode))).toBe('forbidden');
  });

  it('can be approved from a linked chat', async () => {
    await using t = await openTestLocker();
    const alice = await t.person('alice');
    const { userCode } = await requestDevice(t.locker, guest, {});
    const chat = {
      ...alice,
      door: 'telegram' as const,
      credential: { kind: 'identity' as const, id: 'telegram:1' },
    };
    await expect(approveDevice(t.locker, chat, userCode)).resolves.toMatchObject({ userCode });
  });

  it('stops someone who guesses user codes, and only them', async () => {
    await using t = await openTestLocker();
    const [mallory, alice] = [await t.person('mallory'), await t.person('alice')];
    const { userCode } = await requestDevice(t.locker, guest, {});
    const wrong = await Promise.all(
      Array.from({ length: 30 }, () => codeOf(approveDevice(t.locker, mallory, 'BBBB-BBBB'))),
    );
    expect(wrong.filter((code) => code === 'rate_limited').length).toBeGreaterThan(15);
    expect(await codeOf(describeDevice(t.locker, mallory, userCode))).toBe('rate_limited');
    await expect(approveDevice(t.locker, alice, userCode)).resolves.toMatchObject({ userCode });
  });

  it('keeps neither code readable in the database, in logs, or in the audit trail', async () => {
    await using t = await openTestLocker();
    const alice = await t.person('alice');
    const { deviceCode, userCode } = await requestDevice(t.locker, guest, {});
    await approveDevice(t.locker, alice, userCode);
    const { deviceGrants, audit } = t.locker.collections;
    const stored = JSON.stringify([await deviceGrants.find().toArray(), await audit.find().toArray()]);
    for (const secret of [deviceCode, userCode, userCode.replace('-', '')]) {
      expect(stored).not.toContain(secret);
      expect(t.logLines.join('')).not.toContain(secret);
    }
  });
});
