import { openLabel } from '../accounts/identity.ts';
import type { Me } from '../accounts/actor.ts';
import { bytesInUse } from '../files/reservation.ts';
import type { Locker } from '../locker.ts';
import { viewLinkDetails } from '../links/view-link.ts';
import { ownLinks } from '../links/stored-links.ts';
import type { FolderGrantDoc, GrantDoc } from '../sharing/documents.ts';
import { openSharedFolder } from '../sharing/grants.ts';

/** What is kept about someone besides their files and activity. No secret is in it: no code, token or key. */
export async function describePerson(locker: Locker, { account, keys }: Me): Promise<object> {
  const { identities, sessions, apiTokens } = locker.collections;
  const mine = { account: account._id };
  const { handle, role, quotaBytes, fileCount, maxFiles, createdAt, allowRequests = false } = account;
  return {
    handle,
    role,
    createdAt,
    quotaBytes,
    usedBytes: bytesInUse(account),
    fileCount,
    maxFiles,
    allowRequests,
    identities: await identities
      .find(mine)
      .sort({ createdAt: 1 })
      .map((identity) => ({
        id: identity._id,
        label: openLabel(keys, identity),
        createdAt: identity.createdAt,
      }))
      .toArray(),
    sessions: await sessions
      .find(mine)
      .sort({ createdAt: 1 })
      .map(({ _id, refreshHash: _hash, usedHashes: _used, account: _mine, ...session }) => ({
        id: _id,
        ...session,
      }))
      .toArray(),
    tokens: await apiTokens
      .find(mine)
      .sort({ createdAt: 1 })
      .map(({ _id, name, scopes, createdAt: madeAt, expiresAt, revokedAt }) => ({
        id: _id,
        name,
        scopes,
        createdAt: madeAt,
        expiresAt,
        revokedAt,
      }))
      .toArray(),
  };
}

/** What someone shares, what is shared with them, and their links, with who used these. */
export async function describeSharing(locker: Locker, { account, keys }: Me): Promise<object> {
  const { accounts, accessRequests, grants, links } = locker.collections;
  const found = await grants.find({ $or: [{ owner: account._id }, { grantee: account._id }] }).toArray();
  const asked = await accessRequests
    .find({ $or: [{ owner: account._id }, { asker: account._id }] })
    .toArray();
  const people = await accounts
    .find(
      {
        _id: {
          $in: [
            ...found.flatMap(({ owner, grantee }) => [owner, grantee]),
            ...asked.flatMap(({ asker, owner }) => [asker, owner ?? asker]),
          ],
        },
      },
      { projection: { handle: 1 } },
    )
    .toArray();
  const handles = new Map(people.map(({ _id, handle }) => [_id, handle]));
  const handleOf = (id: string) => handles.get(id) ?? null;
  const folderOf = (grant: FolderGrantDoc) => openSharedFolder(keys, grant);
  return {
    given: found
      .filter(({ owner }) => owner === account._id)
      .map((grant) => ({
        to: handleOf(grant.grantee),
        ...(grant.kind === 'file' ? { file: grant.file } : { folder: folderOf(grant) }),
        ...terms(grant),
      })),
    received: found
      .filter(({ grantee }) => grantee === account._id)
      .map((grant) => ({
        from: handleOf(grant.owner),
        ...(grant.kind === 'file' ? { file: grant.file } : { folder: true }),
        ...terms(grant),
      })),
    requests: asked.map(({ asker, file, askedAt }) => ({ by: handleOf(asker), file, askedAt })),
    links: await links
      .find({ owner: account._id, ...ownLinks })
      .sort({ createdAt: 1 })
      .map((link) => viewLinkDetails(locker, keys, link))
      .toArray(),
  };
}

const terms = ({ role, createdAt, expiresAt }: GrantDoc) => ({ role, createdAt, expiresAt });
