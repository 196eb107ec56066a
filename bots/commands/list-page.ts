import { type FilePage, listFiles, type ListInput, type SortKey, sortKeys } from '../../src/files/list.ts';
import type { FileView } from '../../src/files/view.ts';
import type { Whose } from '../../src/sharing/visible.ts';
import type { Action, Input } from '../port/action.ts';
import type { Context, MemberIncoming } from '../port/command.ts';
import type { List, Reply } from '../port/reply.ts';
import { fileDetail, fileWords, listWords } from '../words/files.ts';
import { labels } from '../words/labels.ts';
import type { Reader } from '../words/time.ts';
import { note, readerOf, textOf, textsOf } from './define.ts';

const pageSize = 8;
/** Pages that `Previous` finds its way back through. */
const maxRemembered = 200;

/**
 * Shows a page of files. The input says what is listed and which page it is: `cursors` are those of the pages up to
 * this one, `ids` the files before it, so that numbers go on from page to page, and from two lists none is mixed up.
 */
export async function* listPage(
  context: Context,
  incoming: MemberIncoming,
  input: Input,
  command: string,
): AsyncGenerator<Reply, void, undefined> {
  const cursors = textsOf(input, 'cursors');
  const before = textsOf(input, 'ids');
  const page = await listFiles(context.locker, incoming.actor, {
    ...listingOf(input),
    limit: pageSize,
    cursor: cursors.at(-1),
  });
  if (page.files.length === 0 && cursors.length === 0) {
    yield note(nothing(input), ...(await elsewhere(context, incoming, input)));
    return;
  }
  await context.memory.rememberList([...before, ...page.files.map(({ id }) => id)]);
  yield listOf(page, await readerOf(context), input, command);
}

function listingOf(input: Input): Omit<ListInput, 'limit' | 'cursor'> {
  const sort = sortKeys.find((key): key is SortKey => key === input['sort']);
  return {
    query: textOf(input, 'query'),
    folder: textOf(input, 'folder'),
    recursive: input['recursive'] === true,
    tag: textOf(input, 'tag'),
    whose: whoseOf(input),
    trash: input['trash'] === true,
    ...(sort === undefined ? {} : { sort }),
    ...(typeof input['descending'] === 'boolean' ? { descending: input['descending'] } : {}),
  };
}

function whoseOf(input: Input): Whose {
  const handle = textOf(input, 'handle');
  if (handle !== undefined) return { handle };
  return input['whose'] === 'others' || input['whose'] === 'all' ? input['whose'] : 'me';
}

function listOf({ files, next }: FilePage, reader: Reader, input: Input, command: string): List {
  const cursors = textsOf(input, 'cursors');
  const before = textsOf(input, 'ids');
  const turn = (label: string, change: Input): Action => ({
    label,
    command,
    input: { ...input, ...change },
    where: 'edit',
  });
  const earlier = cursors.slice(0, -1);
  const handle = textOf(input, 'handle');
  return {
    kind: 'list',
    title: listWords.title({
      whose: handle === undefined ? (textOf(input, 'whose') ?? 'me') : `@${handle}`,
      trash: input['trash'] === true,
      query: textOf(input, 'query'),
      folder: textOf(input, 'folder'),
      tag: textOf(input, 'tag'),
      page: Math.ceil(before.length / pageSize),
    }),
    entries: files.map((file, index) => entryOf(file, before.length + index + 1, reader)),
    previous:
      cursors.length === 0
        ? undefined
        : turn(labels.previous, {
            cursors: earlier,
            ids: earlier.length === 0 ? [] : before.slice(0, -pageSize),
          }),
    next:
      next === null
        ? undefined
        : turn(labels.next, {
            cursors: [...cursors, next].slice(-maxRemembered),
            ids: [...before, ...files.map(({ id }) => id)],
          }),
    ...(input['trash'] === true
      ? {
          actions: [
            [
              {
                label: labels.emptyTrash,
                command: 'delete',
                input: { trash: true },
                style: 'danger' as const,
              },
            ],
          ],
        }
      : {}),
  };
}

const entryOf = (file: FileView, number: number, reader: Reader) => ({
  number,
  text: [fileWords.name(file)],
  detail: fileDetail(file, reader),
  actions: [
    { label: labels.open, command: 'show', input: { file: file.id } },
    file.trashedAt === null
      ? { label: labels.get, command: 'get', input: { file: file.id } }
      : { label: labels.restore, command: 'restore', input: { file: file.id } },
  ],
});

/** Whoever has nothing of their own may look for what others share with them. */
async function elsewhere(
  { locker }: Context,
  { actor }: MemberIncoming,
  input: Input,
): Promise<readonly (readonly Action[])[]> {
  const isPlain = ['query', 'folder', 'tag', 'handle', 'whose'].every(
    (key) => textOf(input, key) === undefined,
  );
  if (!isPlain || input['trash'] === true) return [];
  const { files } = await listFiles(locker, actor, { whose: 'others', limit: 1 });
  return files.length === 0
    ? []
    : [[{ label: labels.sharedWithMe, command: 'list', input: { whose: 'others' }, where: 'edit' }]];
}

function nothing(input: Input) {
  if (input['trash'] === true) return [fileWords.trashIsEmpty];
  const query = textOf(input, 'query');
  if (query !== undefined) return fileWords.noneFound(query);
  if (input['whose'] === 'others') return listWords.nothingShared;
  const narrowed = ['folder', 'tag', 'handle'].some((key) => textOf(input, key) !== undefined);
  return narrowed ? listWords.nothing : [fileWords.lockerIsEmpty];
}
