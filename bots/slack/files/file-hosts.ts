import { isIP } from 'node:net';
import { isLoopback } from '../../../src/limits/address.ts';
import type { SlackSettings } from '../../../src/slack-settings.ts';

/**
 * Where files may be fetched from and sent to: Slack's own hosts, the server that `SLACK_API_URL` names if that is on this
 * machine, and what `SLACK_FILE_HOSTS` names. The bot token and plaintext go nowhere else, whatever an answer of the API says.
 */
export class FileHosts {
  readonly #domain: string;
  readonly #localPort: string | undefined;
  readonly #origins: ReadonlySet<string>;

  constructor({ apiUrl, fileHosts }: Pick<SlackSettings, 'apiUrl' | 'fileHosts'>) {
    const { hostname, port } = new URL(apiUrl);
    this.#domain = /(?:^|\.)slack-gov\.com$/.test(hostname) ? 'slack-gov.com' : 'slack.com';
    this.#localPort = isLocalHost(hostname) ? port : undefined;
    this.#origins = new Set(fileHosts);
  }

  /** @returns the address if it is one of Slack's. */
  allow(text: string | undefined): URL | undefined {
    if (text === undefined || !URL.canParse(text)) return undefined;
    const url = new URL(text);
    if (url.username !== '' || url.password !== '') return undefined;
    return this.#isSlack(url) || this.#isLocal(url) || this.#origins.has(url.origin) ? url : undefined;
  }

  #isSlack({ protocol, port, hostname }: URL): boolean {
    return protocol === 'https:' && port === '' && hostname.endsWith(`.${this.#domain}`);
  }

  /** The same server, whatever this machine is called. */
  #isLocal({ protocol, port, hostname }: URL): boolean {
    return protocol === 'http:' && port === this.#localPort && isLocalHost(hostname);
  }
}

/** True for this machine itself, as it stands in an address. */
export function isLocalHost(hostname: string): boolean {
  const address = hostname.replace(/^\[|\]$/g, '');
  return hostname === 'localhost' || (isIP(address) !== 0 && isLoopback(address));
}

/** Where an address leads, for the log: the rest of it may be a secret. */
export const originOf = (text: string | undefined): string =>
  text !== undefined && URL.canParse(text) ? new URL(text).origin : 'nowhere';
