import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkSlack } from '../../../bots/slack/check.ts';
import { botScopes } from '../../../bots/slack/scopes.ts';
import { slackPath } from '../../../bots/slack/transport/http.ts';
import { slashCommand } from '../../../bots/slack/slack.ts';
import { readConfig } from '../../../src/config.ts';
import { createLog } from '../../../src/log.ts';

const manifest = readFileSync(join(import.meta.dirname, '../../../bots/slack/manifest.yaml'), 'utf8');
const secret = '8f742231b10e8888abcd99yyyzzz85a5';
const log = createLog('silent');

describe('the manifest', () => {
  it('asks for the scopes that are checked, and no others', () => {
    const scopes = /\n {4}bot:\n((?: {6}- \S+\n)+)/.exec(manifest)?.[1] ?? '';
    expect([...scopes.matchAll(/- (\S+)/g)].map(([, scope]) => scope)).toEqual(Object.keys(botScopes));
  });

  it('names the command, and one address for everything', () => {
    expect(manifest).toContain(`command: ${slashCommand}\n`);
    const addresses = [...manifest.matchAll(/^\s+\w*url: (\S+)$/gm)].map(([, url]) => url);
    expect(addresses).toHaveLength(4);
    expect(new Set(addresses)).toEqual(new Set([`https://coffer.example.org${slackPath}`]));
  });

  it('keeps within the limits of names and descriptions', () => {
    for (const [, name] of manifest.matchAll(/- name: (.*)/g)) expect(name?.length).toBeLessThanOrEqual(24);
    for (const [, hint] of manifest.matchAll(/usage_hint: (.*)/g))
      expect(hint?.length).toBeLessThanOrEqual(1000);
  });
});

/** What the environment makes of it, or what is wrong. */
const read = (env: Readonly<Record<string, string | undefined>>) => {
  try {
    return readConfig(env, '/tmp').slack;
  } catch (error) {
    return (error as { problems: string[] }).problems;
  }
};

describe('the settings', () => {
  it('make no app without a bot token', () => {
    expect(read({})).toBeUndefined();
  });

  it('take HTTP and Socket Mode, with the base of the API ending in a slash', () => {
    expect(read({ SLACK_BOT_TOKEN: 'xoxb-1', SLACK_SIGNING_SECRET: secret })).toEqual({
      botToken: 'xoxb-1',
      signingSecret: secret,
      appToken: undefined,
      apiUrl: 'https://slack.com/api/',
      fileHosts: [],
    });
    expect(
      read({ SLACK_BOT_TOKEN: 'xoxb-1', SLACK_APP_TOKEN: 'xapp-1', SLACK_API_URL: 'http://127.0.0.1:9/api' }),
    ).toMatchObject({ appToken: 'xapp-1', apiUrl: 'http://127.0.0.1:9/api/' });
    expect(
      read({
        SLACK_BOT_TOKEN: 'xoxb-1',
        SLACK_APP_TOKEN: 'xapp-1',
        SLACK_FILE_HOSTS: 'https://files.example, http://127.0.0.1:9/',
      }),
    ).toMatchObject({ fileHosts: ['https://files.example', 'http://127.0.0.1:9'] });
  });

  it.each([
    [{ SLACK_SIGNING_SECRET: secret }, 'SLACK_BOT_TOKEN is not'],
    [{ SLACK_BOT_TOKEN: 'xoxb-1' }, 'neither SLACK_SIGNING_SECRET'],
    [{ SLACK_BOT_TOKEN: 'xapp-1', SLACK_SIGNING_SECRET: secret }, 'SLACK_BOT_TOKEN is another kind'],
    [{ SLACK_BOT_TOKEN: 'xoxb-1', SLACK_APP_TOKEN: 'xoxb-1' }, 'SLACK_APP_TOKEN is another kind'],
    [{ SLACK_BOT_TOKEN: 'xoxb-1', SLACK_SIGNING_SECRET: 'short' }, 'SLACK_SIGNING_SECRET is too short'],
    [
      { SLACK_BOT_TOKEN: 'xoxb-1', SLACK_SIGNING_SECRET: secret, SLACK_API_URL: 'http://slack.example/api' },
      'SLACK_API_URL is not an https',
    ],
    ...[
      'http://files.example',
      'https://files.example/path',
      'files.example',
      'http://127.evil.example:9',
    ].map((hosts): [Record<string, string>, string] => [
      { SLACK_BOT_TOKEN: 'xoxb-1', SLACK_SIGNING_SECRET: secret, SLACK_FILE_HOSTS: hosts },
      'SLACK_FILE_HOSTS is no list',
    ]),
  ])('say what is wrong and quote no secret: %o', (env, problem) => {
    const problems = read(env);
    expect(problems).toEqual([expect.stringContaining(problem)]);
    expect(JSON.stringify(problems)).not.toContain(secret);
  });
});

