/** How a Slack app is reached, as the environment says it. */
export interface SlackSettings {
  /** `xoxb-…`: what the app acts with. */
  readonly botToken: string;
  /** Verifies what Slack posts. If it is there, Slack comes over HTTP, and the app token is not used. */
  readonly signingSecret: string | undefined;
  /** `xapp-…`: opens Socket Mode where there is no signing secret. */
  readonly appToken: string | undefined;
  /** Base of every Web API call, with a slash at its end. */
  readonly apiUrl: string;
  /** Origins of file hosts beside Slack's own, such as `https://files.proxy.example`. */
  readonly fileHosts: readonly string[];
}

const defaultApiUrl = 'https://slack.com/api/';
/** Slack's have 32; shorter ones are half of a paste. */
const shortestSecret = 16;

/**
 * Reads the settings of the Slack app.
 *
 * @param value reads a variable; undefined if it is empty.
 * @param problems gets what is wrong; secrets are named, never quoted.
 * @returns undefined if there is no Slack app.
 */
export function readSlackSettings(
  value: (name: string) => string | undefined,
  problems: string[],
): SlackSettings | undefined {
  const botToken = value('SLACK_BOT_TOKEN');
  const signingSecret = value('SLACK_SIGNING_SECRET');
  const appToken = value('SLACK_APP_TOKEN');
  const apiUrl = readApiUrl(value('SLACK_API_URL'), problems);
  const fileHosts = readFileHosts(value('SLACK_FILE_HOSTS'), problems);
  if (botToken === undefined) {
    for (const [name, given] of [
      ['SLACK_SIGNING_SECRET', signingSecret],
      ['SLACK_APP_TOKEN', appToken],
    ] as const)
      if (given !== undefined)
        problems.push(
          `${name} is set, but SLACK_BOT_TOKEN is not. Copy it from OAuth & Permissions of the app.`,
        );
    return undefined;
  }
  if (/^(?:xapp|xoxp|xoxe\.xoxp)-/.test(botToken))
    problems.push('SLACK_BOT_TOKEN is another kind of token. Use the one that begins with xoxb-.');
  if (appToken !== undefined && appToken.startsWith('xox'))
    problems.push('SLACK_APP_TOKEN is another kind of token. Use the app-level one that begins with xapp-.');
  if (signingSecret === undefined && appToken === undefined)
    problems.push(
      'SLACK_BOT_TOKEN is set, but neither SLACK_SIGNING_SECRET (for HTTP) nor SLACK_APP_TOKEN (for Socket Mode). Set one of them.',
    );
  if (signingSecret !== undefined && signingSecret.length < shortestSecret)
    problems.push('SLACK_SIGNING_SECRET is too short to be one. Copy it from Basic Information of the app.');
  return { botToken, signingSecret, appToken, apiUrl, fileHosts };
}

function readApiUrl(text: string | undefined, problems: string[]): string {
  if (text === undefined) return defaultApiUrl;
  const url = readSafe(text);
  if (url !== undefined) return url.href.endsWith('/') ? url.href : `${url.href}/`;
  problems.push(
    'SLACK_API_URL is not an https address, such as https://slack.com/api/, nor an http address of this machine.',
  );
  return defaultApiUrl;
}

function readFileHosts(text: string | undefined, problems: string[]): string[] {
  const words = (text ?? '').split(/[\s,]+/).filter((word) => word !== '');
  return words.flatMap((word) => {
    const url = readSafe(word);
    if (url !== undefined && url.pathname === '/') return [url.origin];
    problems.push(
      'SLACK_FILE_HOSTS is no list of https addresses without a path, such as https://files.example, or of http addresses of this machine.',
    );
    return [];
  });
}

/** An address that a token may be sent to: https, or this machine itself. */
function readSafe(text: string): URL | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isLocal = url !== undefined && /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(url.hostname);
  const isSafe = url?.protocol === 'https:' || (url?.protocol === 'http:' && isLocal);
  return isSafe && url?.search === '' && url.hash === '' && url.username === '' ? url : undefined;
}
