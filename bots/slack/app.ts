import { App, type AuthorizeResult, type Receiver } from '@slack/bolt';
import type { Log } from '../../src/log.ts';
import { onCommand } from './handlers/command.ts';
import { onHomeOpened } from './handlers/home-opened.ts';
import { onMessage } from './handlers/message.ts';
import { FormNotOpened, formOf, openForm } from './handlers/open-form.ts';
import { onPress } from './handlers/press.ts';
import { onSaveMessage } from './handlers/save-message.ts';
import { suggestFiles } from './handlers/suggest.ts';
import { onView } from './handlers/view.ts';
import type { Work } from './handlers/work.ts';
import type {
  AppRemoved,
  CommandBody,
  EventBody,
  PressBody,
  ShortcutBody,
  SlackBody,
  SuggestionBody,
  ViewBody,
} from './payloads.ts';
import { personOf } from './person.ts';
import { quietLogger } from './transport/quiet-logger.ts';
import type { Slack } from './slack.ts';

/** Name of the property with which an item of the inbox travels through Bolt. */
const workKey = 'cofferWork';

/** What Bolt does for us: it knows what came, and which listener it is for. Receiving and acknowledging is ours. */
export interface Listeners {
  /** Works on an item of the inbox. @throws what the listener throws. */
  work(body: SlackBody, work: Work): Promise<void>;
  /** Answers what cannot wait. @returns the body of the answer, if there is one. */
  answerNow(body: SlackBody): Promise<object | undefined>;
}

/** Sets up Bolt with every listener. */
export function createListeners(slack: Slack, log: Log): Listeners {
  const app = new App({
    receiver: idle,
    convoStore: false,
    logger: quietLogger(log),
    authorize: async (): Promise<AuthorizeResult> => {
      const { team, user, bot } = await slack.workspace.self();
      return {
        botToken: slack.config.botToken,
        teamId: team,
        ...(user === undefined ? {} : { botUserId: user }),
        ...(bot === undefined ? {} : { botId: bot }),
      };
    },
  });
  app.error(async (error) => {
    throw error;
  });
  listen(app, slack, log);
  return {
    work: async (body, work) => {
      await process(app, body, { [workKey]: work });
    },
    answerNow: (body) => process(app, body, {}),
  };
}

function listen(app: App, slack: Slack, log: Log): void {
  app.event('message', async (args) => onMessage(slack, body<EventBody>(args), work(args.context)));
  app.event('app_home_opened', async (args) =>
    onHomeOpened(slack, body<EventBody>(args), work(args.context)),
  );
  app.event('app_uninstalled', async () => {
    log.error('the Slack app was uninstalled: install it again and set the new SLACK_BOT_TOKEN');
  });
  app.event('tokens_revoked', async (args) => {
    const { tokens } = body<EventBody>(args).event as AppRemoved;
    if ((tokens?.bot ?? []).length === 0) return;
    log.error('Slack revoked tokens of the app: install it again and set the new SLACK_BOT_TOKEN');
  });
  app.command(/^\//, async (args) => {
    if (formOf(body<CommandBody>(args)) === undefined)
      await onCommand(slack, body<CommandBody>(args), work(args.context));
    else await args.ack(await instead(slack, body<CommandBody>(args)));
  });
  app.shortcut({ type: 'shortcut' }, async (args) => {
    await instead(slack, body<ShortcutBody>(args));
    await args.ack();
  });
  app.shortcut({ type: 'message_action' }, async (args) =>
    onSaveMessage(slack, body<ShortcutBody>(args), work(args.context)),
  );
  app.action(/^/, async (args) => {
    if (args.context[workKey] !== undefined) await onPress(slack, body<PressBody>(args), work(args.context));
    else if ((await instead(slack, body<PressBody>(args))) !== undefined) throw new FormNotOpened();
  });
  app.options(/^/, async (args) =>
    args.ack({ options: await suggestFiles(slack, body<SuggestionBody>(args)) }),
  );
  app.view(/^/, async (args) => onView(slack, body<ViewBody>(args), work(args.context)));
}

/** Bolt's types know more of every payload than may be relied on: what is read is in `payloads.ts`. */
const body = <T>(args: { readonly body: unknown }) => args.body as T;

const work = (context: Record<string, unknown>) => context[workKey] as Work;

/** Opens the form that was asked for. @returns what is said instead, if it could not be opened. */
async function instead(slack: Slack, asked: CommandBody | ShortcutBody | PressBody) {
  const view = formOf(asked);
  const person = personOf(asked);
  if (view === undefined || person === undefined) return undefined;
  const text = await openForm(slack, view, person, asked.trigger_id);
  return text === undefined || text === '' ? undefined : { response_type: 'ephemeral' as const, text };
}

/** Sends something through Bolt. @returns what a listener acknowledged it with. */
async function process(
  app: App,
  sent: SlackBody,
  customProperties: Record<string, unknown>,
): Promise<object | undefined> {
  let answer: object | undefined;
  try {
    await app.processEvent({
      body: sent,
      ack: async (response?: unknown) => {
        if (typeof response === 'object' && response !== null) answer = response;
      },
      customProperties,
    });
  } catch (error) {
    throw original(error);
  }
  return answer;
}

/** Bolt wraps what a listener throws. */
function original(error: unknown): unknown {
  const inner = error instanceof Error && 'original' in error ? error.original : undefined;
  return inner instanceof Error ? original(inner) : error;
}

/** The transports are ours, and begin before Bolt: it receives nothing by itself. */
const idle: Receiver = { init: () => {}, start: async () => {}, stop: async () => {} };
