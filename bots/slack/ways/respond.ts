import { setTimeout } from 'node:timers/promises';
import { isLocalHost } from '../files/file-hosts.ts';
import type { Message } from '../render/message.ts';
import { SlackUnavailable } from '../transport/web.ts';

/** Bounds of Slack's: how long and how often a response URL works. One use is kept back. */
const lifeMs = 29 * 60 * 1000;
const maxUses = 4;
const timeoutMs = 15_000;
const retryDelaysMs = [500, 2000];
const longestWaitMs = 20_000;

/**
 * The address that came with a command or a press: answers there are seen by that person only. It works for half an hour
 * and five times.
 */
export class ResponseUrl {
  readonly #url: string;
  readonly #until: number;
  #uses = 0;

  /** @param receivedAt when it came. */
  constructor(url: string, receivedAt: Date) {
    this.#url = url;
    this.#until = receivedAt.getTime() + lifeMs;
  }

  /**
   * Answers.
   *
   * @param replace whether it replaces the message that was pressed.
   * @returns false if the address does not work any more.
   * @throws SlackUnavailable.
   */
  async send({ text, blocks }: Message, replace: boolean, signal: AbortSignal): Promise<boolean> {
    if (Date.now() > this.#until || this.#uses >= maxUses || !isAllowed(this.#url)) return false;
    this.#uses++;
    const body = JSON.stringify({
      response_type: 'ephemeral',
      replace_original: replace,
      text,
      blocks,
      unfurl_links: false,
      unfurl_media: false,
    });
    for (let attempt = 0; ; attempt++) {
      const delayMs = retryDelaysMs[attempt];
      try {
        const response = await fetch(this.#url, {
          method: 'POST',
          headers: { 'content-type': 'application/json; charset=utf-8' },
          body,
          redirect: 'manual',
          signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
        });
        await response.body?.cancel().catch(() => {});
        if (response.ok) return true;
        if (response.status !== 429 && response.status < 500) return false;
        if (delayMs === undefined) return false;
        const asked = Number(response.headers.get('retry-after') ?? '0') * 1000;
        if (asked > longestWaitMs) return false;
        await setTimeout(Math.max(delayMs, asked || 0), undefined, { signal });
      } catch (error) {
        if (signal.aborted) throw error;
        if (delayMs === undefined) throw new SlackUnavailable('response_url', 5000, { cause: error });
        await setTimeout(delayMs, undefined, { signal });
      }
    }
  }
}

const isAllowed = (text: string): boolean => {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  return protocol === 'https:' || (protocol === 'http:' && isLocalHost(hostname));
};
