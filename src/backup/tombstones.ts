import { journaled } from '../database/connect.ts';
import type { Locker } from '../locker.ts';

export type Buried = 'file' | 'version' | 'account';

/** Something that was deleted for good: a restore of an older backup must not bring it back. Never removed. */
export interface TombstoneDoc {
  /** `file:<id>`, `version:<id of the content>` or `account:<id>`. */
  _id: string;
  at: Date;
}

/**
 * Notes that something was deleted for good. Called once that is certain and before the note of the deletion goes, so
 * that a crash in between is made up for by the sweep. Safe to repeat: the last time counts.
 */
export async function bury({ collections, now }: Locker, kind: Buried, id: string): Promise<void> {
  await collections.tombstones.updateOne(
    { _id: `${kind}:${id}` },
    { $set: { at: now() } },
    { upsert: true, writeConcern: journaled(collections.tombstones) },
  );
}

/** True if an account was erased since then. */
export const isAccountBuriedSince = async ({ collections }: Locker, since: Date): Promise<boolean> =>
  (await collections.tombstones.countDocuments(
    { _id: { $gte: 'account:', $lt: 'account;' }, at: { $gte: since } },
    { limit: 1 },
  )) > 0;

/** What was deleted for good, as far as one backup or database knows. */
export class Tombstones {
  readonly #at = new Map<string, Date>();

  add({ _id, at }: TombstoneDoc): void {
    const known = this.#at.get(_id);
    if (known === undefined || known < at) this.#at.set(_id, at);
  }

  /** True if that very thing was deleted: an id may have been given out anew since. */
  has(kind: Buried, id: string, createdAt: Date): boolean {
    const at = this.#at.get(`${kind}:${id}`);
    return at !== undefined && createdAt <= at;
  }

  *all(): Generator<TombstoneDoc, void, undefined> {
    for (const [_id, at] of this.#at) yield { _id, at };
  }
}

/** Reads what the database knows. */
export async function readTombstones(
  { tombstones }: Pick<Locker['collections'], 'tombstones'>,
  into = new Tombstones(),
): Promise<Tombstones> {
  for await (const document of tombstones.find()) into.add(document);
  return into;
}
