import { findIdentity } from '../../src/accounts/identity.ts';
import { chatMemory } from '../memory.ts';
import type { Chat } from '../port/chat.ts';
import { messagesIn } from './removal.ts';
import { speak } from './speak.ts';
import { chatOf, type Telegram } from './telegram.ts';
import { isOutOfReach } from './transport/failures.ts';

/** Tells people something in their private chat. */
export const telegramChat = (telegram: Telegram, signal: AbortSignal): Chat => ({
  name: 'telegram',
  tell: async (identity, replies, answers) => {
    const { locker } = telegram;
    const { timeZone } = await chatMemory(locker.chatNotes, identity).settings();
    try {
      await speak(
        telegram,
        {
          identity,
          chat: chatOf(identity),
          answers: messagesIn(chatOf(identity), answers === undefined ? [] : [answers])[0],
          actor: await findIdentity(locker, identity),
          reader: { now: locker.now(), timeZone },
          signal,
        },
        replies,
      );
      return true;
    } catch (error) {
      if (isOutOfReach(error)) return false;
      throw error;
    }
  },
});
