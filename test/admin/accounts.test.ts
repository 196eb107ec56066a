import { describe, expect, it } from 'vitest';
import { changeAccount } from '../../src/admin/change-account.ts';
import { describeAccount, listAccounts } from '../../src/admin/list-accounts.ts';
import { removeAccount } from '../../src/admin/remove-account.ts';
import { revokeOfAccount } from '../../src/admin/revoke.ts';
import { requireAccount } from '../../src/accounts/actor.ts';
import { putGrant } from '../../src/sharing/grants.ts';
import { describeFile } from '../../src/files/describe-file.ts';
import { codeOf, save } from '../accounts/helpers.ts';
import { openTestLocker, withScopes } from '../support/locker.ts';

const everything = { grants: true, links: true, sessions: true, tokens: true };

async function people() {
  const t = await openTestLocker();
  return {
    t,
    olga: await t.person('olga', 'owner'),
    adam: await t.person('adam', 'admin'),
    anna: await t.person('anna', 'admin'),
    mike: await t.person('mike'),
  };
}

describe('who may change whom', () => {
  it('refuses members, and administrators whose credential lacks the scope', async () => {
    const { t, adam, mike } = await people();
    await using _t = t;
    const forged = withScopes(mike, 'admin', 'files:read');
    for (const actor of [mike, forged, withScopes(adam, 'files:read', 'files:write', 'share')]) {
      expect(await codeOf(listAccounts(t.locker, actor, { limit: 10 }))).toBe('insufficient_scope');
      expect(await codeOf(describeAccount(t.locker, actor, 'mike'))).toBe('insufficient_scope');
      expect(await codeOf(changeAccount(t.locker, actor, 'mike', { quotaBytes: 1 }))).toBe(
        'insufficient_scope',
      );
      expect(await codeOf(removeAccount(t.locker, actor, 'mike'))).toBe('insufficient_scope');
      expect(await codeOf(revokeOfAccount(t.locker, actor, 'mike', everything))).toBe('insufficient_scope');
    }
  });

  it('lets nobody change the owner, and administrators not each other', async () => {
    const { t, olga, adam } = await people();
    await using _t = t;
    for (const handle of ['olga', 'anna']) {
      expect(await codeOf(changeAccount(t.locker, adam, handle, { status: 'suspended' }))).toBe('forbidden');
      expect(await codeOf(changeAccount(t.locker, adam, handle, { quotaBytes: 0 }))).toBe('forbidden');
      expect(await codeOf(changeAccount(t.locker, adam, handle, { role: 'member' }))).toBe('forbidden');
      expect(await codeOf(removeAccount(t.locker, adam, handle))).toBe('forbidden');
      expect(await codeOf(revokeOfAccount(t.locker, adam, handle, everything))).toBe('forbidden');
    }
    await expect(changeAccount(t.locker, olga, 'anna', { role: 'member' })).resolves.toMatchObject({
      role: 'member',
    });
  });

  it('lets nobody change their own role, suspend or remove themselves', async () => {
    const { t, olga, adam } = await people();
    await using _t = t;
    for (const [actor, handle] of [
      [olga, 'olga'],
      [adam, 'adam'],
    ] as const) {
      expect(await codeOf(changeAccount(t.locker, actor, handle, { role: 'member' }))).toBe('forbidden');
      expect(await codeOf(changeAccount(t.locker, actor, handle, { status: 'suspended' }))).toBe('forbidden');
      expect(await codeOf(removeAccount(t.locker, actor, handle))).toBe('forbidden');
    }
    await expect(changeAccount(t.locker, olga, 'olga', { quotaBytes: 5 })).resolves.toMatchObject({
      quotaBytes: 5,
    });
  });

  it('lets only the owner make administrators', async () => {
    const { t, olga, adam } = await people();
    await using _t = t;
    expect(await codeOf(changeAccount(t.locker, adam, 'mike', { role: 'admin' }))).toBe('forbidden');
    await expect(changeAccount(t.locker, olga, '@Mike', { role: 'admin' })).resolves.toMatchObject({
      role: 'admin',
    });
  });

  it('does not let an administrator suspend someone who becomes one at the same moment', async () => {
    const { t, olga, adam } = await people();
    await using _t = t;
    const [promoted, suspended] = await Promise.all([
      codeOf(changeAccount(t.locker, olga, 'mike', { role: 'admin' })),
      codeOf(changeAccount(t.locker, adam, 'mike', { status: 'suspended' })),
    ]);
    expect(promoted).toBeUndefined();
    expect([undefined, 'busy', 'forbidden']).toContain(suspended);
    const { role, status } = await describeAccount(t.locker, olga, 'mike');
    expect(role).toBe('admin');
    expect(status).toBe(suspended === undefined ? 'suspended' : 'active');
  });

  it('lets one of two administrators who remove an account at once find it gone or finish it', async () => {
    const { t, adam, anna } = await people();
    await using _t = t;
    const outcomes = await Promise.all(
      [adam, anna].map((actor) => codeOf(removeAccount(t.locker, actor, 'mike'))),
    );
    for (const outcome of outcomes) expect([undefined, 'not_found', 'busy']).toContain(outcome);
    expect(outcomes).toContain(undefined);
    expect(await t.locker.collections.accounts.countDocuments({ handle: 'mike' })).toBe(0);
  });
});

