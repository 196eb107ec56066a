import { describeMe } from '../../src/accounts/describe-me.ts';
import { type ActivityView, listActivity } from '../../src/audit/activity.ts';
import type { Input } from '../port/action.ts';
import { lines, type Text } from '../port/text.ts';
import { activityLine, activityWords, isQuiet } from '../words/activity.ts';
import { labels } from '../words/labels.ts';
import { manual } from '../words/manual.ts';
import { dayOf, formatDay, type Reader } from '../words/time.ts';
import { memberCommand, note, numberOf, readerOf, textOf } from './define.ts';
import { findFile } from './find-file.ts';

const pageSize = 12;
/** Records that are read at once: many are one's own looks, which are not shown. */
const readAtOnce = 100;
/** How often it reads on for one page. */
const maxReads = 5;

export const activity = memberCommand({
  name: 'activity',
  ...manual.activity,
  read: (phrase) => ({ words: phrase.rest }),
  async *run(context, incoming, input) {
    const { locker } = context;
    const isAboutFile = textOf(input, 'file') ?? textOf(input, 'words') ?? incoming.repliesTo;
    const file =
      isAboutFile === undefined
        ? undefined
        : await findFile(context, incoming, input, { command: 'activity' });
    const { handle } = await describeMe(locker, incoming.actor);
    let cursor = textOf(input, 'cursor');
    let skip = numberOf(input, 'skip') ?? 0;
    const shown: ActivityView[] = [];
    let next: Input | undefined;
    for (let reads = 0; reads < maxReads && next === undefined; reads++) {
      const page = await listActivity(locker, incoming.actor, { limit: readAtOnce, cursor, file: file?.id });
      const telling = page.activity.filter((view) => !isQuiet(view, handle));
      const room = pageSize - shown.length;
      shown.push(...telling.slice(skip, skip + room));
      if (telling.length > skip + room) next = { cursor: cursor ?? null, skip: skip + room };
      else if (page.next === null) break;
      else {
        cursor = page.next;
        skip = 0;
        if (reads === maxReads - 1) next = { cursor, skip: 0 };
      }
    }
    if (shown.length === 0 && next === undefined) {
      yield note(activityWords.nothing);
      return;
    }
    const number = numberOf(input, 'page') ?? 0;
    const about = file === undefined ? {} : { file: file.id };
    const title = file === undefined ? activityWords.title(number) : activityWords.titleOf(file.name, number);
    const turns = [
      ...(number === 0
        ? []
        : [{ label: labels.newest, command: 'activity', input: about, where: 'edit' as const }]),
      ...(next === undefined
        ? []
        : [
            {
              label: labels.older,
              command: 'activity',
              input: { ...about, ...next, page: number + 1 },
              where: 'edit' as const,
            },
          ]),
    ];
    const text = lines(title, ...byDay(shown, handle, await readerOf(context)));
    yield turns.length === 0 ? note(text) : note(text, turns);
  },
});

function byDay(shown: readonly ActivityView[], me: string, reader: Reader): Text[] {
  let day = '';
  return shown.flatMap((view) => {
    const line = activityLine(view, me, reader.timeZone);
    if (dayOf(view.at, reader.timeZone) === day) return [line];
    day = dayOf(view.at, reader.timeZone);
    return [[], activityWords.day(formatDay(view.at, reader)), line];
  });
}
