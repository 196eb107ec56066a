import { audited } from '../audit/audited.ts';
import type { Filter } from 'mongodb';
import { type Actor, type Me, requireAccount } from '../accounts/actor.ts';
import { containsWords } from '../crypto/normalize.ts';
import { toBinary } from '../database/binary.ts';
import type { FileDoc } from './documents.ts';
import { isLockerError, LockerError } from '../errors.ts';
import type { Locker } from '../locker.ts';
import { type VisibleLocker, visibleLockers, type Whose } from '../sharing/visible.ts';
import { openEntry, searchedTexts } from './entry.ts';
import { requireFolder } from './folder-path.ts';
import { inTurns } from './in-turns.ts';
import { decodeCursor, encodeCursor, type Position } from './list-cursor.ts';
import { requireTags } from './tags.ts';
import { type FileView, viewFile } from './view.ts';
import { wordFilter } from './word-filter.ts';

export const sortKeys = ['updated', 'created', 'size', 'name'] as const;
export type SortKey = (typeof sortKeys)[number];

export interface ListInput {
  /** Words, beginnings or parts of words; all must occur. */
  readonly query?: string | undefined;
  readonly folder?: string | undefined;
  /** Also what is in folders below. */
  readonly recursive?: boolean;
  readonly tag?: string | undefined;
  readonly whose?: Whose;
  /** The trash instead of the rest. */
  readonly trash?: boolean;
  readonly sort?: SortKey;
  readonly descending?: boolean;
  readonly limit: number;
  /** `next` of the page before. */
  readonly cursor?: string | undefined;
}

export interface FilePage {
  readonly files: readonly FileView[];
  /** Cursor of the next page; null at the end. */
  readonly next: string | null;
}

/** Names are sealed, so sorting by them opens every one: bounded, to bound the work of a request. */
export const maxSortedByName = 10_000;

const fieldOf = { updated: 'updatedAt', created: 'createdAt', size: 'sizeBytes' } as const;
const nameOrder = new Intl.Collator('und', { numeric: true, sensitivity: 'variant' });

/**
 * Lists and searches files, one's own or shared ones, a page at a time. Pages neither repeat nor skip a file that
 * stays as it is.
 *
 * @throws LockerError `bad_request` for a cursor of another listing, `too_many` to sort by name, `not_found` for an owner who shares nothing.
 */
export const listFiles = audited(
  'file.list',
  () => ({}),
  async (locker: Locker, actor: Actor, input: ListInput): Promise<FilePage> => {
    const me = await requireAccount(locker, actor, 'files:read');
    const lockers = await visibleLockers(locker, me, input.whose ?? 'me');
    const conditions = (
      await Promise.all(lockers.map((visible) => conditionFor(locker, visible, input)))
    ).flat();
    if (conditions.length === 0) return { files: [], next: null };
    const filter: Filter<FileDoc> =
      conditions.length === 1 && conditions[0] !== undefined ? conditions[0] : { $or: conditions };
    const open = opener(locker, lockers, input.query);
    const after = input.cursor === undefined ? undefined : decodeCursor(me.keys, sortOf(input), input.cursor);
    const found =
      input.sort === 'name'
        ? // One at a time for each account: each holds all of the entries.
          await locker.nameSorts.run(me.account._id, () => byName(locker, filter, open, input, after))
        : await byField(locker, filter, open, input, after);
    return page(me, input, found);
  },
);

/** The part of one locker that is asked for; none if it cannot hold anything. */
async function conditionFor(
  locker: Locker,
  { owner, filter, filterByFolder }: VisibleLocker,
  input: ListInput,
): Promise<Filter<FileDoc>[]> {
  const $and: Filter<FileDoc>[] = [filter, { trashedAt: input.trash === true ? { $ne: null } : null }];
  if (input.folder !== undefined) {
    const token = toBinary(owner.index.exact('folder', requireFolder(input.folder)));
    $and.push(filterByFolder, input.recursive === true ? { folders: token } : { folder: token });
  }
  if (input.tag !== undefined) {
    const [tag] = requireTags([input.tag]);
    if (tag === undefined) return [];
    $and.push({ tags: toBinary(owner.index.exact('tag', tag)) });
  }
  if (input.query !== undefined) {
    const words = owner.index.query(input.query);
    if (words.length === 0) return [];
    $and.push(await wordFilter(locker, owner.id, words));
  }
  return [{ $and }];
}

