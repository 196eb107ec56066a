import type { ServerResponse } from 'node:http';
import { newId } from './app-link.ts';
import type { Json, SlackMessage } from './message.ts';
import { Refusal } from './refusal.ts';
import type { SlackServer } from './slack-api.ts';
import { content } from './web-api.ts';

interface Issued {
  readonly user: string;
  readonly channel: string;
  /** The message that was pressed, if one was. */
  readonly original: SlackMessage | undefined;
  readonly until: number;
  uses: number;
}

const lifeMs = 30 * 60 * 1000;
const maxUses = 5;

/** The addresses that come with commands and presses: good for five answers within half an hour. */
export class ResponseUrls {
  readonly #slack: SlackServer;
  readonly #issued = new Map<string, Issued>();

  constructor(slack: SlackServer) {
    this.#slack = slack;
  }

  issue(user: string, channel: string, original?: SlackMessage): string {
    const path = `/commands/T0TEAM/${newId('')}`;
    this.#issued.set(path, { user, channel, original, until: Date.now() + lifeMs, uses: 0 });
    return this.#slack.root + path;
  }

  /** As half an hour does. */
  expire(): void {
    this.#issued.clear();
  }

  take(path: string, args: Json, response: ServerResponse): void {
    const issued = this.#issued.get(path);
    if (issued === undefined || issued.until < Date.now())
      return void response.writeHead(404).end('{"ok":false,"error":"expired_url"}');
    if (issued.uses++ >= maxUses) return void response.writeHead(404).end('{"ok":false,"error":"used_url"}');
    try {
      this.#post(issued, args);
      response.writeHead(200).end('ok');
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.#slack.refused.push(`response_url: ${error.message}`);
      response.writeHead(400).end(error.code);
    }
  }

  #post({ user, channel, original }: Issued, args: Json): void {
    const { replace_original = false, delete_original = false, response_type = 'ephemeral' } = args;
    if (delete_original && original !== undefined) return this.#slack.remove(original);
    const { text, blocks } = content(args);
    if (replace_original && original !== undefined) return this.#slack.change(original, { text, blocks });
    const onlyFor = response_type === 'in_channel' ? undefined : user;
    this.#slack.add(
      { channel, author: this.#slack.botUser, onlyFor, threadTs: args['thread_ts'] },
      text,
      blocks,
    );
  }
}
