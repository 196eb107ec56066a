import type { CallbackQuery } from 'grammy/types';
import { findPressed } from '../../buttons.ts';
import { findCommand, saveCommand } from '../../commands/index.ts';
import type { Action } from '../../port/action.ts';
import { messagesToRemove, removeFromChat } from '../../port/removal.ts';
import { messagesToRetry, retrySave } from '../../port/retry.ts';
import { pressWords } from '../../words/labels.ts';
import { personOf } from '../context.ts';
import { converse, type Turn } from '../converse.ts';
import { attachmentsOf } from '../files/attachment.ts';
import { messagesIn, removeMessages } from '../removal.ts';
import type { Telegram } from '../telegram.ts';
import { TelegramRefusal } from '../transport/failures.ts';
import { telegramWords } from '../words.ts';
import { findKept } from './kept-message.ts';
import { setAside } from './question.ts';
import { says } from './says.ts';
import { attemptOf, type Work } from './work.ts';

/** A press of a button. It is always acknowledged, so that no client waits; who may not press it is told nothing. */
export async function onPress(telegram: Telegram, query: CallbackQuery, work: Work): Promise<void> {
  const { from, message, data } = query;
  const identity = personOf(from);
  const pressed = await findPressed(telegram.locker.chatNotes, identity.id, data ?? '');
  if (pressed.kind === 'too-old') return acknowledge(telegram, query, pressWords.tooOld);
  if (pressed.kind === 'foreign' || message?.chat.id !== from.id) return acknowledge(telegram, query);
  const { action } = pressed;
  if (action.command === removeFromChat) return remove(telegram, query, action);
  await acknowledge(telegram, query);
  await setAside(telegram, identity.id);
  const turn: Turn = {
    identity,
    words: '',
    input: action.input,
    sentAt: work.item.receivedAt,
    edits: action.where === 'edit' ? message.message_id : undefined,
    ...(await attemptOf(telegram, identity.id, work)),
  };
  if (action.command === retrySave) return retry(telegram, turn, action);
  const command = findCommand(action.command);
  if (command !== undefined) await converse(telegram, turn, () => command);
}

/** A press that is too old to be acknowledged, or was, is no trouble. */
async function acknowledge(telegram: Telegram, { id }: CallbackQuery, alert?: string): Promise<void> {
  try {
    await telegram.api.call('answerCallbackQuery', {
      callback_query_id: id,
      ...(alert === undefined ? {} : { text: alert, show_alert: true }),
    });
  } catch (error) {
    if (!(error instanceof TelegramRefusal)) throw error;
  }
}

/** Deletes the messages that carried a plaintext, and the button with them. */
async function remove(telegram: Telegram, query: CallbackQuery, action: Action): Promise<void> {
  const { message, from } = query;
  const removed = await removeMessages(
    telegram,
    from.id,
    messagesIn(from.id, messagesToRemove(action.input)),
  );
  await acknowledge(telegram, query, removed ? undefined : telegramWords.notRemoved);
  if (!removed || message === undefined || !('reply_markup' in message)) return;
  const rows = (message.reply_markup?.inline_keyboard ?? [])
    .map((row) => row.filter((button) => !('callback_data' in button) || button.callback_data !== query.data))
    .filter((row) => row.length > 0);
  try {
    await telegram.api.call('editMessageReplyMarkup', {
      chat_id: from.id,
      message_id: message.message_id,
      reply_markup: { inline_keyboard: rows },
    });
  } catch (error) {
    if (!(error instanceof TelegramRefusal)) throw error;
  }
}

/** Saves once more what a message carries. */
async function retry(telegram: Telegram, turn: Turn, action: Action): Promise<void> {
  const references = messagesToRetry(action.input);
  const kept = await Promise.all(
    references.map((reference) => findKept(telegram, turn.identity.id, reference)),
  );
  const messages = kept.filter((message) => message !== undefined);
  const [first] = messages;
  if (first === undefined) return converse(telegram, turn, () => says([telegramWords.retryGone]));
  const attachments = (await Promise.all(messages.map((message) => attachmentsOf(telegram, message)))).flat();
  const words = messages.map(({ caption }) => caption ?? '').find((caption) => caption !== '') ?? '';
  await converse(
    telegram,
    {
      ...turn,
      words,
      input: undefined,
      attachments,
      messages: references,
      sentAt: new Date(first.date * 1000),
    },
    () => saveCommand,
  );
}
