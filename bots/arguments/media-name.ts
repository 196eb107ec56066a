import { nameOrDefault } from '../../src/files/description.ts';
import type { Attachment } from '../port/incoming.ts';
import { kindNames } from '../words/saving.ts';
import { dayOf, formatClock } from '../words/time.ts';

const extensions: Readonly<Record<string, string>> = {
  'application/pdf': 'pdf',
  'application/x-tgsticker': 'tgs',
  'application/zip': 'zip',
  'audio/aac': 'aac',
  'audio/flac': 'flac',
  'audio/mp4': 'm4a',
  'audio/mpeg': 'mp3',
  'audio/ogg': 'ogg',
  'audio/opus': 'opus',
  'audio/wav': 'wav',
  'audio/webm': 'weba',
  'audio/x-m4a': 'm4a',
  'image/gif': 'gif',
  'image/heic': 'heic',
  'image/jpeg': 'jpg',
  'image/png': 'png',
  'image/svg+xml': 'svg',
  'image/webp': 'webp',
  'text/plain': 'txt',
  'video/mp4': 'mp4',
  'video/quicktime': 'mov',
  'video/webm': 'webm',
};
const usual: Readonly<Record<Attachment['kind'], string>> = {
  file: 'bin',
  photo: 'jpg',
  video: 'mp4',
  audio: 'mp3',
  voice: 'ogg',
  'video-note': 'mp4',
  animation: 'mp4',
  sticker: 'webp',
};

/**
 * Names an attachment: as its sender's client did, made safe, otherwise by kind, date and time where the sender is:
 * `Photo 2026-11-23 21.15.08.jpg`.
 *
 * @param place its place among the attachments of its message, from 0: no two get the same name.
 */
export function mediaName(
  { kind, name, mediaType }: Attachment,
  sentAt: Date,
  timeZone: string,
  place: number,
): string {
  const time = formatClock(sentAt, timeZone).replace(':', '.');
  const seconds = String(sentAt.getUTCSeconds()).padStart(2, '0');
  const number = place === 0 ? '' : ` (${place + 1})`;
  const extension = extensions[mediaType.split(';')[0]?.trim().toLowerCase() ?? ''] ?? usual[kind];
  return nameOrDefault(
    name,
    `${kindNames[kind]} ${dayOf(sentAt, timeZone)} ${time}.${seconds}${number}.${extension}`,
  );
}
