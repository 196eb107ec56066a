import type { Message } from 'grammy/types';
import type { Actor } from '../../../src/accounts/actor.ts';
import { findAnswer, findCommand, saveCommand, suggestCommand } from '../../commands/index.ts';
import type { Command } from '../../port/command.ts';
import { accountWords } from '../../words/accounts.ts';
import { helpWords } from '../../words/help.ts';
import { personOf } from '../context.ts';
import { converse, type Turn } from '../converse.ts';
import { attachmentsOf, carriesFile } from '../files/attachment.ts';
import { referenceTo, removeLater } from '../removal.ts';
import { cardKey } from '../show.ts';
import type { Telegram } from '../telegram.ts';
import { telegramWords } from '../words.ts';
import { onAlbumMessage } from './album.ts';
import { keepMessage } from './kept-message.ts';
import { forget, questionFor, setAside } from './question.ts';
import { says } from './says.ts';
import { readCommand, type TypedCommand } from './typed.ts';
import { attemptOf, type Work } from './work.ts';

/** A message: with a file it is saved, with words it is a command, an answer to a question, or names a file. */
export async function onMessage(telegram: Telegram, message: Message, work: Work): Promise<void> {
  const { from, chat } = message;
  if (from === undefined || from.is_bot) return;
  if (chat.type !== 'private' || chat.id !== from.id) return onElsewhere(telegram, message);
  const identity = personOf(from);
  const reference = referenceTo(chat.id, message.message_id);
  const turn: Turn = {
    identity,
    words: (message.text ?? message.caption ?? '').trim(),
    sentAt: new Date(message.date * 1000),
    messages: [reference],
    repliesTo: await repliedFile(telegram, identity.id, message),
    ...(await attemptOf(telegram, identity.id, work)),
  };
  if (carriesFile(message)) {
    await setAside(telegram, identity.id);
    await keepMessage(telegram, identity.id, reference, message);
    if (message.media_group_id !== undefined && (await onAlbumMessage(telegram, message, turn))) return;
    void telegram.api.call('sendChatAction', { chat_id: chat.id, action: 'typing' }).catch(() => {});
    const attachments = await attachmentsOf(telegram, message);
    return converse(telegram, { ...turn, attachments, answers: message.message_id }, () => saveCommand);
  }
  if (message.text !== undefined) return onText(telegram, message, message.text, turn);
  if (!isService(message)) await converse(telegram, turn, () => says(telegramWords.nothingToSave));
}

async function onText(telegram: Telegram, message: Message, text: string, turn: Turn): Promise<void> {
  const identity = turn.identity.id;
  const typed = readCommand(text);
  const command = typed === undefined ? undefined : await meant(telegram, typed);
  if (command !== undefined && typed !== undefined) {
    await setAside(telegram, identity);
    return converse(telegram, { ...turn, words: typed.words }, () => command);
  }
  const question = await questionFor(telegram, identity, message);
  const asked = question === undefined ? undefined : findCommand(question.answer.command);
  // `/my invoices/report.pdf` is a file.
  if (typed !== undefined && !text.slice(1).includes('/') && question?.slash !== true)
    return converse(telegram, turn, ({ actor }) => unknown(telegram, typed.name, actor));
  if (question === undefined || asked === undefined) return converse(telegram, turn, findAnswer);
  await converse(telegram, { ...turn, repliesTo: undefined, input: question.answer.input }, () => asked);
  if (question.secret) await removeLater(telegram.locker, message.chat.id, [message.message_id], 0);
  // Afterwards, so that an attempt that was cut off finds it again.
  await forget(telegram, identity, question);
}

/** The command that was typed; undefined for none of ours, or another bot's. */
async function meant({ api }: Telegram, { name, bot }: TypedCommand): Promise<Command | undefined> {
  if (bot !== undefined && bot.toLowerCase() !== (await api.me()).username.toLowerCase()) return undefined;
  const command = findCommand(name);
  return command?.listed === true || name === 'start' ? command : undefined;
}

/** In a group or a channel nothing is said, but to whoever addresses the bot: how to use it in private. */
async function onElsewhere(telegram: Telegram, { chat, text, message_id }: Message): Promise<void> {
  const typed = readCommand(text ?? '');
  if (typed === undefined || findCommand(typed.name) === undefined || chat.type === 'channel') return;
  const { username } = await telegram.api.me();
  if (typed.bot?.toLowerCase() !== username.toLowerCase()) return;
  await telegram.api.call('sendMessage', {
    chat_id: chat.id,
    text: telegramWords.private(username),
    reply_parameters: { message_id, allow_sending_without_reply: true },
  });
}

/** The file whose card is replied to. */
async function repliedFile(
  { locker }: Telegram,
  identity: string,
  { reply_to_message }: Message,
): Promise<string | undefined> {
  if (reply_to_message === undefined) return undefined;
  return (await locker.chatNotes.get<{ file: string }>(identity, cardKey(reply_to_message.message_id)))?.file;
}

/** To a stranger, every command says the same. */
const unknown = ({ facts }: Telegram, name: string, actor: Actor | undefined): Command =>
  says(
    actor === undefined ? accountWords.stranger(facts) : helpWords.unknown(name, facts, suggestCommand(name)),
  );

/** Telegram's own notes of what happened in a chat, which nobody wrote. */
const isService = (message: Message): boolean =>
  !(
    'contact' in message ||
    'location' in message ||
    'venue' in message ||
    'poll' in message ||
    'dice' in message ||
    'story' in message
  );
