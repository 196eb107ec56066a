import { describe, expect, it } from 'vitest';
import { endOtherSessions, endSession, listSessions } from '../../src/accounts/own-sessions.ts';
import { refreshSession, startSession } from '../../src/accounts/sessions.ts';
import type { Actor } from '../../src/accounts/actor.ts';
import type { Locker } from '../../src/locker.ts';
import { putGrant } from '../../src/sharing/grants.ts';
import { openTestLocker } from '../support/locker.ts';
import { codeOf, guest, listen, save } from './helpers.ts';

const signIn = async (locker: Locker, actor: Actor, client: string) => {
  const account = await locker.collections.accounts.findOne({ _id: actor.account });
  if (account === null) throw new Error('no account');
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
