import { isLoopback } from '../../../src/limits/address.ts';

/**
 * Where files may be fetched from and sent to: Slack's own hosts, and the server that `SLACK_API_URL` names if that is on
 * this machine. The bot token and plaintext go nowhere else, whatever an answer of the API says.
 */
export class FileHosts {
  readonly #localOrigin: string | undefined;

  constructor(apiUrl: string) {
    const url = new URL(apiUrl);
    this.#localOrigin = isLocalHost(url.hostname) ? url.origin : undefined;
  }

  /** @returns the address if it is one of Slack's. */
  allow(text: string | undefined): URL | undefined {
    if (text === undefined || !URL.canParse(text)) return undefined;
    const url = new URL(text);
    if (url.username !== '' || url.password !== '') return undefined;
    if (url.origin === this.#localOrigin) return url;
    const isSlack =
      url.protocol === 'https:' && url.port === '' && /^(?:[a-z0-9-]+\.)+slack\.com$/.test(url.hostname);
    return isSlack ? url : undefined;
  }
}

/** True for this machine itself, as it stands in an address. */
export const isLocalHost = (hostname: string): boolean =>
  hostname === 'localhost' || isLoopback(hostname.replace(/^\[|\]$/g, ''));
