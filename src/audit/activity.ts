import type { Filter } from 'mongodb';
import { type Actor, type Me, requireAccount } from '../accounts/actor.ts';
import { isLockerError } from '../errors.ts';
import { openEntry } from '../files/entry.ts';
import { decodeCursor, encodeCursor } from '../files/list-cursor.ts';
import type { Locker } from '../locker.ts';
import { visibleLockers } from '../sharing/visible.ts';
import { audited } from './audited.ts';
import type { AuditDoc, Door } from './record.ts';

/** Something that happened, as one of the people whom it concerns sees it. */
export interface ActivityView {
  readonly at: Date;
  /** Name of the use case, such as `file.download`. */
  readonly action: string;
  /** Handle of who did it, or tried to; null for a stranger, the operator, and an account that is gone. */
  readonly who: string | null;
  readonly door: Door;
  /** The name is null where the file is gone, or not to be seen by the one who asks. */
  readonly file: { readonly id: string; readonly name: string | null } | null;
  /** `ok`, or the code of the error. */
  readonly outcome: string;
  /** What else it was about: a handle, a version, the id of a token, session or link. */
  readonly subject: string | null;
}

export interface ActivityInput {
  readonly limit: number;
  /** `next` of the page before. */
  readonly cursor?: string | undefined;
  /** One action such as `file.download`, or a group of them such as `file`. */
  readonly action?: string | undefined;
  /** Only what happened to this file. */
  readonly file?: string | undefined;
}

export interface ActivityPage {
  readonly activity: readonly ActivityView[];
  /** Cursor of the next page; null at the end. */
  readonly next: string | null;
}

const listing = 'activity';

/**
 * Lists what concerns someone, newest first: what they did, and what others did, or were refused, with their files and
 * account. Names are opened now, through the rules of access as they are now.
 *
 * @throws LockerError `bad_request` for a cursor of another listing.
 */
export const listActivity = audited(
  'activity.list',
  () => ({}),
  async (locker: Locker, actor: Actor, input: ActivityInput): Promise<ActivityPage> =>
    readActivity(locker, await requireAccount(locker, actor, 'files:read'), input),
);

/** As `listActivity`, for someone whose permission was checked. */
export async function readActivity(locker: Locker, me: Me, input: ActivityInput): Promise<ActivityPage> {
  const mine = me.account._id;
  const $and: Filter<AuditDoc>[] = [{ $or: [{ account: mine }, { owner: mine }] }];
  if (input.action !== undefined) $and.push({ action: actionsOf(input.action) });
  if (input.file !== undefined) $and.push({ file: input.file });
  if (input.cursor !== undefined)
    $and.push({ _id: { $lt: Number(decodeCursor(me.keys, listing, input.cursor).key) } });
  const found = await locker.collections.audit
    .find({ $and })
    .sort({ _id: -1 })
    .limit(input.limit + 1)
    .toArray();
  const shown = found.slice(0, input.limit);
  const [handles, names] = await Promise.all([handlesOf(locker, shown), namesOf(locker, me, shown)]);
  const last = shown.at(-1);
  return {
    activity: shown.map((record) => ({
      at: record.at,
      action: record.action,
      who: record.account === null ? null : (handles.get(record.account) ?? null),
      door: record.door,
      file: record.file === null ? null : { id: record.file, name: names.get(record.file) ?? null },
      outcome: record.outcome,
      subject: record.subject,
    })),
    // Sealed, since the number of a record tells how much goes on in the whole locker.
    next:
      found.length > input.limit && last !== undefined
        ? encodeCursor(me.keys, listing, { key: String(last._id), id: '' })
        : null,
  };
}

/** A whole name, or all that begin with a group's name and a dot. */
const actionsOf = (action: string) =>
  action.includes('.') ? action : { $gt: `${action}.`, $lt: `${action}/` };

async function handlesOf(locker: Locker, records: readonly AuditDoc[]): Promise<Map<string, string>> {
  const ids = [...new Set(records.flatMap(({ account }) => account ?? []))];
  const accounts = await locker.collections.accounts
    .find({ _id: { $in: ids } }, { projection: { handle: 1 } })
    .toArray();
  return new Map(accounts.map(({ _id, handle }) => [_id, handle]));
}

/** Names of the files that the account may see now. */
async function namesOf(locker: Locker, me: Me, records: readonly AuditDoc[]): Promise<Map<string, string>> {
  const names = new Map<string, string>();
  const ids = [...new Set(records.flatMap(({ file }) => file ?? []))];
  if (ids.length === 0) return names;
  const lockers = await visibleLockers(locker, me, 'all');
  const owners = new Map(lockers.map(({ owner }) => [owner.id, owner]));
  const files = await locker.collections.files
    .find(
      { _id: { $in: ids }, $or: lockers.map(({ filter }) => filter) },
      { projection: { owner: 1, sealed: 1 } },
    )
    .toArray();
  for (const file of files) {
    const owner = owners.get(file.owner);
    if (owner === undefined) continue;
    try {
      names.set(file._id, openEntry(owner, file).name);
    } catch (error) {
      if (!isLockerError(error, 'content_damaged')) throw error;
      locker.log.error({ err: error }, 'left the name of a damaged entry out of the activity');
    }
  }
  return names;
}
