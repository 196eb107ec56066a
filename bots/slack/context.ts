import type { Identity } from '../../src/accounts/identity.ts';
import { chatMemory } from '../memory.ts';
import type { Input } from '../port/action.ts';
import type { Context } from '../port/command.ts';
import type { Attachment, Incoming } from '../port/incoming.ts';
import { identityOf } from './admission.ts';
import { slackFacts, type Slack } from './slack.ts';
import type { Typed } from './typed.ts';

/** What a person of the workspace said or pressed. */
export interface Saying {
  readonly team: string;
  readonly identity: Identity;
  readonly typed: Typed;
  readonly input?: Input | undefined;
  readonly attachments?: readonly Attachment[];
  readonly sentAt: Date;
  /** Reference to the message, `<channel>:<ts>`. */
  readonly message?: string | undefined;
  readonly repliesTo?: string | undefined;
}

export const contextOf = (slack: Slack, identity: string, signal: AbortSignal): Context => ({
  locker: slack.locker,
  memory: chatMemory(slack.locker.chatNotes, identity),
  chat: slackFacts,
  publicUrl: slack.publicUrl(),
  signal,
});

export const incomingOf = (saying: Saying, actor: Incoming['actor']): Incoming => ({
  chat: 'slack',
  identity: saying.identity,
  actor,
  guest: { door: 'slack', client: 'Slack', address: saying.identity.id },
  words: saying.typed.words,
  input: saying.input,
  attachments: saying.attachments ?? [],
  sentAt: saying.sentAt,
  messages: saying.message === undefined ? [] : [saying.message],
  repliesTo: saying.repliesTo,
  mention: (word) => {
    const user = /^<@([UW][A-Za-z0-9]+)(?:\|[^<>]*)?>[,;]?$/.exec(word)?.[1];
    return user !== undefined && saying.typed.people.has(user) ? identityOf(saying.team, user) : undefined;
  },
});
