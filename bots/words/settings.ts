import type { Settings } from '../port/memory.ts';
import { lines, type Text, text } from '../port/text.ts';
import { excerpt } from './excerpt.ts';
import { formatClock } from './time.ts';

export const settingWords = {
  all: (
    { timeZone, deleteAfterSaving }: Settings,
    /** Left out where it would be old when it is read. */
    now: Date | undefined,
    deletes: boolean,
    takesRequests: boolean,
  ): Text =>
    lines(
      text`${{ bold: 'Time zone' }}: ${timeZone}${
        now === undefined ? '' : `, where it is ${formatClock(now, timeZone)}`
      }.`,
      deletes
        ? text`${{ bold: 'Originals' }}: ${
            deleteAfterSaving
              ? 'I delete the message that you sent once its file is safe.'
              : 'what you send stays in this chat, unsealed, until you remove it.'
          }`
        : null,
      text`${{ bold: 'Requests' }}: ${
        takesRequests
          ? 'someone who knows the id of a file can ask you for access.'
          : 'nobody can ask you for access.'
      }`,
    ),
  askTimeZone: ['Which time zone are you in? Give its name, such as Europe/Berlin.'],
  noTimeZone: (name: string) =>
    `I do not know the time zone "${excerpt(name)}". Use a name such as Europe/Berlin or America/New_York, or UTC.`,
  cannotDelete: 'A bot cannot delete what you send in this chat, so this setting does nothing here.',
  unknown: (words: string) => `I have no setting "${excerpt(words)}".`,
};
