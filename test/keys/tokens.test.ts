import { describe, expect, it } from 'vitest';
import { tokenResponse } from '../../api/jwt.ts';
import { createServer } from '../../api/server.ts';
import { createAccount } from '../../src/accounts/create-account.ts';
import { startSession } from '../../src/accounts/sessions.ts';
import { addKey } from '../../src/keys/add.ts';
import { retireKey } from '../../src/keys/retire.ts';
import { rotateKeys } from '../../src/keys/rotate.ts';
import { install, operator } from './support.ts';

const kidOf = (token: string) =>
  (JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()) as { kid: string }).kid;

describe('access tokens while keys change', () => {
  it('are signed with the new key as soon as it is there, verify under both, and end with the key that signed them', async () => {
    await using installation = await install();
    const { locker } = await installation.open();
    const { locker: command } = await installation.open();
    const server = await createServer(locker, { host: '127.0.0.1', port: 0, log: locker.log });
    await server.start();
    try {
      const account = await createAccount(locker, 'alice', 'member');
      const guest = { door: 'api', client: 'test', address: '127.0.0.1' } as const;
      const signIn = async () =>
        tokenResponse(locker, await startSession(locker, guest, account)).access_token;
      const post = async (path: string, token: string, body: object) =>
        (await (
          await fetch(`${server.info.uri}${path}`, {
            method: 'POST',
            headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
            body: JSON.stringify(body),
          })
        ).json()) as { access_token: string };
      const status = async (token: string) =>
        (await fetch(`${server.info.uri}/v1/me`, { headers: { authorization: `Bearer ${token}` } })).status;

      const oldId = locker.keyring.primaryId;
      const early = await signIn();
      const named = await post('/v1/tokens', early, { name: 'ci', scopes: ['files:read'] });
      const newId = await addKey(command, operator, installation.keysFile);
      const late = await signIn();
      expect([early, named.access_token, late].map(kidOf)).toEqual([oldId, oldId, newId]);
      for (const token of [early, named.access_token, late]) expect(await status(token)).toBe(200);

      await rotateKeys(command, operator, {});
      await retireKey(command, operator, {
        keyId: oldId,
        keysFile: installation.keysFile,
        settleMs: 0,
        revokeTokens: true,
      });
      expect(await status(early)).toBe(401);
      expect(await status(named.access_token)).toBe(401);
      expect(await status(late)).toBe(200);
    } finally {
      await server.stop();
    }
  });
});
