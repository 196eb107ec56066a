import { Phrase } from '../arguments/phrase.ts';
import type { Input } from '../port/action.ts';
import type { Command, Context, MemberIncoming } from '../port/command.ts';
import type { Incoming } from '../port/incoming.ts';
import type { Note, Reply } from '../port/reply.ts';
import type { Text } from '../port/text.ts';
import { accountWords } from '../words/accounts.ts';
import type { Manual } from '../words/manual.ts';
import type { Reader } from '../words/time.ts';
import { Instead } from './instead.ts';

type Awaitable<T> = T | Promise<T>;

interface Definition<Asker extends Incoming> extends Manual {
  readonly name: string;
  readonly who?: Command['who'];
  readonly listed?: boolean;
  /** Reads typed words; what a button or a prompt carried stays beside it. */
  readonly read?: (phrase: Phrase, context: Context, incoming: Asker, input: Input) => Awaitable<Input>;
  readonly run: (context: Context, incoming: Asker, input: Input) => AsyncIterable<Reply>;
}

/** A command that strangers may use too. */
export function openCommand({ read, run, ...about }: Definition<Incoming>): Command {
  return {
    who: 'stranger',
    listed: true,
    ...about,
    run: (context, incoming) => answering(context, incoming, read, run),
  };
}

/** A command for people who have an account; a stranger is told how to get one, and nothing else. */
export function memberCommand({ read, run, ...about }: Definition<MemberIncoming>): Command {
  return {
    who: 'member',
    listed: true,
    ...about,
    async *run(context, incoming) {
      if (isMember(incoming)) yield* answering(context, incoming, read, run);
      else yield note(accountWords.stranger(context.chat));
    },
  };
}

/** A manual for what only buttons use. */
export const unlisted = { summary: '', usage: '', examples: [], listed: false } as const;

export const note = (text: Text, ...actions: NonNullable<Note['actions']>): Note => ({
  kind: 'note',
  text,
  ...(actions.length === 0 ? {} : { actions }),
});

/** When and where the person is. */
export async function readerOf({ memory, locker }: Context): Promise<Reader> {
  const { timeZone } = await memory.settings();
  return { now: locker.now(), timeZone };
}

/** A text of an input; undefined for anything else. */
export const textOf = (input: Input, key: string): string | undefined => {
  const value = input[key];
  return typeof value === 'string' && value !== '' ? value : undefined;
};

export const numberOf = (input: Input, key: string): number | undefined => {
  const value = input[key];
  return typeof value === 'number' ? value : undefined;
};

export const textsOf = (input: Input, key: string): readonly string[] => {
  const value = input[key];
  return Array.isArray(value) ? (value as readonly string[]) : [];
};

/** A time of an input: milliseconds since 1970. */
export const momentOf = (input: Input, key: string): Date | null => {
  const value = numberOf(input, key);
  return value === undefined ? null : new Date(value);
};

const isMember = (incoming: Incoming): incoming is MemberIncoming => incoming.actor !== undefined;

async function* answering<Asker extends Incoming>(
  context: Context,
  incoming: Asker,
  read: Definition<Asker>['read'],
  run: Definition<Asker>['run'],
): AsyncGenerator<Reply, void, undefined> {
  try {
    const carried = incoming.input ?? {};
    const typed =
      read === undefined || incoming.words.trim() === ''
        ? {}
        : await read(new Phrase(incoming.words), context, incoming, carried);
    yield* run(context, incoming, { ...carried, ...typed });
  } catch (error) {
    if (!(error instanceof Instead)) throw error;
    yield* error.replies;
  }
}
