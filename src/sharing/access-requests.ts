import { type Actor, type Me, requireAccount, requirePerson } from '../accounts/actor.ts';
import { audited } from '../audit/audited.ts';
import { journaled, isDuplicate } from '../database/connect.ts';
import { LockerError } from '../errors.ts';
import { newId } from '../ids.ts';
import type { Locker } from '../locker.ts';
import { notify } from '../notify/notify.ts';
import { accessFile } from './access.ts';
import type { AccessRequestDoc } from './documents.ts';
import { type AccessAnswer, giveAccess } from './give-access.ts';

const dayMs = 24 * 3600 * 1000;
/** How long a request can be answered. */
const openMs = 7 * dayMs;
/** How long it is kept, whatever becomes of it: a denial on the last day counts for one more. */
const keptMs = openMs + dayMs;
/** Files that one account can ask for in a day. */
export const maxRequestsADay = 20;

/** A request that waits for an answer, as the owner of the file sees it. */
export interface AccessRequestView {
  readonly id: string;
  readonly file: string;
  /** Handle of who asks. */
  readonly by: string;
  readonly askedAt: Date;
}

/**
 * Asks the owner of a file for access. While a request waits, and for a day after it was denied, the owner is not told of
 * another. The answer is the same, and is found in the same way, whether or not there is such a file, and whether or not its
 * owner takes requests.
 *
 * @throws LockerError `rate_limited` for one who asks for too many.
 */
export const requestAccess = audited(
  'access.request',
  ([file]) => ({ file }),
  async (locker: Locker, actor: Actor, fileId: string): Promise<void> => {
    const me = await requirePerson(locker, actor, 'files:read');
    const { accessRequests } = locker.collections;
    const now = locker.now();
    const since = new Date(now.getTime() - dayMs);
    const lately = await accessRequests.countDocuments({ asker: me.account._id, askedAt: { $gt: since } });
    if (lately >= maxRequestsADay)
      throw new LockerError('rate_limited', {
        limit: maxRequestsADay,
        retryAfterSeconds: dayMs / 1000,
        hint: 'You asked for many files today. Go on tomorrow.',
      });
    const owner = await whomToAsk(locker, me, fileId);
    const asked = { asker: me.account._id, file: fileId.slice(0, 32) };
    await renew(locker, asked, now, since);
    const request = (await reopen(locker, asked, owner)) ?? (await open(locker, asked, owner));
    if (owner === null || request === undefined) return;
    void notify(locker, owner, {
      kind: 'access-requested',
      request,
      by: me.account.handle,
      file: fileId,
      at: now,
    });
  },
);

/** Lists the requests that wait for the actor's answer, newest first. */
export const listAccessRequests = audited(
  'access.list',
  () => ({}),
  async (locker: Locker, actor: Actor): Promise<AccessRequestView[]> => {
    const { account } = await requireAccount(locker, actor, 'share');
    const found = await locker.collections.accessRequests
      .find({ owner: account._id, ...waits(locker.now()) })
      .sort({ askedAt: -1 })
      .limit(200)
      .toArray();
    const askers = await locker.collections.accounts
      .find({ _id: { $in: found.map(({ asker }) => asker) } }, { projection: { handle: 1 } })
      .toArray();
    const handles = new Map(askers.map(({ _id, handle }) => [_id, handle]));
    return found.flatMap(({ _id, asker, file, askedAt }) => {
      const by = handles.get(asker);
      return by === undefined ? [] : [{ id: _id, file, by, askedAt }];
    });
  },
);

/**
 * Answers a request for one of the actor's files. It is answered once; whoever asked hears of it only if they may.
 *
 * @param answer `once`: they may open the file one time within a day; `day`: for a day; `always`: until it is revoked.
 * @throws LockerError `not_found` for a request that is answered, too old, or someone else's.
 */
