import type { Reply } from '../port/reply.ts';

/** Ends a command with other replies than it meant to give, such as a question: not an error, and never leaves `define`. */
export class Instead extends Error {
  readonly replies: readonly Reply[];

  constructor(...replies: Reply[]) {
    super('answered otherwise');
    this.name = 'Instead';
    this.replies = replies;
  }
}
