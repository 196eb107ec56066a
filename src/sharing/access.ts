import type { OpenAccount } from '../accounts/account-keys.ts';
import type { Me } from '../accounts/actor.ts';
import type { AccountDoc } from '../accounts/documents.ts';
import { LockerError } from '../errors.ts';
import type { FileDoc } from '../files/documents.ts';
import type { GrantDoc } from './documents.ts';
import { restricted } from './restriction.ts';
import { type FileMetadata, folderTokens, openEntry } from '../files/entry.ts';
import type { AccessRole, Sight } from '../files/view.ts';
import type { Locker } from '../locker.ts';

/** A file that someone may use, opened. */
export interface Access extends Sight {
  readonly file: FileDoc;
  readonly metadata: FileMetadata;
  readonly owner: OpenAccount;
  /** What lets someone else in; empty for the owner. */
  readonly grants: readonly GrantDoc[];
}

const rank: Record<AccessRole, number> = { viewer: 0, editor: 1, owner: 2 };

/** The condition under which a grant counts. */
export const liveGrant = (now: Date) => ({ $or: [{ expiresAt: null }, { expiresAt: { $gt: now } }] });

/**
 * Finds a file that the account may use in this role: the one place where access to a file is decided.
 *
 * @param whenRestricted what the owner may do with a file that an administrator restricted: nothing, unless the use case is one
 *   that shows no content and spreads none.
 * @throws LockerError `not_found`, the same whether the file is someone else's or was never there; `forbidden` if it may be seen but
 *   not used so; `restricted`, only to the owner.
 */
export async function accessFile(
  locker: Locker,
  me: Me,
  fileId: string,
  need: AccessRole,
  whenRestricted: 'refuse' | 'allow' = 'refuse',
): Promise<Access> {
  const file = await locker.batches.files.get(fileId);
  if (file === null) throw notFound();
  if (file.owner === me.account._id) {
    if (file.restriction !== undefined && whenRestricted === 'refuse') throw restricted(me.keys, file);
    return {
      file,
      metadata: openEntry(me.keys, file),
      owner: me.keys,
      ownerHandle: me.account.handle,
      role: 'owner',
      folderShown: true,
      grants: [],
    };
  }
  const grants = await grantsFor(locker, me.account._id, file);
  const role = strongest(grants);
  if (role === undefined || file.trashedAt !== null || file.restriction !== undefined) throw notFound();
  if (rank[role] < rank[need]) {
    throw new LockerError('forbidden', {
      hint: need === 'owner' ? 'Only its owner can do this.' : 'It is shared with you to view, not to edit.',
    });
  }
  const account = await locker.collections.accounts.findOne({ _id: file.owner });
  if (account === null || account.status === 'removing') throw notFound();
  const owner = locker.accountKeys.open(account);
  return {
    file,
    metadata: openEntry(owner, file),
    owner,
    ownerHandle: account.handle,
    role,
    folderShown: grants.some((grant) => grant.kind === 'folder'),
    grants,
  };
}

const grantsFor = (locker: Locker, grantee: string, file: FileDoc): Promise<GrantDoc[]> =>
  locker.collections.grants
    .find({
      grantee,
      owner: file.owner,
      $and: [
        {
          $or: [
            { kind: 'file', file: file._id },
            { kind: 'folder', folder: { $in: file.folders } },
          ],
        },
        liveGrant(locker.now()),
      ],
    })
    .toArray();

const strongest = (grants: readonly GrantDoc[]): AccessRole | undefined =>
  grants.length === 0 ? undefined : grants.some((grant) => grant.role === 'editor') ? 'editor' : 'viewer';

/** A folder into which someone may put files: their own, or one shared with them to edit. */
export interface FolderAccess {
  readonly account: AccountDoc;
  readonly keys: OpenAccount;
  readonly role: 'owner' | 'editor';
}

/**
 * Decides who may put a file into a folder.
 *
 * @param ownerHandle folded handle of the locker's owner; the actor's own if absent.
 * @throws LockerError `not_found` if the folder is not theirs and not shared with them; `forbidden` if it is shared to view.
 */
export async function accessFolder(
  locker: Locker,
  me: Me,
  ownerHandle: string | undefined,
  folder: string,
): Promise<FolderAccess> {
  if (ownerHandle === undefined || ownerHandle === me.account.handle)
    return { account: me.account, keys: me.keys, role: 'owner' };
  const account = await locker.collections.accounts.findOne({ handle: ownerHandle });
  if (account === null || account.status === 'removing') throw notFound();
  const keys = locker.accountKeys.open(account);
  const grants = await locker.collections.grants
    .find({
      grantee: me.account._id,
      owner: account._id,
      kind: 'folder',
      folder: { $in: folderTokens(keys, folder) },
      ...liveGrant(locker.now()),
    })
    .toArray();
  const role = strongest(grants);
  if (role === undefined) throw notFound();
  if (role !== 'editor')
    throw new LockerError('forbidden', { hint: 'The folder is shared with you to view, not to edit.' });
  return { account, keys, role: 'editor' };
}

/** Nothing in it depends on whether the thing exists. */
export const notFound = (): LockerError =>
  new LockerError('not_found', { hint: 'There is no such file here, or it is not shared with you.' });