/** A Web API that knows one bot and one app token. */
async function withApi(scopes: string, work: (apiUrl: string, port: number) => Promise<void>) {
  const server = createServer((request, response) => {
    const token = request.headers.authorization ?? '';
    const known =
      request.url === '/api/auth.test' ? token === 'Bearer xoxb-good' : token === 'Bearer xapp-good';
    response.setHeader('content-type', 'application/json');
    response.setHeader('x-oauth-scopes', scopes);
    response.end(
      JSON.stringify(
        known
          ? { ok: true, team: 'Team', user: 'coffer', bot_id: 'B1', url: 'wss://none.example' }
          : { ok: false, error: 'invalid_auth' },
      ),
    );
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  try {
    await work(`http://127.0.0.1:${port}/api/`, port);
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

describe('slack check', () => {
  const all = Object.keys(botScopes).join(',');

  it('finds nothing wrong with Socket Mode that works', () =>
    withApi(all, async (apiUrl) => {
      const settings = {
        botToken: 'xoxb-good',
        appToken: 'xapp-good',
        signingSecret: undefined,
        apiUrl,
        fileHosts: [],
      };
      const findings = await checkSlack(settings, 'http://127.0.0.1:1', log);
      expect(findings.filter(({ ok }) => !ok)).toEqual([]);
      expect(findings).toHaveLength(3);
    }));

  it('names each scope that is missing, and the remedy', () =>
    withApi('commands,chat:write,im:history,im:write,users:read', async (apiUrl) => {
      const settings = {
        botToken: 'xoxb-good',
        appToken: 'xapp-good',
        signingSecret: undefined,
        apiUrl,
        fileHosts: [],
      };
      const problems = (await checkSlack(settings, 'http://127.0.0.1:1', log)).filter(({ ok }) => !ok);
      expect(problems.map(({ text }) => text)).toEqual([
        expect.stringMatching(/files:read is missing.*install the app again/),
        expect.stringMatching(/files:write is missing/),
      ]);
    }));

  it('names a token that does not work, and never its value', () =>
    withApi(all, async (apiUrl) => {
      const settings = {
        botToken: 'xoxb-bad',
        appToken: 'xapp-bad',
        signingSecret: undefined,
        apiUrl,
        fileHosts: [],
      };
      const texts = (await checkSlack(settings, 'http://127.0.0.1:1', log))
        .map(({ text }) => text)
        .join('\n');
      expect(texts).toContain('SLACK_BOT_TOKEN does not work: Slack says invalid_auth');
      expect(texts).toContain('SLACK_APP_TOKEN does not work');
      expect(texts).not.toMatch(/xoxb-bad|xapp-bad/);
    }));

  it('says that an address leads nowhere, or to something else', () =>
    withApi(all, async (apiUrl, port) => {
      const settings = {
        botToken: 'xoxb-good',
        appToken: undefined,
        signingSecret: secret,
        apiUrl,
        fileHosts: [],
      };
      const found = async (publicUrl: string) =>
        (await checkSlack(settings, publicUrl, log)).filter(({ ok }) => !ok).map(({ text }) => text);
      expect(await found('http://127.0.0.1:1')).toEqual([expect.stringContaining('cannot be reached')]);
      expect(await found(`http://127.0.0.1:${port}`)).toEqual([
        expect.stringContaining('not as Coffer does'),
      ]);
    }));
});
