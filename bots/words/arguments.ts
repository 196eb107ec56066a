import { excerpt } from './excerpt.ts';

/** What is said of arguments that are not understood. */
export const timeWords = {
  notUnderstood: (text: string) =>
    text === ''
      ? 'Until when?'
      : `I do not understand the time "${excerpt(text)}". Write friday, tomorrow 5pm, 31 december, 24h or 3 days.`,
  notUnderstoodLength: (text: string) =>
    `I do not understand how long "${excerpt(text)}" is. Write for 10 minutes, or for 2 hours.`,
  passed: 'That time has passed already.',
};
