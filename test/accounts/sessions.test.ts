import { describe, expect, it } from 'vitest';
import { createApiToken, listApiTokens, revokeApiToken } from '../../src/accounts/api-tokens.ts';
import { approveDevice } from '../../src/accounts/approve-device.ts';
import { exchangeDeviceCode, requestDevice } from '../../src/accounts/device-grant.ts';
import type { Scope } from '../../src/accounts/documents.ts';
import { issueConnectCode, listIdentities, removeIdentity } from '../../src/accounts/identities.ts';
import { linkIdentity } from '../../src/accounts/identity.ts';
import { signInWithCode } from '../../src/accounts/sign-in-code.ts';
import { revokeOfAccount } from '../../src/admin/revoke.ts';
import { endOtherSessions, endSession, listSessions } from '../../src/accounts/own-sessions.ts';
import { refreshSession, startSession } from '../../src/accounts/sessions.ts';
import type { Actor } from '../../src/accounts/actor.ts';
import type { Locker } from '../../src/locker.ts';
import { putGrant } from '../../src/sharing/grants.ts';
import { openTestLocker, type TestLocker } from '../support/locker.ts';
import { codeOf, guest, listen, save } from './helpers.ts';

async function accountOf(locker: Locker, actor: Actor) {
  const account = await locker.collections.accounts.findOne({ _id: actor.account });
  if (account === null) throw new Error('no account');
  return account;
}

const signIn = async (locker: Locker, actor: Actor, client: string) => {
  const account = await accountOf(locker, actor);
  const started = await startSession(locker, { ...guest, client }, account);
  const signedIn: Actor = { ...actor, credential: { kind: 'session', id: started.sessionId } };
  return { ...started, signedIn };
};

describe('sessions', () => {
  it('are listed with door, client, address and times, and the present one is marked', async () => {
    await using t = await openTestLocker();
    const alice = await t.person('alice');
    await signIn(t.locker, alice, 'phone');
    t.advance(1000);
    const { signedIn } = await signIn(t.locker, alice, 'laptop');
    expect(await listSessions(t.locker, signedIn)).toMatchObject([
      { client: 'laptop', door: 'api', address: guest.address, current: true },
      { client: 'phone', current: false },
    ]);
  });

  it('end one by one, only for their own account', async () => {
    await using t = await openTestLocker();
    const [alice, bob] = [await t.person('alice'), await t.person('bob')];
    const phone = await signIn(t.locker, alice, 'phone');
    expect(await codeOf(endSession(t.locker, bob, phone.sessionId))).toBe('not_found');
    await endSession(t.locker, alice, phone.sessionId);
    expect(await codeOf(endSession(t.locker, alice, phone.sessionId))).toBe('not_found');
    expect(await codeOf(refreshSession(t.locker, guest, phone.refreshToken))).toBe('sign_in_expired');
  });

  it('end all but the present one, and leave those of others', async () => {
    await using t = await openTestLocker();
    const [alice, bob] = [await t.person('alice'), await t.person('bob')];
    await signIn(t.locker, alice, 'phone');
    await signIn(t.locker, bob, 'tablet');
    const { signedIn } = await signIn(t.locker, alice, 'laptop');
    expect(await endOtherSessions(t.locker, signedIn)).toBe(1);
    expect(await listSessions(t.locker, signedIn)).toMatchObject([{ client: 'laptop', current: true }]);
    expect(await listSessions(t.locker, bob)).toHaveLength(1);
  });
});

const limited = (actor: Actor, ...scopes: Scope[]): Actor => ({ ...actor, scopes: new Set(scopes) });

