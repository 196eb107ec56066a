import type { Config } from '../src/config.ts';
import type { Log } from '../src/log.ts';

/** What a command of the operator works with. */
export interface CommandContext {
  readonly config: Config;
  readonly log: Log;
  /** Words after the command. */
  readonly words: readonly string[];
  /** Writes a line for the operator. */
  readonly print: (line: string) => void;
}

/** One command of `node .`. */
export interface Command {
  readonly name: string;
  readonly usage: string;
  readonly summary: string;
  /** All of its words and options, for one that has more than the usage tells. */
  readonly help?: string;
  /** @returns the exit code. */
  run(context: CommandContext): Promise<number>;
}