type Found = { readonly view: FileView; readonly position: Position };
type Opener = (file: Listed) => FileView | undefined;
type Listed = Pick<
  FileDoc,
  | '_id'
  | 'owner'
  | 'sealed'
  | 'folders'
  | 'sizeBytes'
  | 'createdAt'
  | 'updatedAt'
  | 'trashedAt'
  | 'restriction'
>;

const projection = {
  owner: 1,
  sealed: 1,
  folders: 1,
  sizeBytes: 1,
  createdAt: 1,
  updatedAt: 1,
  trashedAt: 1,
  restriction: 1,
} as const;

/** Opens a candidate; undefined if the blind index was wrong about it, or if its record is damaged: one bad entry does not hide the others. */
function opener(locker: Locker, lockers: readonly VisibleLocker[], query: string | undefined): Opener {
  const byOwner = new Map(lockers.map((visible) => [visible.owner.id, visible]));
  return (file) => {
    const visible = byOwner.get(file.owner);
    if (visible === undefined) return undefined;
    try {
      const metadata = openEntry(visible.owner, file);
      if (query !== undefined && !containsWords(searchedTexts(metadata).join('\n'), query)) return undefined;
      return viewFile(file, metadata, visible.sight(file));
    } catch (error) {
      if (!isLockerError(error, 'content_damaged')) throw error;
      locker.log.error({ err: error }, 'left a damaged entry out of a list');
      return undefined;
    }
  };
}

/** Pages along an index; one more than asked for tells whether there is a next page. */
async function byField(
  locker: Locker,
  filter: Filter<FileDoc>,
  open: Opener,
  input: ListInput,
  after: Position | undefined,
): Promise<Found[]> {
  const field = fieldOf[input.sort === 'name' || input.sort === undefined ? 'updated' : input.sort];
  const direction = input.descending === false ? 1 : -1;
  const past = direction === 1 ? '$gt' : '$lt';
  const value =
    after === undefined ? undefined : field === 'sizeBytes' ? Number(after.key) : new Date(Number(after.key));
  const beyond: Filter<FileDoc> =
    after === undefined
      ? {}
      : { $or: [{ [field]: { [past]: value } }, { [field]: value, _id: { [past]: after.id } }] };
  const cursor = locker.collections.files
    .find<Listed>({ $and: [filter, beyond] }, { projection, batchSize: input.limit + 1 })
    .sort({ [field]: direction, _id: direction });
  const found: Found[] = [];
  for await (const file of cursor) {
    const view = open(file);
    if (view === undefined) continue;
    found.push({ view, position: { key: String(Number(file[field])), id: file._id } });
    if (found.length > input.limit) break;
  }
  return found;
}

async function byName(
  locker: Locker,
  filter: Filter<FileDoc>,
  open: Opener,
  input: ListInput,
  after: Position | undefined,
): Promise<Found[]> {
  const files = await locker.collections.files
    .find<Listed>(filter, { projection, limit: maxSortedByName + 1 })
    .toArray();
  if (files.length > maxSortedByName) {
    throw new LockerError('too_many', {
      limit: maxSortedByName,
      hint: 'Too many files to sort by name. Name a folder, a tag or words, or sort by updated, created or size.',
    });
  }
  const direction = input.descending === true ? -1 : 1;
  const order = (a: Position, b: Position) =>
    direction * (nameOrder.compare(a.key, b.key) || compareText(a.key, b.key) || compareText(a.id, b.id));
  const opened: Found[] = [];
  for await (const file of inTurns(files)) {
    const view = open(file);
    if (view !== undefined) opened.push({ view, position: { key: view.name, id: view.id } });
  }
  return opened
    .toSorted((a, b) => order(a.position, b.position))
    .filter(({ position }) => after === undefined || order(position, after) > 0)
    .slice(0, input.limit + 1);
}

const compareText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

/** What a cursor belongs to, so that it is not taken for another order. */
const sortOf = ({ sort = 'updated', descending }: ListInput) => `${sort}:${descending ?? 'default'}`;

function page(me: Me, input: ListInput, found: readonly Found[]): FilePage {
  const shown = found.slice(0, input.limit);
  const last = shown.at(-1);
  return {
    files: shown.map(({ view }) => view),
    next:
      found.length > input.limit && last !== undefined
        ? encodeCursor(me.keys, sortOf(input), last.position)
        : null,
  };
}
