import { findIdentity } from '../../src/accounts/identity.ts';
import { RetryLater } from '../../src/chats/inbox.ts';
import { LockerError } from '../../src/errors.ts';
import { type Command, type Context, UsageError } from '../port/command.ts';
import { AttachmentError, type Incoming } from '../port/incoming.ts';
import type { Reply } from '../port/reply.ts';
import { explain } from '../words/errors.ts';
import { contextOf, incomingOf, type Saying } from './context.ts';
import { speak } from './speak.ts';
import { chatOf, type Telegram } from './telegram.ts';
import { TelegramRefusal, TelegramUnavailable } from './transport/failures.ts';

/** A saying, and how it is answered. */
export interface Turn extends Saying {
  /** The message that the first answer replaces. */
  readonly edits?: number | undefined;
  /** The message that is answered, where it would not be clear otherwise. */
  readonly answers?: number | undefined;
  readonly signal: AbortSignal;
  /** How often it was attempted before. */
  readonly attempts: number;
  readonly earlier?: number | undefined;
  readonly remember?: (message: number) => Promise<void>;
}

/** How often something is tried again before the person is told that it failed. */
const quietAttempts = 3;
const passing = new Set(['busy', 'cancelled', 'database_unavailable', 'internal']);

/**
 * Answers a person.
 *
 * @param choose finds what was meant.
 * @throws RetryLater and other errors for what is to be tried again.
 */
export async function converse(
  telegram: Telegram,
  turn: Turn,
  choose: (incoming: Incoming) => Command | Promise<Command>,
): Promise<void> {
  const { identity, signal } = turn;
  const actor = await findIdentity(telegram.locker, identity.id);
  const incoming = incomingOf(turn, actor);
  const context = contextOf(telegram, identity.id, signal);
  const { timeZone } = await context.memory.settings();
  const command = await choose(incoming);
  await speak(
    telegram,
    {
      identity: identity.id,
      chat: chatOf(identity.id),
      actor,
      reader: { now: telegram.locker.now(), timeZone },
      edits: turn.edits,
      answers: turn.answers,
      signal,
      earlier: turn.earlier,
      remember: turn.remember,
    },
    explained(telegram, command, context, incoming, turn),
  );
}

/** What a command answers, and a sentence if it fails for good. */
export async function* explained(
  { locker, facts }: Telegram,
  command: Command,
  context: Context,
  incoming: Incoming,
  { attempts, signal }: Pick<Turn, 'attempts' | 'signal'>,
): AsyncGenerator<Reply, void, undefined> {
  try {
    yield* command.run(context, incoming);
  } catch (error) {
    if (signal.aborted) throw new RetryLater(1000, { cause: error });
    const isKnown =
      error instanceof UsageError ||
      error instanceof AttachmentError ||
      (error instanceof LockerError && !passing.has(error.code));
    const isTelegram =
      error instanceof TelegramUnavailable || error instanceof TelegramRefusal || error instanceof RetryLater;
    if (!isKnown && (isTelegram || attempts < quietAttempts)) throw error;
    if (!isKnown) locker.log.error({ err: error, command: command.name }, 'a command failed');
    yield { kind: 'note', text: explain(error, facts, command) };
  }
}