describe('accounts', () => {
  it('are listed a page at a time, each once, with what they use and when they were last seen', async () => {
    const { t, adam, mike } = await people();
    await using _t = t;
    await save(t.locker, mike, 'secret-name.txt', 7);
    const first = await listAccounts(t.locker, adam, { limit: 3 });
    const rest = await listAccounts(t.locker, adam, { limit: 3, cursor: first.next ?? '' });
    const all = [...first.accounts, ...rest.accounts];
    expect(all.map(({ handle }) => handle)).toEqual(['adam', 'anna', 'mike', 'olga']);
    expect(rest.next).toBeNull();
    expect(all[2]).toMatchObject({ usedBytes: 7, fileCount: 1, maxFiles: null, status: 'active' });
    expect(all[2]?.lastSeenAt).toBeInstanceOf(Date);
    expect(all[1]?.lastSeenAt).toBeNull();
    expect(await codeOf(listAccounts(t.locker, mike, { limit: 3, cursor: first.next ?? '' }))).toBe(
      'insufficient_scope',
    );
    expect(await codeOf(listAccounts(t.locker, adam, { limit: 3, cursor: 'x' }))).toBe('bad_request');
  });

  it('that are suspended are refused at their next request, and let in again once it is lifted', async () => {
    const { t, adam, mike } = await people();
    await using _t = t;
    await changeAccount(t.locker, adam, 'mike', { status: 'suspended' });
    expect(await codeOf(requireAccount(t.locker, mike))).toBe('account_suspended');
    await changeAccount(t.locker, adam, 'mike', { status: 'active' });
    expect(await codeOf(requireAccount(t.locker, mike))).toBeUndefined();
  });

  it('lose what they shared when it is revoked, and only that', async () => {
    const { t, adam, anna, mike } = await people();
    await using _t = t;
    const shared = await save(t.locker, mike);
    const foreign = await save(t.locker, anna);
    const viewer = { role: 'viewer' as const, expiresAt: null };
    await putGrant(t.locker, mike, { kind: 'file', fileId: shared.id }, { grantee: 'anna', ...viewer });
    await putGrant(t.locker, anna, { kind: 'file', fileId: foreign.id }, { grantee: 'mike', ...viewer });
    expect(await revokeOfAccount(t.locker, adam, 'mike', { ...everything, sessions: false })).toEqual({
      grants: 1,
      links: 0,
      sessions: 0,
      tokens: 0,
    });
    expect(await codeOf(describeFile(t.locker, anna, shared.id))).toBe('not_found');
    await expect(describeFile(t.locker, mike, foreign.id)).resolves.toMatchObject({ owner: 'anna' });
  });
});
