import type { InboxItem } from '../../../src/chats/inbox.ts';
import type { Sent } from '../ways/outlet.ts';
import type { Slack } from '../slack.ts';

/** What a listener works on: an item of the inbox. Travels through Bolt as a custom property. */
export interface Work {
  readonly item: InboxItem;
  readonly signal: AbortSignal;
}

/** How long the message of an attempt is remembered, seconds: longer than anything is tried again. */
const rememberedSeconds = 24 * 3600;

const key = (item: InboxItem) => `slack-answer:${item.id}`;

/** The message that an earlier attempt at an item sent, so that it is changed, and not sent a second time. */
export async function attemptOf(
  { locker: { chatNotes } }: Slack,
  identity: string,
  { item, signal }: Work,
): Promise<{
  signal: AbortSignal;
  attempts: number;
  earlier: Sent | undefined;
  remember: (sent: Sent) => Promise<void>;
}> {
  return {
    signal,
    attempts: item.attempts,
    earlier: await chatNotes.get<Sent>(identity, key(item)),
    remember: (sent) => chatNotes.set(identity, key(item), sent, rememberedSeconds),
  };
}
