import { newId } from '../../src/ids.ts';
import type { Locker } from '../../src/locker.ts';
import { laneOf, type Telegram } from './telegram.ts';
import { TelegramRefusal } from './transport/failures.ts';

/** Messages that are to be deleted, as the inbox keeps it. */
export interface RemovalItem {
  readonly kind: 'removal';
  readonly chat: number;
  readonly messages: readonly number[];
}

/** The reference to a message that commands see, and back. */
export const referenceTo = (chat: number, message: number): string => `${chat}:${message}`;

/** Messages of one private chat out of references: others' are left out. */
export const messagesIn = (chat: number, references: readonly string[]): number[] =>
  references.flatMap((reference) => {
    const [of, message] = reference.split(':').map(Number);
    return of === chat && message !== undefined && Number.isSafeInteger(message) ? [message] : [];
  });

/** Has messages deleted, after a while, whatever happens to this process. */
export async function removeLater(
  locker: Locker,
  chat: number,
  messages: readonly number[],
  afterSeconds: number,
): Promise<void> {
  if (messages.length === 0) return;
  const id = `telegram:removal:${newId()}`;
  await locker.inbox.put({
    id,
    chat: 'telegram',
    lane: `${laneOf(chat)}:${id}`,
    payload: { kind: 'removal', chat, messages } satisfies RemovalItem,
    notBefore: new Date(locker.now().getTime() + afterSeconds * 1000),
  });
}

/**
 * Deletes messages now.
 *
 * @returns false if Telegram no longer lets a bot delete one of them; one that is gone already is as good as deleted.
 * @throws TelegramUnavailable.
 */
export async function removeMessages(
  { api }: Telegram,
  chat: number,
  messages: readonly number[],
): Promise<boolean> {
  let all = true;
  for (const message_id of messages) {
    try {
      await api.call('deleteMessage', { chat_id: chat, message_id });
    } catch (error) {
      if (!(error instanceof TelegramRefusal)) throw error;
      if (!/not found/i.test(error.description)) all = false;
    }
  }
  return all;
}
