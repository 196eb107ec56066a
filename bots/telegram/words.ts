import { type Text, text } from '../port/text.ts';
import { fileWords } from '../words/files.ts';
import type { FileView } from '../../src/files/view.ts';

/** What is said only in Telegram. */
export const telegramWords = {
  private: (bot: string): string => `I only talk in private: write to me at https://t.me/${bot}`,
  nothingToSave: [
    'There is no file in this message. Send me a file, a photo, a video, a voice message or a sticker, and I save it.',
  ],
  notRemoved: 'Telegram lets me delete messages of the last 48 hours only. Delete it yourself.',
  retryGone: 'I no longer have that message. Send the file again.',
  deliveredInstead: (file: FileView, url: string): Text =>
    text`Telegram does not take ${fileWords.name(file)} from me. Fetch it here, once, within a day: ${{ link: url, text: url }}`,
  oldVersionNotTaken: (file: FileView, version: number): Text =>
    text`Telegram does not take version ${version} of ${fileWords.name(file)} from me, and links lead to the current version. Fetch it through the API: ${{ code: `GET /v1/files/${file.id}/versions/${version}/content` }}.`,
  inlineOpen: 'Open in the locker',
  inlineHow: 'Only whoever may see this file can open it.',
};

/** Why a file that Telegram shows cannot be had. */
export const fetchSentences = {
  unreachable: 'Telegram could not be reached for the file. Try again in a minute.',
  refused: (status: number): string =>
    `Telegram did not hand over the file (status ${status}). Try again, or send it again.`,
  gone: 'Telegram does not have this file any more. Send it again.',
  brokenOff: 'Telegram stopped in the middle of the file. Try again.',
  sizeDiffers: 'Telegram sent another number of bytes than it announced. Try again.',
  tooLarge: 'Telegram does not hand files of this size to bots.',
  unreadable: 'The Bot API server stored the file where I cannot read it. Tell whoever runs this locker.',
};