describe('a sign-in that was limited', () => {
  it('ends itself, and nobody else', async () => {
    await using t = await openTestLocker();
    const alice = await t.person('alice');
    const phone = await signIn(t.locker, alice, 'phone');
    const gadget = await signIn(t.locker, alice, 'gadget');
    const reader = limited(gadget.signedIn, 'files:read');
    const token = await createApiToken(t.locker, alice, {
      name: 'script',
      scopes: ['files:read'],
      ttlSeconds: 3600,
    });
    const keys = t.locker.accountKeys.open(await accountOf(t.locker, alice));
    await linkIdentity(t.locker, keys, { id: 'telegram:1', label: 'Alice' }, ['files:read']);
    for (const attempt of [
      endSession(t.locker, reader, phone.sessionId),
      endOtherSessions(t.locker, reader),
      removeIdentity(t.locker, reader, 'telegram:1'),
      revokeApiToken(t.locker, reader, token._id),
    ])
      expect(await codeOf(attempt)).toBe('insufficient_scope');
    expect(await listSessions(t.locker, alice)).toHaveLength(2);
    expect(await listIdentities(t.locker, alice)).toHaveLength(1);
    expect(await listApiTokens(t.locker, alice)).toHaveLength(1);

    await endSession(t.locker, reader, gadget.sessionId);
    const chat = { ...reader, credential: { kind: 'identity', id: 'telegram:1' } } as const;
    await removeIdentity(t.locker, chat, 'telegram:1');
    // Everything but administration is what a device of an administrator has.
    await endOtherSessions(t.locker, limited(alice, 'files:read', 'files:write', 'share'));
    expect(await listSessions(t.locker, alice)).toEqual([]);
  });
});

describe('the end of all sessions', () => {
  const ends = {
    'by the person': (t: TestLocker, alice: Actor) => endOtherSessions(t.locker, alice),
    'by an administrator': async (t: TestLocker, _alice: Actor) =>
      revokeOfAccount(t.locker, await t.person('olivia', 'owner'), 'alice', {
        sessions: true,
        grants: false,
        links: false,
        tokens: false,
      }),
  };

  it.each(Object.entries(ends))('%s leaves no way back for who had one', async (_by, end) => {
    await using t = await openTestLocker();
    const alice = await t.person('alice');
    const { signedIn: thief } = await signIn(t.locker, alice, 'stolen laptop');
    const { code } = await issueConnectCode(t.locker, thief);
    const device = await requestDevice(t.locker, guest, {});
    await approveDevice(t.locker, thief, device.userCode);
    await end(t, alice);
    expect(await codeOf(signInWithCode(t.locker, guest, code))).toBe('invalid_code');
    expect(await codeOf(exchangeDeviceCode(t.locker, guest, device.deviceCode))).toBe('invalid_code');
    expect(await listSessions(t.locker, alice)).toEqual([]);
  });
});

describe('notices', () => {
  it('tell of a new sign-in, of a copied refresh token, and of what is shared, the one whom it concerns', async () => {
    await using t = await openTestLocker();
    const [alice, bob] = [await t.person('alice'), await t.person('bob')];
    const heard = listen(t.locker);
    const { sessionId, refreshToken } = await signIn(t.locker, alice, 'phone');
    await refreshSession(t.locker, guest, refreshToken);
    expect(await codeOf(refreshSession(t.locker, guest, refreshToken))).toBe('token_reused');
    const { id } = await save(t.locker, alice);
    const share = { grantee: 'bob', role: 'viewer' as const, expiresAt: null };
    await putGrant(t.locker, alice, { kind: 'file', fileId: id }, share);
    expect(heard).toMatchObject([
      {
        account: alice.account,
        notice: { kind: 'sign-in', session: sessionId, client: 'phone', address: guest.address, door: 'api' },
      },
      { account: alice.account, notice: { kind: 'session-revoked', session: sessionId } },
      { account: bob.account, notice: { kind: 'shared', by: 'alice', file: id } },
    ]);
  });

  it('hold nobody up and hurt nobody if they cannot be delivered', async () => {
    await using t = await openTestLocker();
    const alice = await t.person('alice');
    t.locker.notifiers.add({ deliver: () => Promise.reject(new Error('secret of the chat')) });
    t.locker.notifiers.add({
      deliver: () => {
        throw new Error('secret of the chat');
      },
    });
    t.locker.notifiers.add({ deliver: () => new Promise(() => {}) });
    await expect(signIn(t.locker, alice, 'phone')).resolves.toBeDefined();
    await expect
      .poll(() => t.logLines.filter((line) => line.includes('could not be delivered')))
      .toHaveLength(2);
    expect(t.logLines.join('')).not.toContain('secret of the chat');
    expect(t.logLines.some((line) => line.includes('"notice":"sign-in"'))).toBe(true);
  });
});
