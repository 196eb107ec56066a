import { audited, type Subject } from '../audit/audited.ts';
import type { Filter } from 'mongodb';
import { type Actor, type Me, requireAccount } from '../accounts/actor.ts';
import { foldHandle } from '../accounts/handle.ts';
import { OpenError } from '../crypto/fernet.ts';
import { openMetadata, sealMetadata } from '../crypto/metadata.ts';
import { fromBinary, toBinary } from '../database/binary.ts';
import { journaled, isDuplicate } from '../database/connect.ts';
import type { OpenAccount } from '../accounts/account-keys.ts';
import type { AccountDoc } from '../accounts/documents.ts';
import type { FolderGrantDoc, GrantDoc, GrantRole } from './documents.ts';
import { LockerError } from '../errors.ts';
import { requireFolder } from '../files/folder-path.ts';
import { newId } from '../ids.ts';
import type { Locker } from '../locker.ts';
import { notify } from '../notify/notify.ts';
import { accessFile, liveGrant } from './access.ts';

/** What is shared: one file, or a folder with everything below it, now and later. */
export type Target =
  | { readonly kind: 'file'; readonly fileId: string }
  | { readonly kind: 'folder'; readonly folder: string };

export interface GrantView {
  /** Handle of the one it is shared with. */
  readonly grantee: string;
  readonly role: GrantRole;
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
}

/**
 * Shares a file or folder with someone, or changes how it is shared. Takes effect at once.
 *
 * @throws LockerError `not_found` for a file that is not theirs to see or a handle that does not exist, `forbidden` for another's file,
 *   `bad_request` for oneself or a time that has passed, `too_many`.
 */
export const putGrant = audited(
  'grant.put',
  ([target, { grantee }]) => aboutTarget(target, grantee),
  async (
    locker: Locker,
    actor: Actor,
    target: Target,
    input: { grantee: string; role: GrantRole; expiresAt: Date | null },
  ): Promise<GrantView> => {
    const me = await requireAccount(locker, actor, 'share');
    const which = await selectTarget(locker, me, target, 'refuse');
    const grantee = await findGrantee(locker, me, input.grantee);
    if (input.expiresAt !== null && input.expiresAt <= locker.now()) {
      throw new LockerError('bad_request', {
        subject: 'expiresAt',
        hint: 'The time has passed already. Give a later one.',
      });
    }
    const { grants } = locker.collections;
    const filter = { ...which.filter, grantee: grantee._id };
    const _id = newId();
    const createdAt = locker.now();
    // What was for one time is so no more.
    const change = {
      $set: { role: input.role, expiresAt: input.expiresAt },
      $unset: { once: '' as const },
    };
    const existing = await grants.findOneAndUpdate(filter, change, {
      returnDocument: 'after',
      writeConcern: journaled(grants),
    });
    if (existing !== null) return viewGrant(existing, grantee.handle);
    if ((await grants.countDocuments({ ...which.filter })) >= maxGrantees) {
      throw new LockerError('too_many', {
        limit: maxGrantees,
        hint: 'Share a folder, or revoke a grant that is no longer needed.',
      });
    }
    const base = {
      _id,
      owner: me.account._id,
      grantee: grantee._id,
      role: input.role,
      expiresAt: input.expiresAt,
      createdAt,
    };
    const grant: GrantDoc =
      target.kind === 'file'
        ? { ...base, kind: 'file', file: target.fileId }
        : {
            ...base,
            kind: 'folder',
            folder: folderToken(me, target.folder),
            sealed: toBinary(
              sealMetadata(me.keys.key, record(_id), { folder: requireFolder(target.folder) }),
            ),
          };
    try {
      await grants.insertOne(grant, { writeConcern: journaled(grants) });
      const file = target.kind === 'file' ? target.fileId : null;
      void notify(locker, grantee._id, { kind: 'shared', by: me.account.handle, file, at: createdAt });
      return viewGrant(grant, grantee.handle);
    } catch (error) {
      if (!isDuplicate(error)) throw error;
      // Shared by two requests at once: the later one decides how.
      const raced = await grants.findOneAndUpdate(filter, change, {
        returnDocument: 'after',
        writeConcern: journaled(grants),
      });
      return viewGrant(raced ?? grant, grantee.handle);
    }
  },
);

/** Grants that one file or folder can have. */
const maxGrantees = 1000;

