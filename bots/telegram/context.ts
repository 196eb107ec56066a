import type { User } from 'grammy/types';
import type { Identity } from '../../src/accounts/identity.ts';
import { chatMemory } from '../memory.ts';
import type { Input } from '../port/action.ts';
import type { Context } from '../port/command.ts';
import type { Attachment, Incoming } from '../port/incoming.ts';
import { identityOf, type Telegram } from './telegram.ts';

/** What a person said or pressed. */
export interface Saying {
  readonly identity: Identity;
  readonly words: string;
  readonly input?: Input | undefined;
  readonly attachments?: readonly Attachment[];
  readonly sentAt: Date;
  /** References to the messages. */
  readonly messages?: readonly string[];
  readonly repliesTo?: string | undefined;
}

export const contextOf = (telegram: Telegram, identity: string, signal: AbortSignal): Context => ({
  locker: telegram.locker,
  memory: chatMemory(telegram.locker.chatNotes, identity),
  chat: telegram.facts,
  publicUrl: telegram.publicUrl(),
  signal,
});

export const incomingOf = (saying: Saying, actor: Incoming['actor']): Incoming => ({
  chat: 'telegram',
  identity: saying.identity,
  actor,
  guest: { door: 'telegram', client: 'Telegram', address: saying.identity.id },
  words: saying.words,
  input: saying.input,
  attachments: saying.attachments ?? [],
  sentAt: saying.sentAt,
  messages: saying.messages ?? [],
  repliesTo: saying.repliesTo,
  // Names of Telegram's are no handles of the locker: `@alice` means the locker's.
  mention: () => undefined,
});

/** Whom Telegram vouches for. */
export const personOf = ({ id, first_name, last_name, username }: User): Identity => ({
  id: identityOf(id),
  label: username === undefined ? [first_name, last_name].filter(Boolean).join(' ') : `@${username}`,
});
