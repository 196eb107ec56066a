import type { InboxItem } from '../../../src/chats/inbox.ts';
import type { Telegram } from '../telegram.ts';

/** What is worked on: an item of the inbox. */
export interface Work {
  readonly item: InboxItem;
  readonly signal: AbortSignal;
}

/** How long the message of an attempt is remembered, seconds: longer than anything is tried again. */
const rememberedSeconds = 3 * 24 * 3600;

const key = (item: InboxItem) => `telegram-answer:${item.id}`;

/** The message that an earlier attempt at an item sent, so that it is changed, and not sent a second time. */
export async function attemptOf(
  { locker: { chatNotes } }: Telegram,
  identity: string,
  { item, signal }: Work,
) {
  // Always: what was only put off has no attempts either.
  const known = await chatNotes.get<{ message: number }>(identity, key(item));
  return {
    signal,
    attempts: item.attempts,
    earlier: known?.message,
    remember: (message: number) => chatNotes.set(identity, key(item), { message }, rememberedSeconds),
  };
}
