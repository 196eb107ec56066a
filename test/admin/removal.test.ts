import { EventEmitter, once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { removeAccount } from '../../src/admin/remove-account.ts';
import { requireAccount } from '../../src/accounts/actor.ts';
import { createAccount } from '../../src/accounts/create-account.ts';
import { issueConnectCode, redeemConnectCode } from '../../src/accounts/identities.ts';
import { findIdentity } from '../../src/accounts/identity.ts';
import { createApiToken } from '../../src/accounts/api-tokens.ts';
import { openFile } from '../../src/files/download.ts';
import { listFiles } from '../../src/files/list.ts';
import { uploadFile } from '../../src/files/upload.ts';
import { sweep } from '../../src/maintenance/sweep.ts';
import { putGrant } from '../../src/sharing/grants.ts';
import { codeOf, guest, save } from '../accounts/helpers.ts';
import { openTestLocker } from '../support/locker.ts';

async function lively() {
  const t = await openTestLocker();
  const [olga, mike, anna] = [
    await t.person('olga', 'owner'),
    await t.person('mike'),
    await t.person('anna'),
  ];
  const file = await save(t.locker, mike, 'diary.txt', 1000);
  const share = { grantee: 'anna', role: 'editor' as const, expiresAt: null };
  await putGrant(t.locker, mike, { kind: 'folder', folder: '/' }, share);
  await createApiToken(t.locker, mike, { name: 'script', scopes: ['files:read'], ttlSeconds: 3600 });
  const { code } = await issueConnectCode(t.locker, mike);
  await redeemConnectCode(t.locker, guest, { code, identity: { id: 'telegram:1' } });
  return { t, olga, mike, anna, file };
}

describe('removing an account', () => {
  it('shuts every door at once, and leaves nothing of it after the sweep', async () => {
    const { t, olga, mike, anna, file } = await lively();
    await using _t = t;
    await removeAccount(t.locker, olga, 'mike');
    expect(await codeOf(requireAccount(t.locker, mike))).toBe('unauthenticated');
    expect(await codeOf(openFile(t.locker, anna, file.id))).toBe('not_found');
    expect((await listFiles(t.locker, anna, { whose: 'all', limit: 10 })).files).toEqual([]);
    expect(await findIdentity(t.locker, 'telegram:1')).toBeUndefined();
    await sweep(t.locker, 0);
    const { accounts, files, chunks, contentFiles, grants, apiTokens, identities, codes, sessions } =
      t.locker.collections;
    expect(await accounts.countDocuments({ handle: 'mike' })).toBe(0);
    for (const collection of [files, chunks, contentFiles, grants, apiTokens, identities, codes, sessions])
      expect(await collection.countDocuments({})).toBe(0);
  });

  it('destroys the account key with the commit, even if the process dies right after', async () => {
    const { t, olga, mike, anna, file } = await lively();
    await using _t = t;
    const before = await t.locker.collections.accounts.findOne({ _id: mike.account });
    const dying = {
      ...t.locker,
      collections: {
        ...t.locker.collections,
        sessions: { deleteMany: () => Promise.reject(new Error('killed')) },
      },
    } as unknown as typeof t.locker;
    await expect(removeAccount(dying, olga, 'mike')).rejects.toThrow('killed');
    const after = await t.locker.collections.accounts.findOne({ _id: mike.account });
    expect(after?.status).toBe('removing');
    expect(Buffer.from(after?.key.token.value() ?? [])).not.toEqual(
      Buffer.from(before?.key.token.value() ?? []),
    );
    for (const actor of [mike, anna])
      expect(['unauthenticated', 'not_found']).toContain(await codeOf(openFile(t.locker, actor, file.id)));
    expect(await codeOf(createAccount(t.locker, 'mike', 'member'))).toBe('account_exists');
    await sweep(t.locker, 0);
    expect(await t.locker.collections.chunks.countDocuments()).toBe(0);
    await expect(createAccount(t.locker, 'mike', 'member')).resolves.toMatchObject({ handle: 'mike' });
  });

  it('gives whoever takes the handle nothing of what was shared with it before', async () => {
    const { t, olga, anna } = await lively();
    await using _t = t;
    const theirs = await save(t.locker, anna);
    const share = { grantee: 'mike', role: 'viewer' as const, expiresAt: null };
    await putGrant(t.locker, anna, { kind: 'file', fileId: theirs.id }, share);
    await removeAccount(t.locker, olga, 'mike');
    const newcomer = await t.person('mike');
    expect(await codeOf(openFile(t.locker, newcomer, theirs.id))).toBe('not_found');
  });

  it('waits for an upload that is under way, refuses new ones, and leaves no file of it', async () => {
    const { t, olga, mike, anna } = await lively();
    await using _t = t;
    const gate = new EventEmitter();
    const opened = once(gate, 'open');
    const upload = uploadFile(t.locker, anna, {
      name: 'late.txt',
      owner: 'mike',
      mediaType: 'text/plain',
      content: {
        bytes: (async function* () {
          yield Buffer.from('first');
          await opened;
          yield Buffer.from('second');
        })(),
      },
    });
    await expect
      .poll(async () => (await t.locker.collections.accounts.findOne({ _id: mike.account }))?.pending.length)
      .toBe(1);
    await removeAccount(t.locker, olga, 'mike');
    const during = await t.locker.collections.accounts.findOne({ _id: mike.account });
    expect(during?.status).toBe('removing');
    gate.emit('open');
    await codeOf(upload);
    await sweep(t.locker);
    const { accounts, files, chunks } = t.locker.collections;
    expect(await accounts.countDocuments({ _id: mike.account })).toBe(0);
    expect(await files.countDocuments({ owner: mike.account })).toBe(0);
    expect(await chunks.countDocuments()).toBe(0);
  });
});
