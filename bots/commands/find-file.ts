import { isLockerError } from '../../src/errors.ts';
import { describeFile } from '../../src/files/describe-file.ts';
import { listFiles } from '../../src/files/list.ts';
import type { FileView } from '../../src/files/view.ts';
import { normalizeText } from '../../src/crypto/normalize.ts';
import type { Input } from '../port/action.ts';
import { type Context, type MemberIncoming, UsageError } from '../port/command.ts';
import type { List } from '../port/reply.ts';
import { lines, type Text } from '../port/text.ts';
import { fileDetail, fileWords } from '../words/files.ts';
import { labels } from '../words/labels.ts';
import { note, readerOf, textOf } from './define.ts';
import { Instead } from './instead.ts';

/** Six of Crockford's letters and digits, in any case. */
const idPattern = /^[0-9a-hjkmnp-tv-z]{6}$/i;
const numberPattern = /^#?(\d{1,4})$/;
const pronouns = new Set(['it', 'this', 'that']);
const maxChoices = 8;

/** True for what may be the id of a file. */
export const isFileId = (text: string): boolean => idPattern.test(text);

/** For a command with many arguments: several words that are no name may hold an argument that was not understood. */
export function unreadName(input: Input): Text | undefined {
  const words = textOf(input, 'words')?.trim() ?? '';
  return /\s/.test(words) ? fileWords.noneFound(words) : undefined;
}

/** Finds one file by `input.file`, an id of ours, or by `input.words`, whatever a person typed. */
export interface Search {
  /** The command that goes on with the choice, if there is one to make. */
  readonly command: string;
  /** Only in the trash. */
  readonly trash?: boolean;
  /** Also in the trash, if there is nothing elsewhere. */
  readonly alsoTrash?: boolean;
  /** Words that may have been meant for something else than a name: if there is no such file, this is what is wrong. */
  readonly unread?: Text | string | undefined;
}

/**
 * Finds the file that a command is about: by button, by id, by number of the last list, by part of its name, or because
 * the message replies to its card. If that leaves a choice, the command ends with the question, and goes on by button.
 *
 * @throws Instead with a question, or that nothing was found; UsageError; LockerError `not_found` for the file of a button that is gone.
 */
export async function findFile(
  context: Context,
  incoming: MemberIncoming,
  input: Input,
  search: Search,
): Promise<FileView> {
  const { locker } = context;
  const { actor, repliesTo } = incoming;
  const id = textOf(input, 'file');
  if (id !== undefined) return describeFile(locker, actor, id);
  const words = textOf(input, 'words')?.trim() ?? '';
  if (repliesTo !== undefined && (words === '' || pronouns.has(words.toLowerCase())))
    return describeFile(locker, actor, repliesTo);
  if (words === '') throw await askWhich(context, incoming, input, search);
  return (
    (await byNumber(context, incoming, words)) ??
    (await byId(context, incoming, words)) ??
    (await byName(context, incoming, input, search, words))
  );
}

async function byNumber(
  { memory, locker }: Context,
  { actor }: MemberIncoming,
  words: string,
): Promise<FileView | undefined> {
  const number = Number(numberPattern.exec(words)?.[1] ?? Number.NaN);
  if (Number.isNaN(number)) return undefined;
  const list = await memory.lastList();
  const id = list[number - 1];
  if (id !== undefined) return describeFile(locker, actor, id);
  throw new UsageError(fileWords.noSuchNumber(number, list.length));
}

async function byId(
  { locker }: Context,
  { actor }: MemberIncoming,
  words: string,
): Promise<FileView | undefined> {
  if (!isFileId(words)) return undefined;
  try {
    return await describeFile(locker, actor, words.toLowerCase());
  } catch (error) {
    if (!isLockerError(error, 'not_found')) throw error;
    // It may be the name of a file all the same.
    return undefined;
  }
}

async function byName(
  context: Context,
  incoming: MemberIncoming,
  input: Input,
  search: Search,
  words: string,
): Promise<FileView> {
  const { folder, name } = splitPath(words);
  const { files } = await listFiles(context.locker, incoming.actor, {
    query: name,
    folder,
    whose: search.trash === true || folder !== undefined ? 'me' : 'all',
    trash: search.trash ?? false,
    limit: 50,
  });
  const [only, second] = files;
  if (only !== undefined && second === undefined) return only;
  const same = files.filter((file) => normalizeText(file.name) === normalizeText(name));
  const [exact, another] = same;
  if (exact !== undefined && another === undefined) return exact;
  if (files.length === 0 && search.alsoTrash === true)
    return byName(context, incoming, input, { command: search.command, trash: true }, words);
  if (files.length === 0) throw noneFound(words, search);
  throw await askOneOf(context, input, search, {
    title: fileWords.several(words),
    files: same.length > 0 ? same : files,
  });
}

/** A file of a folder: `/work/report.pdf`. */
function splitPath(words: string): { folder: string | undefined; name: string } {
  const slash = words.lastIndexOf('/');
  return words.startsWith('/') && slash < words.length - 1
    ? { folder: words.slice(0, slash) || '/', name: words.slice(slash + 1) }
    : { folder: undefined, name: words };
}

/** For an id, says the same whether there is such a file or not, and offers to ask its owner. */
function noneFound(words: string, { trash, command, unread }: Search): Error {
  if (unread !== undefined) return new UsageError(unread);
  if (trash === true) return new Instead(note(fileWords.noneFoundInTrash(words)));
  if (!isFileId(words) || command !== 'get') return new Instead(note(fileWords.noneFound(words)));
  const ask = { label: labels.askForAccess, command: 'request', input: { file: words.toLowerCase() } };
  return new Instead(note(fileWords.noSuchId(words.toLowerCase()), [ask]));
}

async function askWhich(
  context: Context,
  { actor }: MemberIncoming,
  input: Input,
  search: Search,
): Promise<Instead> {
  const { files } = await listFiles(context.locker, actor, {
    whose: search.trash === true ? 'me' : 'all',
    trash: search.trash ?? false,
    limit: maxChoices,
  });
  if (files.length === 0)
    return new Instead(note([search.trash === true ? fileWords.trashIsEmpty : fileWords.lockerIsEmpty]));
  const title: Text = [search.trash === true ? fileWords.question.trash : fileWords.question.any];
  return askOneOf(context, input, search, { title, files });
}

async function askOneOf(
  context: Context,
  input: Input,
  { command }: Search,
  { title, files }: { title: Text; files: readonly FileView[] },
): Promise<Instead> {
  const reader = await readerOf(context);
  const names = new Set(files.map(({ name }) => name));
  const list: List = {
    kind: 'list',
    title: files.length > maxChoices ? lines(title, fileWords.moreThanShown(maxChoices)) : title,
    entries: files.slice(0, maxChoices).map((file, index) => ({
      number: null,
      // Files of one name are told apart, also on their buttons.
      text: [...(names.size < files.length ? [`${index + 1}. `] : []), fileWords.name(file)],
      detail: fileDetail(file, reader),
      actions: [{ label: labels.choose, command, input: { ...input, words: null, file: file.id } }],
    })),
  };
  return new Instead(list);
}