export const answerAccessRequest = audited(
  'access.answer',
  ([id, answer]) => ({ subject: `${id} ${answer}` }),
  async (locker: Locker, actor: Actor, requestId: string, answer: AccessAnswer | 'deny'): Promise<void> => {
    const me = await requireAccount(locker, actor, 'share');
    const mine = { _id: requestId, owner: me.account._id, ...waits(locker.now()) };
    const request = await locker.collections.accessRequests.findOne(mine);
    if (request === null) throw noRequest();
    if (answer !== 'deny') await accessFile(locker, me, request.file, 'owner');
    // Answered, and still there: it counts for today, and a denied one keeps them from asking again.
    const denial = answer === 'deny' ? { denied: true as const, deniedAt: locker.now() } : {};
    const answered = await locker.collections.accessRequests.updateOne(mine, {
      $set: { owner: null, ...denial },
    });
    if (answered.modifiedCount === 0) throw noRequest();
    if (answer === 'deny') return;
    const asker = await locker.collections.accounts.findOne({ _id: request.asker });
    if (asker?.status !== 'active') throw noRequest();
    await giveAccess(locker, me.account._id, asker._id, request.file, answer);
    void notify(locker, asker._id, {
      kind: 'access-answered',
      by: me.account.handle,
      file: request.file,
      answer,
      at: locker.now(),
    });
  },
);

/** Lets others ask for access to the actor's files, or no longer. */
export const setAllowRequests = audited(
  'access.allow',
  ([allow]) => ({ subject: allow ? 'on' : 'off' }),
  async (locker: Locker, actor: Actor, allow: boolean): Promise<void> => {
    const { account } = await requirePerson(locker, actor, 'share');
    await locker.collections.accounts.updateOne(
      { _id: account._id },
      { $set: { allowRequests: allow } },
      { writeConcern: journaled(locker.collections.accounts) },
    );
  },
);

type Asked = Pick<AccessRequestDoc, 'asker' | 'file'>;

/** Still to be answered. */
const waits = (now: Date) => ({ expiresAt: { $gt: new Date(now.getTime() + dayMs) } });

/**
 * Makes an older request one of today, in the same way whether it reached anybody or not, since whoever asks may see when that was.
 * One that waits stays, so that the owner's buttons answer it, and one that was denied lately.
 */
async function renew(locker: Locker, asked: Asked, now: Date, since: Date): Promise<void> {
  const { accessRequests } = locker.collections;
  const old = { ...asked, askedAt: { $lte: since } };
  await accessRequests.updateOne(
    { ...asked, deniedAt: { $lte: since } },
    { $unset: { denied: '', deniedAt: '' } },
  );
  const stays = [{ owner: { $ne: null }, ...waits(now) }, { deniedAt: { $gt: since } }];
  await accessRequests.deleteOne({ ...old, $nor: stays });
  await accessRequests.updateOne(old, {
    $set: { askedAt: now, expiresAt: new Date(now.getTime() + keptMs) },
  });
}

/**
 * Asks again, today, what reached nobody or was answered, unless it was denied. Its times stay as they are: whoever asked may
 * see those.
 */
async function reopen(locker: Locker, asked: Asked, owner: string | null): Promise<string | undefined> {
  const { accessRequests } = locker.collections;
  const reopened = await accessRequests.findOneAndUpdate(
    { ...asked, owner: null, denied: { $ne: true } },
    { $set: { owner } },
    { writeConcern: journaled(accessRequests) },
  );
  return reopened?._id;
}

/** @returns undefined for what waits already, or was denied today. */
async function open(locker: Locker, asked: Asked, owner: string | null): Promise<string | undefined> {
  const { accessRequests } = locker.collections;
  const askedAt = locker.now();
  const expiresAt = new Date(askedAt.getTime() + keptMs);
  const request: AccessRequestDoc = { _id: newId(), ...asked, owner, askedAt, expiresAt };
  try {
    await accessRequests.insertOne(request, { writeConcern: journaled(accessRequests) });
    return request._id;
  } catch (error) {
    if (isDuplicate(error)) return undefined;
    throw error;
  }
}

/** The account that is to be asked; null if there is none, or if whoever asks may see the file already. */
async function whomToAsk(locker: Locker, me: Me, fileId: string): Promise<string | null> {
  const file = await locker.collections.files.findOne({ _id: fileId });
  const owner = await locker.collections.accounts.findOne({ _id: file?.owner ?? '' });
  if (file === null || file.trashedAt !== null || file.restriction !== undefined) return null;
  if (owner?.status !== 'active' || owner.allowRequests !== true || owner._id === me.account._id) return null;
  try {
    await accessFile(locker, me, fileId, 'viewer');
    return null;
  } catch (error) {
    if (error instanceof LockerError && error.code === 'not_found') return owner._id;
    throw error;
  }
}

const noRequest = () =>
  new LockerError('not_found', { hint: 'This request is answered already, or too old.' });
