import { newId } from '../../src/ids.ts';
import type { Message } from './render/message.ts';
import type { Slack } from './slack.ts';
import { Conversation } from './ways/conversation.ts';
import type { Address } from './ways/outlet.ts';

/** A message that Slack did not take in time, as the inbox keeps it: what was done to answer is not done again. */
export interface LateItem {
  readonly kind: 'late';
  readonly address: Address;
  readonly message: Message;
}

/** Has a message sent once Slack takes it. */
export async function sendLater(
  { locker }: Slack,
  identity: string,
  address: Address,
  message: Message,
  afterMs: number,
): Promise<void> {
  await locker.inbox.put({
    id: `slack:late:${newId()}`,
    chat: 'slack',
    lane: `${identity}:late`,
    payload: { kind: 'late', address, message } satisfies LateItem,
    notBefore: new Date(locker.now().getTime() + afterMs),
  });
}

/** Sends it. @throws SlackRefusal, SlackUnavailable. */
export async function sendLate(
  slack: Slack,
  { address, message }: LateItem,
  signal: AbortSignal,
): Promise<void> {
  const { to, threadTs } = address;
  await new Conversation(slack, to, signal, { threadTs }).post(message);
}
