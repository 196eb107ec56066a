import type { Actor } from '../../src/accounts/actor.ts';
import type { Locker } from '../../src/locker.ts';
import type { Incoming } from './incoming.ts';
import type { Reply } from './reply.ts';
import type { Memory } from './memory.ts';
import type { Text } from './text.ts';

/** What every command works with. */
export interface Context {
  readonly locker: Locker;
  /** What the conversation remembers of this person: the last list, settings. */
  readonly memory: Memory;
  readonly chat: ChatFacts;
  /** How the world reaches the API, without a trailing slash: for links. */
  readonly publicUrl: string;
  readonly signal: AbortSignal;
}

/** What differs between chats, for commands that must know. */
export interface ChatFacts {
  readonly name: 'telegram' | 'slack';
  /** Bytes of the largest file that the chat takes from a program; null for no limit. */
  readonly deliveryLimitBytes: number | null;
  /** True if the program can delete what the person sent. */
  readonly deletesMessages: boolean;
  /** True if the program can fetch the files of an earlier message again: then there is a button for it. */
  readonly fetchesAgain: boolean;
  /** How a command is written there: `/list` or `/coffer list`. */
  command(words: string): string;
}

/** One thing that can be said to the locker, in every chat. */
export interface Command {
  /** As it is typed. */
  readonly name: string;
  /** Half a line for menus. */
  readonly summary: string;
  /** How its arguments are written, without the name: `<file> @who [until <when>]`. */
  readonly usage: string;
  /** Whole commands without prefix, for help and for errors: `share report @alice until friday`. */
  readonly examples: readonly string[];
  /** Who may use it at all; what they may do with it is decided in `src`. `stranger` means everybody. */
  readonly who: 'stranger' | 'member' | 'admin';
  /** False for what only buttons use: it is in no menu and no help. */
  readonly listed: boolean;
  /**
   * Runs it: for typed words, or for the input of a button.
   *
   * @throws UsageError for words it does not understand; LockerError, which the chat turns into a sentence.
   */
  run(context: Context, incoming: Incoming): AsyncIterable<Reply>;
}

/** A command for people who have an account. */
export interface MemberIncoming extends Incoming {
  readonly actor: Actor;
}

/** Words that a command does not understand: what is wrong, in a sentence. The chat adds usage and an example. */
export class UsageError extends Error {
  readonly sentence: Text;

  constructor(sentence: Text | string) {
    super('the words were not understood');
    this.name = 'UsageError';
    this.sentence = typeof sentence === 'string' ? [sentence] : sentence;
  }
}
