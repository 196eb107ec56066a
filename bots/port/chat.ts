import type { Reply } from './reply.ts';

/**
 * A chat front end, as the rest of `bots` uses it: to tell a person something without having been asked. Receiving is
 * each chat's own affair.
 */
export interface Chat {
  readonly name: 'telegram' | 'slack';
  /**
   * Sends replies to a person, in private.
   *
   * @param answers the chat's own reference to a message that the first of them answers, where the chat can show that.
   * @returns false if the person cannot be reached: the bot is blocked, or they never wrote to it.
   */
  tell(identity: string, replies: AsyncIterable<Reply> | Iterable<Reply>, answers?: string): Promise<boolean>;
}
