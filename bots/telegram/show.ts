import type { Action } from '../port/action.ts';
import type { MarkedText } from './render/entities.ts';
import type { Message, Shown } from './render/render.ts';
import type { Telegram } from './telegram.ts';
import { isUnchanged, TelegramRefusal } from './transport/failures.ts';

/** How long the question of a prompt waits for the next message, seconds. */
export const promptSeconds = 15 * 60;
/** How long a card is known by its message, seconds. */
const cardSeconds = 365 * 24 * 3600;
const maxPlaceholder = 64;

/** What a prompt left for the next message. */
export interface Question {
  readonly answer: Action;
  readonly message: number;
  readonly secret: boolean;
  readonly slash: boolean;
  /** Something else was said meanwhile: only a reply to it answers it now. */
  readonly aside?: true;
}

export const questionKey = 'telegram-question';
export const cardKey = (message: number): string => `telegram-card:${message}`;

/** A message as it is shown: JSON, so that the inbox can keep it. */
export interface Showing {
  readonly chat: number;
  readonly message: Message;
  /** The message that it replaces. */
  readonly edits?: number | undefined;
  /** The message that it is an answer to. */
  readonly answers?: number | undefined;
  /** What the field says in which its question is answered, if it is one. */
  readonly asks?: string | undefined;
  readonly meaning?: Meaning | undefined;
}

/** What a message stands for later: the card that the person replies to, the question that they answer. */
export type Meaning = { readonly file: string } | { readonly question: Omit<Question, 'message'> };

/** @returns undefined for a message that nothing refers to. */
export function meaningOf(reply: Shown): Meaning | undefined {
  if (reply.kind === 'card') return { file: reply.file.id };
  if (reply.kind !== 'prompt') return undefined;
  const { answer, secret = false, slash = false } = reply;
  return { question: { answer, secret, slash } };
}

/**
 * Shows a message, and notes what it stands for.
 *
 * @returns its number.
 * @throws TelegramRefusal, TelegramUnavailable.
 */
export async function show(telegram: Telegram, identity: string, showing: Showing): Promise<number> {
  const { edits, asks, meaning } = showing;
  // A message cannot be changed into one that asks: a new one opens the keyboard.
  const isChanged = edits !== undefined && asks === undefined && (await edit(telegram, edits, showing));
  const message = isChanged ? edits : await send(telegram, showing);
  const { chatNotes } = telegram.locker;
  if (meaning !== undefined && 'file' in meaning)
    await chatNotes.set(identity, cardKey(message), meaning, cardSeconds);
  if (meaning !== undefined && 'question' in meaning) {
    const question: Question = { ...meaning.question, message };
    await chatNotes.set(identity, questionKey, question, promptSeconds);
  }
  return message;
}

/** @returns false for a message that is gone, or cannot be changed. */
async function edit({ api }: Telegram, message_id: number, { chat, message }: Showing): Promise<boolean> {
  try {
    await api.call('editMessageText', {
      chat_id: chat,
      message_id,
      ...content(message.text),
      reply_markup: { inline_keyboard: message.buttons },
    });
    return true;
  } catch (error) {
    if (isUnchanged(error)) return true;
    if (error instanceof TelegramRefusal && error.code === 400) return false;
    throw error;
  }
}

async function send({ api }: Telegram, { chat, message, answers, asks }: Showing): Promise<number> {
  const { text, buttons } = message;
  const markup =
    asks === undefined
      ? buttons.length === 0
        ? undefined
        : { inline_keyboard: buttons }
      : {
          force_reply: true as const,
          ...(asks === '' ? {} : { input_field_placeholder: asks.slice(0, maxPlaceholder) }),
        };
  const { message_id } = await api.call('sendMessage', {
    chat_id: chat,
    ...content(text),
    ...(markup === undefined ? {} : { reply_markup: markup }),
    ...(answers === undefined
      ? {}
      : { reply_parameters: { message_id: answers, allow_sending_without_reply: true } }),
  });
  return message_id;
}

const content = ({ text, entities }: MarkedText) => ({
  text: text.trim() === '' ? '…' : text,
  entities: [...entities],
  link_preview_options: { is_disabled: true },
});
