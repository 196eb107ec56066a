import type { CommandContext } from '../command.ts';

/** One word after `node . keys`. */
export interface KeysSubcommand {
  readonly name: string;
  readonly usage: string;
  readonly summary: string;
  /** @returns the exit code. */
  run(context: CommandContext): Promise<number>;
}
