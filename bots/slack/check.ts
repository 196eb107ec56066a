import { createHmac, randomUUID } from 'node:crypto';
import { webApi } from '@slack/bolt';
import type { Log } from '../../src/log.ts';
import type { SlackSettings } from '../../src/slack-settings.ts';
import { botScopes } from './scopes.ts';
import { isLocalHost } from './files/file-hosts.ts';
import { slackPath } from './transport/http.ts';
import { quietLogger } from './transport/quiet-logger.ts';

/** One thing that was looked at: what was found, and if it is not well, the way out. */
export interface Finding {
  readonly ok: boolean;
  readonly text: string;
}

const timeoutMs = 10_000;

/**
 * Looks whether a Slack app is set up: its token, its scopes, and the way on which Slack comes. Changes nothing, opens no
 * connection of Socket Mode, and writes to nobody.
 *
 * @param publicUrl how the world reaches the API, without a trailing slash.
 */
export async function checkSlack(settings: SlackSettings, publicUrl: string, log: Log): Promise<Finding[]> {
  const { signingSecret, appToken } = settings;
  const findings = await checkToken(settings, log);
  if (signingSecret !== undefined) {
    findings.push(
      await checkAddress(signingSecret, publicUrl, isLocalHost(new URL(settings.apiUrl).hostname)),
    );
    if (appToken !== undefined)
      findings.push(good('SLACK_APP_TOKEN is set and not used, since SLACK_SIGNING_SECRET is set too.'));
  } else if (appToken !== undefined) findings.push(await checkSocketMode(settings, appToken, log));
  return findings;
}

async function checkToken(settings: SlackSettings, log: Log): Promise<Finding[]> {
  try {
    const answer = await client(settings, settings.botToken, log).auth.test();
    const { team = 'a workspace', user = 'the app' } = answer;
    const granted = answer.response_metadata?.scopes;
    const found = good(`SLACK_BOT_TOKEN works: ${user} in ${team}.`);
    if (answer.bot_id === undefined)
      return [
        bad(
          'SLACK_BOT_TOKEN is not the token of a bot. Use the Bot User OAuth Token of OAuth & Permissions.',
        ),
      ];
    if (granted === undefined)
      return [found, good('Slack did not say which scopes the token has, so they were not compared.')];
    const missing = Object.entries(botScopes).filter(([scope]) => !granted.includes(scope));
    return missing.length === 0
      ? [found, good('Every scope is there.')]
      : [
          found,
          ...missing.map(([scope, use]) =>
            bad(
              `The scope ${scope} is missing (${use}). Add it under OAuth & Permissions, Bot Token Scopes, and install the app again.`,
            ),
          ),
        ];
  } catch (error) {
    return [bad(tokenProblem('SLACK_BOT_TOKEN', error, 'Copy it anew from OAuth & Permissions.'))];
  }
}

/** Asks as Slack does when an address is entered: what comes back shows that it leads here, and that the secret is the same. */
async function checkAddress(
  signingSecret: string,
  publicUrl: string,
  /** Slack itself is on this machine: for tests. */
  slackIsLocal: boolean,
): Promise<Finding> {
  const url = `${publicUrl}${slackPath}`;
  const { protocol, hostname } = new URL(url);
  const challenge = randomUUID();
  const body = JSON.stringify({ type: 'url_verification', challenge });
  const timestamp = String(Math.floor(Date.now() / 1000));
  const signature = createHmac('sha256', signingSecret).update(`v0:${timestamp}:${body}`).digest('hex');
  let response: Response;
  try {
    response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-slack-request-timestamp': timestamp,
        'x-slack-signature': `v0=${signature}`,
      },
      body,
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    });
  } catch {
    return bad(`${url} cannot be reached. Start Coffer, and see that COFFER_PUBLIC_URL leads to it.`);
  }
  if (response.status === 401)
    return bad(
      `${url} refused the signature: the Coffer that runs there has another SLACK_SIGNING_SECRET, or its clock is wrong.`,
    );
  if (response.status !== 200 || (await response.text()) !== challenge)
    return bad(
      `${url} answered with status ${response.status}, and not as Coffer does. See that COFFER_PUBLIC_URL leads to it, and that Coffer was started with SLACK_SIGNING_SECRET.`,
    );
  if (protocol !== 'https:' && !isLocalHost(hostname))
    return bad(`${url} is not https, which Slack asks for. Put a TLS proxy before it.`);
  return isLocalHost(hostname) && !slackIsLocal
    ? bad(
        `${url} answers, but leads to this machine only. Set COFFER_PUBLIC_URL to the https address under which Slack reaches it, or use Socket Mode.`,
      )
    : good(
        `${url} answers. It must be the request URL of events, of interactivity and of the slash command.`,
      );
}

async function checkSocketMode(settings: SlackSettings, appToken: string, log: Log): Promise<Finding> {
  try {
    // It only hands out an address; nobody connects to it.
    await client(settings, appToken, log).apps.connections.open({});
    return good('SLACK_APP_TOKEN works: Socket Mode can be opened.');
  } catch (error) {
    return bad(
      tokenProblem(
        'SLACK_APP_TOKEN',
        error,
        'Make one with the scope connections:write under Basic Information, and switch Socket Mode on.',
      ),
    );
  }
}

const client = ({ apiUrl }: SlackSettings, token: string, log: Log): webApi.WebClient =>
  new webApi.WebClient(token, {
    slackApiUrl: apiUrl,
    logger: quietLogger(log),
    timeout: timeoutMs,
    rejectRateLimitedCalls: true,
    retryConfig: { retries: 0 },
  });

function tokenProblem(name: string, error: unknown, remedy: string): string {
  if (error instanceof webApi.WebAPIPlatformError) {
    const code = /^[a-z0-9_]{1,60}$/.test(error.data.error) ? error.data.error : 'an unreadable answer';
    return `${name} does not work: Slack says ${code}. ${remedy}`;
  }
  if (error instanceof webApi.WebAPIRateLimitedError)
    return `Slack asks to wait for ${error.retryAfter} seconds. Check again then.`;
  return 'Slack cannot be reached. Check the network of this machine, and SLACK_API_URL if it is set.';
}

const good = (text: string): Finding => ({ ok: true, text });
const bad = (text: string): Finding => ({ ok: false, text });
