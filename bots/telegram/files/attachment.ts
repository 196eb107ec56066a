import type { Message, PhotoSize } from 'grammy/types';
import type { Attachment } from '../../port/incoming.ts';
import { referenceTo } from '../removal.ts';
import { announcedFetchBytes, cloudFetchBytes, type Telegram } from '../telegram.ts';
import { isTooLarge } from '../transport/failures.ts';
import { fetchFile } from './fetch-file.ts';

/** A file in a message, as Telegram describes it. */
interface Described {
  readonly kind: Attachment['kind'];
  readonly file_id: string;
  readonly file_unique_id: string;
  readonly file_size?: number | undefined;
  readonly file_name?: string | undefined;
  readonly mime_type?: string | undefined;
}

/** The files of a message: one, or none; the video of a live photo comes beside its picture. */
export async function attachmentsOf(telegram: Telegram, message: Message): Promise<Attachment[]> {
  return Promise.all(describedIn(message).map((file) => attachment(telegram, message, file)));
}

export const carriesFile = (message: Message): boolean => describedIn(message).length > 0;

async function attachment(telegram: Telegram, message: Message, file: Described): Promise<Attachment> {
  const obstacle = await obstacleOf(telegram, file);
  return {
    kind: file.kind,
    name: file.file_name,
    mediaType: file.mime_type ?? usualTypes[file.kind],
    sizeBytes: file.file_size,
    origin: `telegram:${message.chat.id}:${message.message_id}:${file.file_unique_id}`,
    message: referenceTo(message.chat.id, message.message_id),
    ...(obstacle === undefined ? {} : { obstacle }),
    open: (signal) => fetchFile(telegram, file.file_id, file.file_size, signal),
  };
}

/** The cloud's limit is known; a server of the operator's own is asked, and either for a file whose size was not told. */
async function obstacleOf(
  { settings, api }: Telegram,
  { file_size, file_id }: Described,
): Promise<Attachment['obstacle']> {
  if (file_size !== undefined && file_size <= cloudFetchBytes) return undefined;
  const tooLarge = { tooLarge: true, limitBytes: announcedFetchBytes } as const;
  if (file_size !== undefined && settings.isCloud) return tooLarge;
  try {
    await api.call('getFile', { file_id });
    return undefined;
  } catch (error) {
    // Whatever else it is, fetching it will tell.
    return isTooLarge(error) ? tooLarge : undefined;
  }
}

const usualTypes: Readonly<Record<Attachment['kind'], string>> = {
  file: 'application/octet-stream',
  photo: 'image/jpeg',
  video: 'video/mp4',
  audio: 'audio/mpeg',
  voice: 'audio/ogg',
  'video-note': 'video/mp4',
  animation: 'video/mp4',
  sticker: 'image/webp',
};

function describedIn(message: Message): Described[] {
  const { animation, audio, document, live_photo, photo, sticker, video, video_note, voice } = message;
  // An animation is a document, too: one and the same file.
  if (animation !== undefined) return [{ kind: 'animation', ...animation }];
  const files: Described[] = [];
  const largest = largestOf(photo ?? live_photo?.photo ?? []);
  if (largest !== undefined) files.push({ kind: 'photo', ...largest });
  if (live_photo !== undefined) files.push({ kind: 'video', ...live_photo });
  if (document !== undefined) files.push({ kind: 'file', ...document });
  if (video !== undefined) files.push({ kind: 'video', ...video });
  if (audio !== undefined) files.push({ kind: 'audio', ...audio });
  if (voice !== undefined) files.push({ kind: 'voice', ...voice });
  if (video_note !== undefined) files.push({ kind: 'video-note', ...video_note });
  if (sticker !== undefined) files.push({ kind: 'sticker', ...sticker, mime_type: stickerType(sticker) });
  return files;
}

const stickerType = ({ is_animated, is_video }: { is_animated: boolean; is_video: boolean }): string => {
  if (is_animated) return 'application/x-tgsticker';
  return is_video ? 'video/webm' : 'image/webp';
};

/** Telegram promises no order of the sizes. */
const largestOf = (sizes: readonly PhotoSize[]): PhotoSize | undefined =>
  sizes.toSorted((a, b) => area(a) - area(b)).at(-1);

const area = ({ width, height }: PhotoSize): number => width * height;
