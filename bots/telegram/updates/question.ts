import type { Message } from 'grammy/types';
import { promptSeconds, type Question, questionKey } from '../show.ts';
import type { Telegram } from '../telegram.ts';

/** The question that a message answers: by a reply to it, or because nothing else was said since. */
export async function questionFor(
  { locker: { chatNotes } }: Telegram,
  identity: string,
  { reply_to_message }: Message,
): Promise<Question | undefined> {
  const question = await chatNotes.get<Question>(identity, questionKey);
  if (question === undefined) return undefined;
  const isMeant =
    reply_to_message === undefined
      ? question.aside !== true
      : reply_to_message.message_id === question.message;
  return isMeant ? question : undefined;
}

/** Something else is said: what comes next without being a reply is no answer. Nobody means to call a file `2`. */
export async function setAside({ locker: { chatNotes } }: Telegram, identity: string): Promise<void> {
  const question = await chatNotes.get<Question>(identity, questionKey);
  if (question !== undefined && question.aside !== true)
    await chatNotes.set(identity, questionKey, { ...question, aside: true }, promptSeconds);
}

/** Forgets a question that was answered, unless the answer led to another. */
export async function forget(
  { locker: { chatNotes } }: Telegram,
  identity: string,
  { message }: Question,
): Promise<void> {
  const now = await chatNotes.get<Question>(identity, questionKey);
  if (now?.message === message) await chatNotes.remove(identity, questionKey);
}
