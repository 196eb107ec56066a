import { type InboxItem, RetryLater } from '../../src/chats/inbox.ts';
import type { Locker } from '../../src/locker.ts';
import type { Log } from '../../src/log.ts';
import type { Chat } from '../port/chat.ts';
import type { ChatRoute } from '../port/route.ts';
import { createListeners, type Listeners } from './app.ts';
import type { SlackSettings } from '../../src/slack-settings.ts';
import { FileHosts } from './files/file-hosts.ts';
import { type HomeItem, publishHomeOf } from './home.ts';
import { type LateItem, sendLate } from './late.ts';
import {
  type ArrivalItem,
  type NoticeItem,
  onArrival,
  slackNotifier,
  tellArrival,
  tellNotice,
} from './notices.ts';
import type { SlackBody } from './payloads.ts';
import { slackChat } from './chat.ts';
import type { Slack } from './slack.ts';
import { HttpReceiver } from './transport/http.ts';
import { Intake } from './transport/intake.ts';
import { SocketReceiver } from './transport/socket.ts';
import { SlackRefusal, SlackUnavailable, SlackWeb } from './transport/web.ts';
import { Workspace } from './workspace.ts';

/** The Slack front end. */
export interface SlackBot {
  /** To be mounted before the server listens; none with Socket Mode. */
  readonly routes: readonly ChatRoute[];
  readonly chat: Chat;
  /** Begins to receive and to work, once the server listens. */
  begin(): void;
  /** Lets what runs end, bounded. */
  stop(): Promise<void>;
}

export interface SlackOptions {
  /** How the world reaches the API, without a trailing slash; asked for when it is needed. */
  readonly publicUrl: () => string;
  readonly log: Log;
}

/** What the inbox holds for Slack. */
type Payload =
  | { readonly kind: 'slack'; readonly body: SlackBody }
  | { readonly kind: 'delete-file'; readonly file: string }
  | NoticeItem
  | ArrivalItem
  | HomeItem
  | LateItem;

/** Puts the Slack front end together. With a signing secret Slack comes over HTTP; otherwise by Socket Mode. */
export function startSlack(
  locker: Locker,
  config: SlackSettings,
  { publicUrl, log }: SlackOptions,
): SlackBot {
  const web = new SlackWeb(config, log);
  const slack: Slack = {
    locker,
    config,
    web,
    workspace: new Workspace(web, log, locker.now),
    files: new FileHosts(config),
    publicUrl,
  };
  const listeners = createListeners(slack, log);
  const intake = new Intake(locker.inbox, log, (body) => listeners.answerNow(body));
  const http =
    config.signingSecret === undefined
      ? undefined
      : new HttpReceiver(config.signingSecret, intake, log, () => locker.now().getTime());
  const socket =
    http === undefined && config.appToken !== undefined
      ? new SocketReceiver(config.appToken, config.apiUrl, intake, log)
      : undefined;
  const stopped = new AbortController();
  const chat = slackChat(slack, stopped.signal);
  const endings: (() => void | Promise<void>)[] = [];

  return {
    routes: http?.routes ?? [],
    chat,
    begin: () => {
      const notifier = slackNotifier(locker);
      locker.notifiers.add(notifier);
      endings.push(
        () => void locker.notifiers.delete(notifier),
        locker.uploadLinkEvents.subscribe((use) => onArrival(locker, use)),
      );
      const worker = locker.inbox.work('slack', (item, signal) =>
        handle(slack, chat, listeners, item, signal),
      );
      endings.push(() => worker.stop());
      // So that the first press does not wait for it; what is wrong shows in the log, and with `slack check`.
      slack.workspace.self().catch((error: unknown) => {
        log.error(
          { reason: error instanceof SlackRefusal ? error.code : 'unreachable' },
          'Slack does not answer: see node . slack check',
        );
      });
      socket?.start();
    },
    stop: async () => {
      await socket?.stop();
      for (const end of endings.splice(0)) await end();
      stopped.abort();
    },
  };
}

/** Works on one item. @throws RetryLater for what may go better later. */
async function handle(
  slack: Slack,
  chat: Chat,
  listeners: Listeners,
  item: InboxItem,
  signal: AbortSignal,
): Promise<void> {
  const payload = item.payload as Payload;
  try {
    switch (payload.kind) {
      case 'slack':
        return await listeners.work(payload.body, { item, signal });
      case 'notice':
        return await tellNotice(slack, chat, payload, signal);
      case 'arrival':
        return await tellArrival(slack, chat, payload);
      case 'home':
        return await publishHomeOf(slack, payload, signal);
      case 'late':
        return await sendLate(slack, payload, signal);
      case 'delete-file':
        await slack.web.call('files.delete', { file: payload.file }, { signal });
    }
  } catch (error) {
    if (error instanceof SlackUnavailable) throw new RetryLater(error.retryAfterMs, { cause: error });
    if (signal.aborted && !(error instanceof RetryLater)) throw new RetryLater(1000, { cause: error });
    // Asked again, Slack would say the same.
    if (!(error instanceof SlackRefusal)) throw error;
    // What was to be deleted is gone already.
    if (payload.kind === 'delete-file' && /^file_(?:not_found|deleted)$/.test(error.code)) return;
    slack.locker.log.warn(
      { item: payload.kind, method: error.method, reason: error.code },
      'Slack refused an answer',
    );
  }
}
