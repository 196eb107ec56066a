import type { types } from '@slack/bolt';

export type Block = types.KnownBlock;

/** A message as Slack takes it. */
export interface Message {
  /** For notifications; escaped. */
  readonly text: string;
  readonly blocks: readonly Block[];
  /** True for a word that something is being worked on, which the answer replaces. */
  readonly isPassing?: boolean;
}

/** Blocks of one message, and of one view. */
export const maxMessageBlocks = 50;
export const maxViewBlocks = 100;
