import { InputFile } from 'grammy';
import type { Actor } from '../../../src/accounts/actor.ts';
import { createFetchLink } from '../../../src/links/create-fetch-link.ts';
import type { Delivery, Note } from '../../port/reply.ts';
import { clip, mark, maxCaption } from '../render/entities.ts';
import { cloudSendBytes, type Telegram } from '../telegram.ts';
import { isTooLarge, TelegramUnavailable } from '../transport/failures.ts';
import { removeLater } from '../removal.ts';
import { telegramWords } from '../words.ts';

const linkSeconds = 24 * 3600;

/**
 * Sends a file, as a document, so that its bytes stay as they are.
 *
 * @returns what is said instead if Telegram does not carry it.
 * @throws TelegramRefusal, TelegramUnavailable, and what opening the content throws.
 */
export async function deliver(
  telegram: Telegram,
  chat: number,
  actor: Actor | undefined,
  delivery: Delivery,
  signal: AbortSignal,
): Promise<Note | undefined> {
  const { api } = telegram;
  const { file, deleteAfterSeconds } = delivery;
  // Before anything is sent: what is damaged is said, not sent half.
  let opened: AsyncIterable<Uint8Array> | undefined = await delivery.open();
  let broken: { readonly error: unknown } | undefined;
  async function* open() {
    const pieces = opened ?? (await delivery.open());
    opened = undefined;
    try {
      yield* pieces;
    } catch (error) {
      broken = { error };
      throw error;
    }
  }
  void api.call('sendChatAction', { chat_id: chat, action: 'upload_document' }).catch(() => {});
  const caption = delivery.text === undefined ? undefined : clip(mark(delivery.text), maxCaption);
  try {
    const sent = await api.call(
      'sendDocument',
      {
        chat_id: chat,
        document: new InputFile(() => open(), headerName(file.name)),
        disable_content_type_detection: true,
        ...(caption === undefined ? {} : { caption: caption.text, caption_entities: [...caption.entities] }),
      },
      signal,
    );
    if (deleteAfterSeconds !== null)
      await removeLater(telegram.locker, chat, [sent.message_id], deleteAfterSeconds);
    return undefined;
  } catch (error) {
    // Damage further on looks to the library like a connection that broke.
    if (broken !== undefined) throw broken.error;
    // A server that has enough may answer so, or hang up in the middle.
    const hungUp = error instanceof TelegramUnavailable && delivery.sizeBytes > cloudSendBytes;
    if (!isTooLarge(error) && !hungUp) throw error;
    return { kind: 'note', text: await instead(telegram, actor, delivery) };
  }
}

async function instead({ locker, publicUrl }: Telegram, actor: Actor | undefined, delivery: Delivery) {
  const { file, version } = delivery;
  if (actor === undefined) throw new RangeError('a stranger gets no files');
  if (version !== file.version) return telegramWords.oldVersionNotTaken(file, version);
  const { token } = await createFetchLink(locker, actor, file.id, { ttlSeconds: linkSeconds });
  return telegramWords.deliveredInstead(file, `${publicUrl()}/s/${token}`);
}

/**
 * The library writes a name unquoted into the header of its part, where Telegram ends it at a semicolon and decodes what
 * is percent-encoded: encoded whole, it arrives as it is.
 */
const headerName = (name: string): string => encodeURIComponent(Buffer.from(name).toString());