/** Lists with whom a file or folder is shared. @throws LockerError `not_found`, `forbidden`. */
export const listGrants = audited(
  'grant.list',
  ([target]) => aboutTarget(target),
  async (locker: Locker, actor: Actor, target: Target): Promise<GrantView[]> => {
    const me = await requireAccount(locker, actor, 'share');
    const { filter } = await selectTarget(locker, me, target);
    const grants = await locker.collections.grants
      .find({ $and: [filter, liveGrant(locker.now())] })
      .sort({ createdAt: 1 })
      .toArray();
    const accounts = await locker.collections.accounts
      .find({ _id: { $in: grants.map((grant) => grant.grantee) } }, { projection: { handle: 1 } })
      .toArray();
    const handles = new Map(accounts.map(({ _id, handle }) => [_id, handle]));
    return grants.flatMap((grant) => {
      const handle = handles.get(grant.grantee);
      return handle === undefined ? [] : [viewGrant(grant, handle)];
    });
  },
);

/** Stops sharing with someone. Takes effect at once. @throws LockerError `not_found` if it was not shared with them. */
export const removeGrant = audited(
  'grant.remove',
  ([target, grantee]) => aboutTarget(target, grantee),
  async (locker: Locker, actor: Actor, target: Target, granteeHandle: string): Promise<void> => {
    const me = await requireAccount(locker, actor, 'share');
    const { filter } = await selectTarget(locker, me, target);
    const grantee = await locker.collections.accounts.findOne(
      { handle: foldHandle(granteeHandle) },
      { projection: { _id: 1 } },
    );
    const { deletedCount } = await locker.collections.grants.deleteOne(
      { ...filter, grantee: grantee?._id ?? '' },
      { writeConcern: journaled(locker.collections.grants) },
    );
    if (deletedCount === 0)
      throw new LockerError('not_found', { hint: 'It is not shared with anyone of this handle.' });
  },
);

export interface SharedFolderView extends GrantView {
  readonly folder: string;
}

/** Lists the actor's folders that are shared. */
export const listSharedFolders = audited(
  'grant.folders',
  () => ({}),
  async (locker: Locker, actor: Actor): Promise<SharedFolderView[]> => {
    const me = await requireAccount(locker, actor, 'share');
    const grants = await locker.collections.grants
      .find({ $and: [{ owner: me.account._id, kind: 'folder' }, liveGrant(locker.now())] })
      .toArray();
    const accounts = await locker.collections.accounts
      .find({ _id: { $in: grants.map((grant) => grant.grantee) } }, { projection: { handle: 1 } })
      .toArray();
    const handles = new Map(accounts.map(({ _id, handle }) => [_id, handle]));
    return grants
      .flatMap((grant) => {
        const handle = handles.get(grant.grantee);
        return grant.kind === 'folder' && handle !== undefined
          ? [{ folder: openSharedFolder(me.keys, grant), ...viewGrant(grant, handle) }]
          : [];
      })
      .toSorted((a, b) => a.folder.localeCompare(b.folder) || a.grantee.localeCompare(b.grantee));
  },
);

async function selectTarget(
  locker: Locker,
  me: Me,
  target: Target,
  whenRestricted: 'refuse' | 'allow' = 'allow',
): Promise<{ filter: Filter<GrantDoc> }> {
  if (target.kind === 'folder')
    return { filter: { owner: me.account._id, kind: 'folder', folder: folderToken(me, target.folder) } };
  await accessFile(locker, me, target.fileId, 'owner', whenRestricted);
  return { filter: { owner: me.account._id, kind: 'file', file: target.fileId } };
}

async function findGrantee(locker: Locker, me: Me, text: string): Promise<AccountDoc> {
  const handle = foldHandle(text);
  if (handle === me.account.handle)
    throw new LockerError('bad_request', { subject: handle, hint: 'It is yours already.' });
  const grantee = await locker.collections.accounts.findOne({ handle });
  if (grantee === null)
    throw new LockerError('not_found', {
      subject: handle,
      hint: 'Nobody here has this handle. Invite them first.',
    });
  return grantee;
}

const aboutTarget = (target: Target, grantee?: string): Subject => ({
  file: target.kind === 'file' ? target.fileId : undefined,
  subject: grantee === undefined ? undefined : foldHandle(grantee),
});

const folderToken = (me: Me, folder: string) =>
  toBinary(me.keys.index.exact('folder', requireFolder(folder)));

const record = (grantId: string) => `grant:${grantId}`;

/** Opens the path of a folder that its owner shares. @throws LockerError `content_damaged`. */
export function openSharedFolder(
  owner: OpenAccount,
  { _id, sealed }: Pick<FolderGrantDoc, '_id' | 'sealed'>,
): string {
  try {
    return (openMetadata(owner.key, record(_id), fromBinary(sealed)) as { folder: string }).folder;
  } catch (error) {
    if (!(error instanceof OpenError)) throw error;
    throw new LockerError(
      'content_damaged',
      { hint: 'The stored record of a shared folder is damaged.' },
      { cause: error },
    );
  }
}

const viewGrant = ({ role, createdAt, expiresAt }: GrantDoc, grantee: string): GrantView => ({
  grantee,
  role,
  createdAt,
  expiresAt,
});
