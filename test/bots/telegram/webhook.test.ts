import { expect, it } from 'vitest';
import { createServer } from '../../../api/server.ts';
import { startTelegram } from '../../../bots/telegram/start.ts';
import { offerSetupCode } from '../../../src/accounts/setup-code-file.ts';
import { BotApiServer } from '../../support/bot-api/bot-api.ts';
import { openTestLocker } from '../../support/locker.ts';

const secret = 'a-secret-of-the-webhook';

it('takes what Telegram posts with the secret, once, and nothing without it', async () => {
  await using t = await openTestLocker();
  await using api = await BotApiServer.open();
  const settings = { token: api.token, apiRoot: api.root, isCloud: true, webhookSecret: secret };
  const bot = startTelegram(t.locker, settings, {
    publicUrl: () => 'https://files.example',
    log: t.locker.log,
  });
  const server = await createServer(t.locker, {
    host: '127.0.0.1',
    port: 0,
    log: t.locker.log,
    chatRoutes: bot.routes,
  });
  await server.start();
  bot.begin();
  try {
    await expect.poll(() => api.webhook, { timeout: 20_000 }).toBeDefined();
    expect(api.webhook?.secret).toBe(secret);
    const { pathname } = new URL(api.webhook?.url ?? '');
    const post = async (body: string, given?: string) => {
      const headers: Record<string, string> = { 'content-type': 'application/json' };
      if (given !== undefined) headers['x-telegram-bot-api-secret-token'] = given;
      return (await fetch(`${server.info.uri}${pathname}`, { method: 'POST', headers, body })).status;
    };
    const code = await offerSetupCode(t.locker.collections, t.locker.dataDir);
    const user = api.user('Ann');
    user.says(`/claim ${code} ann`);
    const update = JSON.stringify(api.pending.at(-1));

    expect(await post(update)).toBe(401);
    expect(await post(update, 'a-secret-of-the-webhooK')).toBe(401);
    expect(await post('{', secret)).toBe(400);
    expect(await post('[]', secret)).toBe(400);
    expect(await post('x'.repeat(2_000_000), secret)).toBeGreaterThanOrEqual(400);
    expect(await t.locker.collections.inbox.countDocuments()).toBe(0);

    expect(await post(update, secret)).toBe(200);
    expect(await post(update, secret)).toBe(200);
    await user.hears(({ text }) => text.includes('@ann'));
    expect(await t.locker.collections.inbox.countDocuments({ _id: /^telegram:update:/ })).toBe(1);
    expect(user.sees.filter(({ text }) => text.includes('@ann'))).toHaveLength(1);
    expect(api.calls.some(({ method }) => method === 'getUpdates')).toBe(false);
    expect(t.logLines.join('\n')).not.toContain(secret);
  } finally {
    await bot.stop();
    await server.stop({ timeout: 1000 });
  }
});
