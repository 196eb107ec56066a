import { describe, expect, it } from 'vitest';
import { createApiToken } from '../../src/accounts/api-tokens.ts';
import { addKey } from '../../src/keys/add.ts';
import { retireKey } from '../../src/keys/retire.ts';
import { rotateKeys } from '../../src/keys/rotate.ts';
import type { Locker } from '../../src/locker.ts';
import { install, type Installation, makeEntries, operator, person } from './support.ts';

const retire = (locker: Locker, { keysFile }: Installation, keyId: string, options: object = {}) =>
  retireKey(locker, operator, { keyId, keysFile, settleMs: 0, ...options });

describe('retiring a key', () => {
  it('is refused for the primary, for a key that is not there, and while anything needs the key, naming what and how many', async () => {
    await using installation = await install();
    const { locker } = await installation.open();
    const oldId = locker.keyring.primaryId;
    await makeEntries(locker, await person(locker, 'alice'), 3);
    const before = await installation.keysText();
    await expect(retire(locker, installation, oldId)).rejects.toMatchObject({ code: 'conflict' });
    await expect(retire(locker, installation, '0123456789abcdef')).rejects.toMatchObject({
      code: 'not_found',
    });
    expect(await installation.keysText()).toBe(before);

    await addKey(locker, operator, installation.keysFile);
    const added = await installation.keysText();
    await expect(retire(locker, installation, oldId)).rejects.toMatchObject({
      code: 'conflict',
      details: { hint: expect.stringContaining('6 file versions, 1 account, 1 audit key') },
    });
    expect(await installation.keysText()).toBe(added);
  });

  it('is refused while the keyring has just changed, since something may still be on its way under the key', async () => {
    await using installation = await install();
    const { locker } = await installation.open();
    const oldId = locker.keyring.primaryId;
    await addKey(locker, operator, installation.keysFile);
    await rotateKeys(locker, operator, {});
    await expect(retire(locker, installation, oldId, { settleMs: 60_000 })).rejects.toMatchObject({
      code: 'busy',
    });
    expect(locker.keyring.ids).toContain(oldId);
    await retire(locker, installation, oldId);
    expect(locker.keyring.ids).not.toContain(oldId);
  });

  it('is refused when only the stored key id claims that nothing needs it, and done after a rotation of everything', async () => {
    await using installation = await install();
    const { locker } = await installation.open();
    const oldId = locker.keyring.primaryId;
    const [id = ''] = await makeEntries(locker, await person(locker, 'alice'), 1);
    const newId = await addKey(locker, operator, installation.keysFile);
    await locker.collections.files.updateOne({ _id: id }, { $set: { 'versions.0.key.keyId': newId } });
    await rotateKeys(locker, operator, {});
    await expect(retire(locker, installation, oldId)).rejects.toMatchObject({
      details: { hint: expect.stringContaining('1 file version') },
    });
    await rotateKeys(locker, operator, { all: true });
    await retire(locker, installation, oldId);
  });

  it('is taken back when something is stored under the key at the last moment', async () => {
    await using installation = await install();
    const { locker } = await installation.open();
    const alice = await person(locker, 'alice');
    const oldId = locker.keyring.primaryId;
    const [id = ''] = await makeEntries(locker, alice, 1);
    const { _id: _, ...late } = (await locker.collections.files.findOne({ _id: id })) ?? {};
    await addKey(locker, operator, installation.keysFile);
    await rotateKeys(locker, operator, {});
    const before = await installation.keysText();
    // Reported first after the files were looked through: what comes now is behind the reader's back.
    const onProgress = async () => {
      await locker.collections.files.replaceOne({ _id: ' ' }, late as never, { upsert: true });
    };
    await expect(retire(locker, installation, oldId, { onProgress })).rejects.toMatchObject({
      details: { hint: expect.stringContaining('2 file versions') },
    });
    expect(await installation.keysText()).toBe(before);
    expect(locker.keyring.ids).toContain(oldId);
  });

  it('is refused for the sake of API tokens that the key signed, until they are revoked with it', async () => {
    await using installation = await install();
    const { locker } = await installation.open();
    const alice = await person(locker, 'alice');
    const oldId = locker.keyring.primaryId;
    const token = await createApiToken(locker, alice, {
      name: 'ci',
      scopes: ['files:read'],
      ttlSeconds: 3600,
    });
    expect(token.keyId).toBe(oldId);
    await addKey(locker, operator, installation.keysFile);
    await rotateKeys(locker, operator, {});
    await expect(retire(locker, installation, oldId)).rejects.toMatchObject({
      details: { hint: expect.stringMatching(/1 API token\..*--revoke-tokens/) },
    });
    await retire(locker, installation, oldId, { revokeTokens: true });
    expect((await locker.collections.apiTokens.findOne({ _id: token._id }))?.revokedAt).toBeInstanceOf(Date);
  });

  it('only tells whether the key may go when the keys do not come from a file', async () => {
    await using installation = await install();
    const { locker } = await installation.open();
    const oldId = locker.keyring.primaryId;
    await addKey(locker, operator, installation.keysFile);
    const before = await installation.keysText();
    await expect(retire(locker, installation, oldId, { keysFile: undefined })).rejects.toThrow('conflict');
    await rotateKeys(locker, operator, {});
    await retire(locker, installation, oldId, { keysFile: undefined });
    expect(await installation.keysText()).toBe(before);
  });
});
