import type { FileView } from '../../src/files/view.ts';
import { type Text, text } from '../port/text.ts';
import { plural } from './plural.ts';
import { formatSize } from './size.ts';

/** Names for media that come without one: `Photo 2026-11-23 21.15.08.jpg`. */
export const kindNames = {
  file: 'File',
  photo: 'Photo',
  video: 'Video',
  audio: 'Audio',
  voice: 'Voice message',
  'video-note': 'Video message',
  animation: 'Animation',
  sticker: 'Sticker',
} as const;

export const savingWords = {
  saving: (name: string): Text => text`Saving ${{ bold: name }} …`,
  savingPart: (name: string, received: number, total: number | undefined): Text =>
    text`Saving ${{ bold: name }}: ${formatSize(received)}${total === undefined ? '' : ` of ${formatSize(total)}`} …`,
  saved: ['Saved, sealed and safe.'],
  savedVersion: (file: FileView): Text =>
    text`Saved as version ${file.version} of ${{ bold: file.name }}. The ones before are kept.`,
  savedSeveral: (count: number, sizeBytes: number): Text => [
    `Saved ${plural(count, 'file')}, ${formatSize(sizeBytes)}`,
  ],
  arrived: ['It has arrived, sealed and safe.'],
  originalRemoved: 'I delete your message, so that no plaintext stays here.',
  nothingAttached: 'There is no file here. Send me one, and I save it.',
  tooLarge: (name: string, sizeBytes: number | undefined, limitBytes: number, url: string): Text =>
    text`${{ bold: name }}${sizeBytes === undefined ? '' : ` is ${formatSize(sizeBytes)};`}${
      sizeBytes === undefined ? ' is too large:' : ''
    } this chat hands me at most ${formatSize(limitBytes)}. Send it here instead, once, within a day: ${{ link: url, text: url }}\nI go on here when it has arrived.`,
  sendHere: (name: string | undefined, url: string): Text =>
    text`Send ${name === undefined ? 'the file' : { bold: name }} here, once, within a day: ${{ link: url, text: url }}\nI tell you when it has arrived.`,
  tooLargeForAll: (name: string, sizeBytes: number, limitBytes: number): string =>
    `${name} is ${formatSize(sizeBytes)}; this locker takes files up to ${formatSize(limitBytes)}.`,
  failed: (name: string, reason: Text): Text => text`${{ bold: name }} was not saved. ${reason}`,
};
