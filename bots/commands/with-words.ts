import type { Input } from '../port/action.ts';
import type { Incoming } from '../port/incoming.ts';

/** The same message with other words, for a command that hands it on. Copies field by field: it may be an object of any class. */
export const withWords = (incoming: Incoming, words: string, input: Input | undefined): Incoming => ({
  chat: incoming.chat,
  identity: incoming.identity,
  actor: incoming.actor,
  guest: incoming.guest,
  words,
  input,
  attachments: incoming.attachments,
  sentAt: incoming.sentAt,
  messages: incoming.messages,
  repliesTo: incoming.repliesTo,
  mention: (word) => incoming.mention(word),
});
