import { describe, expect, it } from 'vitest';
import { requireAccount } from '../../src/accounts/actor.ts';
import { createApiToken } from '../../src/accounts/api-tokens.ts';
import { verifyAudit } from '../../src/audit/verify.ts';
import { replaceContent } from '../../src/files/versions.ts';
import { sweep } from '../../src/maintenance/sweep.ts';
import { eraseMyself } from '../../src/privacy/erase-myself.ts';
import { codeOf } from '../accounts/helpers.ts';
import { inPieces, someBytes } from '../support/bytes.ts';
import { saveFile } from '../support/files.ts';
import { openTestLocker } from '../support/locker.ts';
import { openTestServer } from '../support/server.ts';

describe('erasing my own account', () => {
  it('destroys its key, leaves a tombstone and nothing else, and gives a receipt', async () => {
    await using t = await openTestLocker();
    await t.person('olga', 'owner');
    const mike = await t.person('mike');
    const file = await saveFile(t.locker, mike, 'diary.txt', { bytes: someBytes(1000) });
    await replaceContent(t.locker, mike, file.id, { content: { bytes: inPieces(someBytes(500)) } });
    await saveFile(t.locker, mike, 'b', { bytes: someBytes(1) });
    const receipt = await eraseMyself(t.locker, mike, '@Mike');
    expect(receipt).toEqual({
      account: mike.account,
      handle: 'mike',
      erasedAt: expect.any(Date) as Date,
      files: 2,
      versions: 3,
      sizeBytes: 1501,
    });
    expect(await codeOf(requireAccount(t.locker, mike))).toBe('unauthenticated');
    await sweep(t.locker, 0);
    const { accounts, files, chunks, contentFiles, tombstones, audit } = t.locker.collections;
    expect(await accounts.countDocuments({ _id: mike.account })).toBe(0);
    for (const collection of [files, chunks, contentFiles])
      expect(await collection.countDocuments({})).toBe(0);
    expect(await tombstones.countDocuments({ _id: `account:${receipt.account}` })).toBe(1);
    await t.locker.audit.flush();
    expect(
      await audit.countDocuments({ action: 'account.erase', subject: receipt.account, outcome: 'ok' }),
    ).toBe(1);
    expect((await verifyAudit(t.locker)).problem).toBeUndefined();
  });

  it('is refused for another handle, for a named token and for the owner, and changes nothing', async () => {
    await using t = await openTestLocker();
    const olga = await t.person('olga', 'owner');
    const mike = await t.person('mike');
    const token = await createApiToken(t.locker, mike, {
      name: 'x',
      scopes: ['files:write'],
      ttlSeconds: 60,
    });
    const program = { ...mike, credential: { kind: 'token' as const, id: token._id } };
    expect(await codeOf(eraseMyself(t.locker, mike, 'olga'))).toBe('bad_request');
    expect(await codeOf(eraseMyself(t.locker, mike, ''))).toBe('bad_request');
    expect(await codeOf(eraseMyself(t.locker, program, 'mike'))).toBe('forbidden');
    expect(
      await codeOf(eraseMyself(t.locker, { ...mike, scopes: new Set(['files:read'] as const) }, 'mike')),
    ).toBe('insufficient_scope');
    expect(await codeOf(eraseMyself(t.locker, olga, 'olga'))).toBe('forbidden');
    expect(await t.locker.collections.accounts.countDocuments({ status: 'active' })).toBe(2);
  });

  it('over HTTP answers with the receipt, and the token is worth nothing afterwards', async () => {
    await using t = await openTestServer();
    await t.signUp('olga', 'owner');
    const mike = await t.signUp('mike');
    await mike.json('POST', '/v1/files?name=a', { body: Buffer.from('hello') });
    const { status, body } = await mike.json('POST', '/v1/me/erasure', { body: { handle: 'mike' } });
    expect([status, body]).toEqual([
      200,
      expect.objectContaining({ handle: 'mike', files: 1, versions: 1, sizeBytes: 5 }),
    ]);
    expect((await mike.send('GET', '/v1/me')).status).toBe(401);
  });
});
