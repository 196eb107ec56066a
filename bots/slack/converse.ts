import { findIdentity } from '../../src/accounts/identity.ts';
import { RetryLater } from '../../src/chats/inbox.ts';
import { LockerError } from '../../src/errors.ts';
import { type Command, type Context, UsageError } from '../port/command.ts';
import { AttachmentError, type Incoming } from '../port/incoming.ts';
import type { Reply } from '../port/reply.ts';
import { explain } from '../words/errors.ts';
import { contextOf, incomingOf, type Saying } from './context.ts';
import { partsOf } from './admission.ts';
import { refreshHomeLater } from './home.ts';
import { namePeople } from './name-people.ts';
import { slackFacts, type Slack } from './slack.ts';
import { speak } from './speak.ts';
import { SlackRefusal, SlackUnavailable } from './transport/web.ts';
import type { Outlet } from './ways/outlet.ts';

/** A saying, and how it is answered. */
export interface Turn extends Saying {
  readonly outlet: Outlet;
  /** True if the first answer replaces the message that was pressed. */
  readonly edits?: boolean;
  readonly signal: AbortSignal;
  /** How often it was attempted before. */
  readonly attempts: number;
}

/** How often something is tried again before the person is told that it failed. */
const quietAttempts = 3;
/** Commands that change nothing that the App Home shows. */
const looking = new Set([
  'help',
  'start',
  'list',
  'find',
  'show',
  'versions',
  'prove',
  'usage',
  'activity',
  'links',
  'sessions',
]);
const passing = new Set(['busy', 'cancelled', 'database_unavailable', 'internal']);

/**
 * Answers a person.
 *
 * @param choose finds what was meant.
 * @throws RetryLater and other errors for what is to be tried again.
 */
export async function converse(
  slack: Slack,
  turn: Turn,
  choose: (incoming: Incoming) => Command | Promise<Command>,
): Promise<void> {
  const { locker } = slack;
  const { identity, outlet, signal } = turn;
  const actor = await findIdentity(locker, identity.id);
  const incoming = incomingOf(turn, actor);
  const context = contextOf(slack, identity.id, signal);
  const { timeZone } = await context.memory.settings();
  const audience = {
    identity: identity.id,
    actor,
    reader: { now: locker.now(), timeZone },
    outlet,
    edits: turn.edits ?? false,
    signal,
  };
  const command = await choose(incoming);
  await speak(slack, audience, explained(slack, command, context, incoming, turn));
  const user = partsOf(identity.id)?.user;
  if (user !== undefined && !looking.has(command.name)) await refreshHomeLater(slack, { identity, user });
}

/** What a command answers, and a sentence if it fails for good. */
async function* explained(
  slack: Slack,
  command: Command,
  context: Context,
  incoming: Incoming,
  { attempts, signal, typed }: Turn,
): AsyncGenerator<Reply, void, undefined> {
  try {
    yield* command.run(context, incoming);
  } catch (error) {
    if (signal.aborted) throw new RetryLater(1000, { cause: error });
    const isKnown =
      error instanceof UsageError ||
      error instanceof AttachmentError ||
      (error instanceof LockerError && !passing.has(error.code));
    const isSlack =
      error instanceof SlackUnavailable || error instanceof SlackRefusal || error instanceof RetryLater;
    if (!isKnown && (isSlack || attempts < quietAttempts)) throw error;
    if (!isKnown) slack.locker.log.error({ err: error, command: command.name }, 'a command failed');
    yield { kind: 'note', text: await namePeople(slack, typed.people, explain(error, slackFacts, command)) };
  }
}
