import type { Update } from 'grammy/types';
import type { Inbox } from '../../../src/chats/inbox.ts';
import { laneOf } from '../telegram.ts';

/** The kinds of updates that mean something here. */
export const wantedUpdates = [
  'message',
  'callback_query',
  'inline_query',
  'chosen_inline_result',
] as const satisfies readonly (keyof Update)[];

/** An update, as the inbox keeps it. */
export interface UpdateItem {
  readonly kind: 'update';
  readonly update: Update;
}

/**
 * Stores an update, once. It is safe when this resolves: only then is Telegram told that it arrived.
 *
 * Inline queries are for the moment: they wait for nothing, and nothing waits for them.
 */
export async function takeIn(inbox: Inbox, update: Update): Promise<void> {
  const lane = laneFor(update);
  if (lane === undefined) return;
  await inbox.put({
    id: `telegram:update:${update.update_id}`,
    chat: 'telegram',
    lane,
    payload: { kind: 'update', update } satisfies UpdateItem,
  });
}

function laneFor(update: Update): string | undefined {
  if (update.message !== undefined) return laneOf(update.message.chat.id);
  if (update.callback_query !== undefined)
    return laneOf(update.callback_query.message?.chat.id ?? update.callback_query.from.id);
  if (update.inline_query !== undefined) return `${laneOf(update.inline_query.from.id)}:inline`;
  if (update.chosen_inline_result !== undefined)
    return `${laneOf(update.chosen_inline_result.from.id)}:inline`;
  return undefined;
}
