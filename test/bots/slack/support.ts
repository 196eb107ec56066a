import { createServer } from '../../../api/server.ts';
import { startSlack } from '../../../bots/slack/start.ts';
import { findIdentity } from '../../../src/accounts/identity.ts';
import { offerSetupCode } from '../../../src/accounts/setup-code-file.ts';
import { listFiles } from '../../../src/files/list.ts';
import type { SlackSettings } from '../../../src/slack-settings.ts';
import { openTestLocker, type TestLocker } from '../../support/locker.ts';
import { SlackServer } from '../../support/slack-api/slack-api.ts';
import type { SlackUser } from '../../support/slack-api/user.ts';

/** A locker with its app behind its real HTTP server, and Slack. */
export interface TestSlack extends AsyncDisposable {
  readonly t: TestLocker;
  readonly slack: SlackServer;
  /** Where the locker listens. */
  readonly url: string;
  /** The owner, who claimed the locker in Slack. */
  owner(): Promise<SlackUser>;
  /** Someone with an account; `handle` is their name in Slack too. */
  member(handle: string): Promise<SlackUser>;
  /** Names in the locker of someone. */
  files(user: SlackUser): Promise<string[]>;
  /** Waits until nothing is left to do. */
  idle(): Promise<void>;
}

export const code = /[0-9a-z]{5}(?:-[0-9a-z]{5}){3}/;

/** @param mode how Slack reaches the app. */
export async function openTestSlack(
  mode: 'http' | 'socket' = 'http',
  opened?: TestLocker,
): Promise<TestSlack> {
  const t = opened ?? (await openTestLocker());
  const { locker } = t;
  const slack = await SlackServer.open();
  const settings: SlackSettings = {
    botToken: slack.botToken,
    signingSecret: mode === 'http' ? slack.signingSecret : undefined,
    appToken: mode === 'socket' ? slack.appToken : undefined,
    apiUrl: slack.apiUrl,
    fileHosts: [],
  };
  let url = '';
  const bot = startSlack(locker, settings, { publicUrl: () => url, log: locker.log });
  const server = await createServer(locker, {
    host: '127.0.0.1',
    port: 0,
    log: locker.log,
    chatRoutes: bot.routes,
  });
  await server.start();
  url = server.info.uri;
  bot.begin();
  if (mode === 'http') slack.app.url = `${url}/slack/events`;
  let owner: SlackUser | undefined;
  const claimed = async () => {
    if (owner !== undefined) return owner;
    const setupCode = await offerSetupCode(locker.collections, locker.dataDir);
    owner = slack.user('U1', 'olivia');
    if (mode === 'socket') await owner.until(() => slack.socketMode.connections.size > 0, 'a connection');
    await owner.commands(`/coffer claim ${setupCode} olivia`, ({ shown }) => shown.includes('@olivia'));
    return owner;
  };
  return {
    t,
    slack,
    url,
    owner: claimed,
    member: async (handle) => {
      const inviter = await claimed();
      const { shown } = await inviter.commands('/coffer invite', (message) => code.test(message.shown));
      const member = slack.user(`U${slack.profiles.size + 1}`, handle);
      await member.commands(`/coffer join ${code.exec(shown)?.[0]} ${handle}`, (message) =>
        message.shown.includes(`@${handle}`),
      );
      return member;
    },
    files: async (user) => {
      const actor = await findIdentity(locker, user.identity);
      if (actor === undefined) return [];
      const { files } = await listFiles(locker, actor, { limit: 200, sort: 'name' });
      return files.map(({ name }) => name);
    },
    idle: async () => {
      const deadline = performance.now() + 30_000;
      const isOpen = { state: 'open', dueAt: { $lte: locker.now() } } as const;
      while ((await locker.collections.inbox.countDocuments(isOpen)) > 0) {
        if (performance.now() > deadline) throw new Error(`there is work left\n${owner?.transcript}`);
        await new Promise((resolve) => setTimeout(resolve, 15));
      }
    },
    [Symbol.asyncDispose]: async () => {
      await bot.stop();
      await server.stop({ timeout: 1000 });
      await slack[Symbol.asyncDispose]();
      if (opened === undefined) await t[Symbol.asyncDispose]();
    },
  };
}
