import { describe, expect, it } from 'vitest';
import { requireAccount, requirePerson } from '../../src/accounts/actor.ts';
import { claim } from '../../src/accounts/claim.ts';
import {
  issueConnectCode,
  listIdentities,
  redeemConnectCode,
  removeIdentity,
} from '../../src/accounts/identities.ts';
import { findIdentity } from '../../src/accounts/identity.ts';
import { issueSetupCode } from '../../src/accounts/installation.ts';
import { invite, join } from '../../src/accounts/invites.ts';
import { signInWithCode } from '../../src/accounts/sign-in-code.ts';
import { openTestLocker, withScopes } from '../support/locker.ts';
import { codeOf, guest, listen, stranger } from './helpers.ts';

const telegram = { id: 'telegram:4711', label: 'Alice in chains' };
const atTelegram = stranger('telegram', 'telegram');

describe('linking a chat', () => {
  it('makes whoever redeems the code act for the account, at its own door', async () => {
    await using t = await openTestLocker();
    const alice = await t.person('alice');
    const heard = listen(t.locker);
    const { code } = await issueConnectCode(t.locker, alice);
    const actor = await redeemConnectCode(t.locker, atTelegram, { code, identity: telegram });
    expect(actor).toMatchObject({
      account: alice.account,
      door: 'telegram',
      credential: { kind: 'identity', id: telegram.id },
    });
    expect(await findIdentity(t.locker, telegram.id)).toEqual(actor);
    await expect(requirePerson(t.locker, actor, 'share')).resolves.toBeDefined();
    expect(heard).toMatchObject([{ account: alice.account, notice: { kind: 'identity-linked' } }]);
    expect(await listIdentities(t.locker, actor)).toMatchObject([{ ...telegram, current: true }]);
  });

  it('seals how the chat shows the person', async () => {
    await using t = await openTestLocker();
    const alice = await t.person('alice');
    const { code } = await issueConnectCode(t.locker, alice);
    await redeemConnectCode(t.locker, atTelegram, { code, identity: telegram });
    const stored = await t.locker.collections.identities.findOne({ _id: telegram.id });
    expect(Buffer.from(stored?.label?.value() ?? []).toString('latin1')).not.toContain('chains');
    expect(t.logLines.join('')).not.toContain('chains');
  });

  it('lets one of ten redeem a code', async () => {
    await using t = await openTestLocker();
    const alice = await t.person('alice');
    const { code } = await issueConnectCode(t.locker, alice);
    const outcomes = await Promise.all(
      Array.from({ length: 10 }, (_, n) =>
        codeOf(
          redeemConnectCode(t.locker, stranger('telegram', `203.0.113.${n}`), {
            code,
            identity: { id: `telegram:${n + 1}` },
          }),
        ),
      ),
    );
    expect(outcomes.filter((outcome) => outcome === undefined)).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === 'invalid_code')).toHaveLength(9);
    expect(await t.locker.collections.identities.countDocuments()).toBe(1);
  });

  it('gives a chat to one account only, also if two link it at once', async () => {
    await using t = await openTestLocker();
    const people = [await t.person('alice'), await t.person('bob')];
    const codes = await Promise.all(people.map((person) => issueConnectCode(t.locker, person)));
    const outcomes = await Promise.all(
      codes.map(({ code }) => codeOf(redeemConnectCode(t.locker, atTelegram, { code, identity: telegram }))),
    );
    expect(outcomes).toContain('conflict');
    expect(outcomes).toContain(undefined);
    expect(await t.locker.collections.identities.countDocuments()).toBe(1);
  });

  it('does not move a linked chat, and leaves the code usable; after removal it can be linked elsewhere', async () => {
    await using t = await openTestLocker();
    const [alice, bob] = [await t.person('alice'), await t.person('bob')];
    await redeemConnectCode(t.locker, atTelegram, {
      code: (await issueConnectCode(t.locker, alice)).code,
      identity: telegram,
    });
    const { code } = await issueConnectCode(t.locker, bob);
    expect(await codeOf(redeemConnectCode(t.locker, atTelegram, { code, identity: telegram }))).toBe(
      'conflict',
    );
    expect(await codeOf(removeIdentity(t.locker, bob, telegram.id))).toBe('not_found');
    await removeIdentity(t.locker, alice, telegram.id);
    expect(await findIdentity(t.locker, telegram.id)).toBeUndefined();
    const actor = await redeemConnectCode(t.locker, atTelegram, { code, identity: telegram });
    expect(actor.account).toBe(bob.account);
  });

  it('expires after ten minutes', async () => {
    await using t = await openTestLocker();
    const { code } = await issueConnectCode(t.locker, await t.person('alice'));
    t.advance(601_000);
    expect(await codeOf(redeemConnectCode(t.locker, atTelegram, { code, identity: telegram }))).toBe(
      'invalid_code',
    );
  });

  it('is not a way to more scopes than the maker of the code has', async () => {
    await using t = await openTestLocker();
    const reader = withScopes(await t.person('alice'), 'files:read');
    const one = await issueConnectCode(t.locker, reader);
    const actor = await redeemConnectCode(t.locker, atTelegram, { code: one.code, identity: telegram });
    expect([...actor.scopes]).toEqual(['files:read']);
    const two = await issueConnectCode(t.locker, reader);
    expect((await signInWithCode(t.locker, guest, two.code)).scopes).toEqual(['files:read']);
  });

  it('refuses what no chat calls itself', async () => {
    await using t = await openTestLocker();
    const { code } = await issueConnectCode(t.locker, await t.person('alice'));
    for (const id of ['telegram:', 'telegram:0', 'matrix:1', 'slack:T1', 'telegram:1:2', 'telegram:$ne'])
      expect(
        await codeOf(redeemConnectCode(t.locker, stranger('telegram', id), { code, identity: { id } })),
      ).toBe('bad_request');
  });

  it('cannot be done with a named API token', async () => {
    await using t = await openTestLocker();
    const alice = await t.person('alice');
    const token = { ...alice, credential: { kind: 'token' as const, id: 'x' } };
    expect(await codeOf(issueConnectCode(t.locker, token))).toBe('forbidden');
  });

  it('lets a suspended account be found, and does nothing for it', async () => {
    await using t = await openTestLocker();
    const alice = await t.person('alice');
    const { code } = await issueConnectCode(t.locker, alice);
    const actor = await redeemConnectCode(t.locker, atTelegram, { code, identity: telegram });
    await t.locker.collections.accounts.updateOne({ _id: alice.account }, { $set: { status: 'suspended' } });
    expect(await findIdentity(t.locker, telegram.id)).toBeDefined();
    expect(await codeOf(requireAccount(t.locker, actor))).toBe('account_suspended');
  });
});

