import type { Binary, Filter } from 'mongodb';
import type { OpenAccount } from '../accounts/account-keys.ts';
import type { Me } from '../accounts/actor.ts';
import { LockerError } from '../errors.ts';
import type { FileDoc } from '../files/documents.ts';
import type { Locker } from '../locker.ts';
import type { Sight } from '../files/view.ts';
import { liveGrant } from './access.ts';
import type { GrantDoc } from './documents.ts';

/** One locker that someone sees, whole or in part. */
export interface VisibleLocker {
  readonly owner: OpenAccount;
  readonly handle: string;
  readonly own: boolean;
  /** Selects the files that are seen; anything else is added to it. */
  readonly filter: Filter<FileDoc>;
  /** Selects those of them whose folder may be known: nothing about another's folder may be asked. */
  readonly filterByFolder: Filter<FileDoc>;
  sight(file: Pick<FileDoc, '_id' | 'folders'>): Sight;
}

/** Whose files: one's own, those of others, both, or those of one account. */
export type Whose = 'me' | 'others' | 'all' | { readonly handle: string };

/**
 * Finds the lockers of which the account sees anything.
 *
 * @throws LockerError `not_found` for a handle whose owner shares nothing, the same as for one that does not exist.
 */
export async function visibleLockers(locker: Locker, me: Me, whose: Whose): Promise<VisibleLocker[]> {
  const own = ownLocker(me);
  if (whose === 'me' || (typeof whose === 'object' && whose.handle === me.account.handle)) return [own];
  const shared = await sharedLockers(locker, me);
  if (whose === 'others') return shared;
  if (whose === 'all') return [own, ...shared];
  const found = shared.filter(({ handle }) => handle === whose.handle);
  if (found.length === 0)
    throw new LockerError('not_found', {
      subject: whose.handle,
      hint: 'Nobody of this handle shares anything with you.',
    });
  return found;
}

const ownLocker = ({ account, keys }: Me): VisibleLocker => ({
  owner: keys,
  handle: account.handle,
  own: true,
  filter: { owner: account._id },
  filterByFolder: {},
  sight: () => ({ ownerHandle: account.handle, role: 'owner', folderShown: true }),
});

async function sharedLockers(locker: Locker, me: Me): Promise<VisibleLocker[]> {
  const grants = await locker.collections.grants
    .find({ grantee: me.account._id, ...liveGrant(locker.now()) })
    .toArray();
  const owners = await locker.collections.accounts
    .find({ _id: { $in: [...new Set(grants.map((grant) => grant.owner))] }, status: { $ne: 'removing' } })
    .toArray();
  return owners.map((account) => {
    const given = grants.filter((grant) => grant.owner === account._id);
    return {
      owner: locker.accountKeys.open(account),
      handle: account.handle,
      own: false,
      filter: {
        owner: account._id,
        trashedAt: null,
        restriction: { $exists: false },
        $or: [{ _id: { $in: filesOf(given) } }, { folders: { $in: foldersOf(given) } }],
      },
      filterByFolder: { folders: { $in: foldersOf(given) } },
      sight: (file) => {
        const applying = given.filter((grant) => applies(grant, file));
        return {
          ownerHandle: account.handle,
          role: applying.some((grant) => grant.role === 'editor') ? ('editor' as const) : ('viewer' as const),
          folderShown: applying.some((grant) => grant.kind === 'folder'),
        };
      },
    };
  });
}

const filesOf = (grants: readonly GrantDoc[]): string[] =>
  grants.flatMap((grant) => (grant.kind === 'file' ? [grant.file] : []));
const foldersOf = (grants: readonly GrantDoc[]): Binary[] =>
  grants.flatMap((grant) => (grant.kind === 'folder' ? [grant.folder] : []));

const applies = (grant: GrantDoc, file: Pick<FileDoc, '_id' | 'folders'>): boolean =>
  grant.kind === 'file'
    ? grant.file === file._id
    : file.folders.some((folder) => sameToken(folder, grant.folder));

const sameToken = (a: Binary, b: Binary) => Buffer.compare(a.value(), b.value()) === 0;
