import { describeMe } from '../../src/accounts/describe-me.ts';
import { listFolders } from '../../src/files/list-folders.ts';
import { takePeople } from '../arguments/people.ts';
import type { Phrase } from '../arguments/phrase.ts';
import { takeTags } from '../arguments/tags.ts';
import type { Action, Input } from '../port/action.ts';
import type { Context, MemberIncoming } from '../port/command.ts';
import type { Reply } from '../port/reply.ts';
import { listWords } from '../words/files.ts';
import { labels } from '../words/labels.ts';
import { manual } from '../words/manual.ts';
import { memberCommand, note, numberOf } from './define.ts';
import { listPage } from './list-page.ts';

const orders: Readonly<Record<string, Input>> = {
  name: { sort: 'name', descending: false },
  size: { sort: 'size', descending: true },
  date: { sort: 'updated', descending: true },
  largest: { sort: 'size', descending: true },
  smallest: { sort: 'size', descending: false },
  newest: { sort: 'updated', descending: true },
  oldest: { sort: 'updated', descending: false },
};
const places: Readonly<Record<string, Input>> = {
  shared: { whose: 'others' },
  trash: { trash: true },
  folders: { folders: true },
  mine: { whose: 'me' },
  all: { whose: 'all' },
  everything: { whose: 'all' },
};
const foldersShown = 20;

export const list = memberCommand({
  name: 'list',
  ...manual.list,
  read: (phrase, context, incoming) => readListing(phrase, context, incoming, places),
  async *run(context, incoming, input) {
    if (input['folders'] === true) yield* folderPage(context, incoming, input);
    else yield* listPage(context, incoming, input, 'list');
  },
});

export const find = memberCommand({
  name: 'find',
  ...manual.find,
  read: async (phrase, context, incoming) => ({
    whose: 'all',
    ...(await readListing(phrase, context, incoming, {})),
  }),
  run: (context, incoming, input) => listPage(context, incoming, input, 'find'),
});

async function readListing(
  phrase: Phrase,
  context: Context,
  incoming: MemberIncoming,
  named: Readonly<Record<string, Input>>,
): Promise<Input> {
  const sorted = phrase.takeAfter(
    ['sorted', 'order', 'ordered'],
    ([by, word]) => (by?.toLowerCase() === 'by' ? orders[word?.toLowerCase() ?? ''] : undefined),
    2,
  )?.value;
  const order = phrase.takeAfter(['by'], ([word]) => orders[word?.toLowerCase() ?? ''], 1)?.value;
  const first = phrase.takeRun(
    ([word, after]) => (after?.toLowerCase() === 'first' ? orders[word?.toLowerCase() ?? ''] : undefined),
    2,
  );
  const [handle] = await takePeople(phrase, context, incoming);
  const [tag] = takeTags(phrase);
  const [folder] = phrase.takeWords((word) => (word.startsWith('/') ? word : undefined), ['in']);
  // Alone, it names a place; among others, it may be part of a name.
  const place = named[phrase.rest.toLowerCase()];
  if (place !== undefined) phrase.takeWords((word) => word);
  return {
    ...sorted,
    ...order,
    ...first,
    ...place,
    ...(handle === undefined ? {} : { handle }),
    ...(tag === undefined ? {} : { tag }),
    ...(folder === undefined ? {} : { folder: folder.replace(/(?!^)\/+$/, ''), recursive: folder !== '/' }),
    ...(phrase.isEmpty ? {} : { query: phrase.rest }),
  };
}

async function* folderPage(
  { locker }: Context,
  { actor }: MemberIncoming,
  input: Input,
): AsyncGenerator<Reply, void, undefined> {
  const folders = await listFolders(locker, actor, 'all');
  if (folders.length === 0) {
    yield note(listWords.noFolders);
    return;
  }
  const from = numberOf(input, 'from') ?? 0;
  const { handle: own } = await describeMe(locker, actor);
  yield {
    kind: 'list',
    title: listWords.folders,
    entries: folders.slice(from, from + foldersShown).map(({ folder, owner, files, sizeBytes }) => ({
      number: null,
      text: [{ bold: folder }],
      detail: listWords.folderDetail(files, sizeBytes, owner === own ? null : owner),
      actions: [
        {
          label: labels.open,
          command: 'list',
          input: { folder, ...(owner === own ? {} : { handle: owner }) },
        },
      ],
    })),
    previous: from === 0 ? undefined : turn(labels.previous, Math.max(0, from - foldersShown)),
    next: from + foldersShown < folders.length ? turn(labels.next, from + foldersShown) : undefined,
  };
}

const turn = (label: string, to: number): Action => ({
  label,
  command: 'list',
  input: { folders: true, from: to },
  where: 'edit',
});