describe('claiming and joining from a chat', () => {
  it('links the chat at once', async () => {
    await using t = await openTestLocker();
    const code = await issueSetupCode(t.locker.collections, undefined);
    const owner = await claim(t.locker, atTelegram, { code, handle: 'olga', identity: telegram });
    const actor = await findIdentity(t.locker, telegram.id);
    expect(actor?.account).toBe(owner._id);
    expect(actor?.scopes.has('admin')).toBe(true);
  });

  it('refuses a chat that is linked already, makes no account, and leaves the invite usable', async () => {
    await using t = await openTestLocker();
    const owner = await t.person('olga', 'owner');
    await redeemConnectCode(t.locker, atTelegram, {
      code: (await issueConnectCode(t.locker, owner)).code,
      identity: telegram,
    });
    const { code } = await invite(t.locker, owner, { role: 'member', ttlSeconds: 600 });
    expect(await codeOf(join(t.locker, atTelegram, { code, handle: 'bob', identity: telegram }))).toBe(
      'conflict',
    );
    expect(await t.locker.collections.accounts.countDocuments({ handle: 'bob' })).toBe(0);
    const slack = { id: 'slack:T0123:U0456' };
    const bob = await join(t.locker, stranger('slack', 'slack'), { code, handle: 'bob', identity: slack });
    expect(await findIdentity(t.locker, slack.id)).toMatchObject({ account: bob._id, door: 'slack' });
  });

  it('makes one account if a chat joins twice at once', async () => {
    await using t = await openTestLocker();
    const owner = await t.person('olga', 'owner');
    const invites = await Promise.all(
      ['bob', 'rob'].map(() => invite(t.locker, owner, { role: 'member', ttlSeconds: 600 })),
    );
    const outcomes = await Promise.all(
      invites.map(({ code }, n) =>
        codeOf(join(t.locker, atTelegram, { code, handle: `bob${n}`, identity: telegram })),
      ),
    );
    expect(outcomes).toContain('conflict');
    expect(outcomes).toContain(undefined);
    expect(await t.locker.collections.accounts.countDocuments({ role: 'member' })).toBe(1);
    expect(await t.locker.collections.codes.countDocuments({ purpose: 'invite' })).toBe(1);
  });
});
