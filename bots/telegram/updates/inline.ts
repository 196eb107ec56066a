import type {
  ChosenInlineResult,
  InlineKeyboardButton,
  InlineQuery,
  InlineQueryResultArticle,
} from 'grammy/types';
import type { Actor } from '../../../src/accounts/actor.ts';
import { findIdentity } from '../../../src/accounts/identity.ts';
import { LockerError } from '../../../src/errors.ts';
import { describeFile } from '../../../src/files/describe-file.ts';
import { listFiles } from '../../../src/files/list.ts';
import type { FileView } from '../../../src/files/view.ts';
import { createDownloadLink } from '../../../src/links/create-download-link.ts';
import { lines, text } from '../../port/text.ts';
import { formatSize } from '../../words/size.ts';
import { mark } from '../render/entities.ts';
import { identityOf, type Telegram } from '../telegram.ts';
import { TelegramRefusal } from '../transport/failures.ts';
import { telegramWords } from '../words.ts';

const shown = 20;
/** An answer to older words than these helps nobody. */
const staleMs = 30_000;
const linkMs = 24 * 3600 * 1000;

/**
 * `@bot words` in any chat: finds one's own files. What is sent is a card that only opens the locker, for whoever may see
 * the file; nothing that was only shown while typing can be fetched by anyone. Personal and uncached, or Telegram would
 * show it to others who type the same.
 */
export async function onInlineQuery(telegram: Telegram, query: InlineQuery, receivedAt: Date): Promise<void> {
  if (telegram.locker.now().getTime() - receivedAt.getTime() > staleMs) return;
  const actor = await findIdentity(telegram.locker, identityOf(query.from.id));
  const files = actor === undefined ? [] : await find(telegram, actor, query.query);
  const { username } = await telegram.api.me();
  try {
    await telegram.api.call('answerInlineQuery', {
      inline_query_id: query.id,
      results: files.map((file) => card(file, username)),
      is_personal: true,
      cache_time: 0,
    });
  } catch (error) {
    // Too late: they typed on.
    if (!(error instanceof TelegramRefusal)) throw error;
  }
}

/**
 * Someone sent one of their cards. Telegram tells so if its feedback is switched on; then the card gets a link that is
 * good for a day, since they chose to hand the file out.
 */
export async function onChosen(telegram: Telegram, chosen: ChosenInlineResult): Promise<void> {
  const { inline_message_id, result_id, from } = chosen;
  const actor = await findIdentity(telegram.locker, identityOf(from.id));
  if (actor === undefined || inline_message_id === undefined) return;
  try {
    const file = await describeFile(telegram.locker, actor, result_id);
    const expiresAt = new Date(telegram.locker.now().getTime() + linkMs);
    const { token } = await createDownloadLink(telegram.locker, actor, file.id, { expiresAt });
    const url = `${telegram.publicUrl()}/s/${token}`;
    const { username } = await telegram.api.me();
    const { text: body, entities } = mark(
      lines(about(file), text`${{ link: url, text: url }}`, 'Good for a day.'),
    );
    await telegram.api.call('editMessageText', {
      inline_message_id,
      text: body,
      entities: [...entities],
      link_preview_options: { is_disabled: true },
      reply_markup: { inline_keyboard: [[openButton(file, username)]] },
    });
  } catch (error) {
    if (!(error instanceof LockerError) && !(error instanceof TelegramRefusal)) throw error;
  }
}

async function find({ locker }: Telegram, actor: Actor, words: string): Promise<readonly FileView[]> {
  try {
    const query = words.trim() === '' ? undefined : words;
    return (await listFiles(locker, actor, { query, limit: shown })).files;
  } catch (error) {
    // Suspended, say: they hear of it in the private chat.
    if (error instanceof LockerError) return [];
    throw error;
  }
}

function card(file: FileView, bot: string): InlineQueryResultArticle {
  const { text: body, entities } = mark(lines(about(file), [{ italic: telegramWords.inlineHow }]));
  return {
    type: 'article',
    id: file.id,
    title: file.name,
    description: formatSize(file.sizeBytes),
    input_message_content: { message_text: body, entities: [...entities] },
    reply_markup: { inline_keyboard: [[openButton(file, bot)]] },
  };
}

const about = (file: FileView) => text`${{ bold: file.name }} · ${formatSize(file.sizeBytes)}`;

const openButton = (file: FileView, bot: string): InlineKeyboardButton => ({
  text: telegramWords.inlineOpen,
  url: `https://t.me/${bot}?start=get_${file.id}`,
});
