import type { InboxItem } from '../../../src/chats/inbox.ts';
import type { Telegram } from '../telegram.ts';

/** What is worked on: an item of the inbox. */
export interface Work {
  readonly item: InboxItem;
  readonly signal: AbortSignal;
}

/** How long the message of an attempt is remembered, seconds: longer than anything is tried again. */
const rememberedSeconds = 24 * 3600;

const key = (item: InboxItem) => `telegram-answer:${item.id}`;

/** The message that an earlier attempt at an item sent, so that it is changed, and not sent a second time. */
export async function attemptOf(
  { locker: { chatNotes } }: Telegram,
  identity: string,
  { item, signal }: Work,
) {
  // Only a second attempt has to ask.
  const known = item.attempts > 0 ? await chatNotes.get<{ message: number }>(identity, key(item)) : undefined;
  return {
    signal,
    attempts: item.attempts,
    earlier: known?.message,
    remember: (message: number) => chatNotes.set(identity, key(item), { message }, rememberedSeconds),
  };
}
