import { audited, aboutFile } from '../audit/audited.ts';
import { type Actor, requireAccount } from '../accounts/actor.ts';
import { LockerError } from '../errors.ts';
import type { Locker } from '../locker.ts';
import { meterUpload } from '../metrics/transfers.ts';
import { accessFile } from '../sharing/access.ts';
import { changeFile } from './change-file.ts';
import { discardVersions } from './discard-versions.ts';
import { findVersion } from './entry.ts';
import { type IncomingContent, type Received, receiveContent } from './receive-content.ts';
import type { FileView } from './view.ts';

/** Versions that a file can have; each is kept until it is deleted. */
export const maxVersions = 500;

export interface VersionView {
  readonly n: number;
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly createdAt: Date;
  /** Handle of who wrote it; null if that account is gone. */
  readonly createdBy: string | null;
}

/** Lists the versions of a file, newest first. @throws LockerError `not_found`. */
export const listVersions = audited(
  'version.list',
  ([id]) => ({ file: id }),
  async (locker: Locker, actor: Actor, fileId: string): Promise<VersionView[]> => {
    const me = await requireAccount(locker, actor, 'files:read');
    const { file, metadata } = await accessFile(locker, me, fileId, 'viewer');
    const authors = await locker.collections.accounts
      .find(
        { _id: { $in: [...new Set(file.versions.map((version) => version.createdBy))] } },
        { projection: { handle: 1 } },
      )
      .toArray();
    const handles = new Map(authors.map(({ _id, handle }) => [_id, handle]));
    return metadata.versions
      .map(({ n }) => findVersion(file, metadata, n))
      .map(({ facts, stored }) => ({
        n: facts.n,
        sizeBytes: facts.size,
        sha256: facts.sha256,
        createdAt: stored.createdAt,
        createdBy: handles.get(stored.createdBy) ?? null,
      }))
      .toReversed();
  },
);

/**
 * Stores new content as the next version of a file; the ones before stay.
 *
 * @param expected the version that the sender believes to be current, if it cares.
 * @throws LockerError `not_found`, `forbidden`, `precondition_failed`, `too_many`, and as `receiveContent`.
 */
export const replaceContent = audited(
  'version.upload',
  ([id], file, who) => aboutFile(id, file, who),
  async (
    locker: Locker,
    actor: Actor,
    fileId: string,
    input: {
      content: IncomingContent;
      mediaType?: string | undefined;
      isExpected?: ((current: { readonly id: string; readonly createdAt: Date }) => boolean) | undefined;
    },
  ): Promise<FileView> => {
    const me = await requireAccount(locker, actor, 'files:write');
    const check = ({ file, metadata }: Awaited<ReturnType<typeof accessFile>>) => {
      if (file.trashedAt !== null)
        throw new LockerError('conflict', {
          subject: fileId,
          hint: 'The file is in the trash. Restore it first.',
        });
      const { facts, stored } = findVersion(file, metadata);
      if (input.isExpected?.({ id: facts.id, createdAt: stored.createdAt }) === false) {
        throw new LockerError('precondition_failed', {
          subject: fileId,
          hint: 'The file was changed meanwhile. Fetch it, and decide again.',
        });
      }
      if (metadata.versions.length >= maxVersions) {
        throw new LockerError('too_many', {
          subject: fileId,
          limit: maxVersions,
          hint: 'Delete old versions, or upload it as a new file.',
        });
      }
    };
    // Checked before a byte is read, and again at the commit.
    const access = await accessFile(locker, me, fileId, 'editor');
    check(access);
    const commit = ({ facts, stored, unlessBroken }: Received) =>
      changeFile(locker, me, fileId, 'editor', (current) => {
        check(current);
        const n = (current.metadata.versions.at(-1)?.n ?? 0) + 1;
        return {
          fields: {
            sizeBytes: stored.sizeBytes,
            versions: [...current.file.versions, { n, ...stored }],
            updatedAt: stored.createdAt,
          },
          metadata: {
            ...current.metadata,
            mediaType: input.mediaType ?? current.metadata.mediaType,
            versions: [...current.metadata.versions, { n, ...facts }],
          },
          check: unlessBroken,
        };
      });
    return meterUpload(locker.meter, actor.door, input.content, (content) =>
      receiveContent(locker, access.file.owner, me.account._id, content, commit, 0),
    );
  },
);

/**
 * Deletes one old version for good and shreds its key.
 *
 * @throws LockerError `not_found`, `forbidden`; `conflict` for the current version.
 */
export const deleteVersion = audited(
  'version.delete',
  ([id, n]) => ({ file: id, subject: `version ${n}` }),
  async (locker: Locker, actor: Actor, fileId: string, n: number): Promise<void> => {
    const me = await requireAccount(locker, actor, 'files:write');
    const { file, metadata } = await accessFile(locker, me, fileId, 'owner');
    const { facts, stored } = findVersion(file, metadata, n);
    const requireOld = (versions: readonly { n: number }[]) => {
      if (versions.at(-1)?.n === n) {
        throw new LockerError('conflict', {
          subject: fileId,
          hint: 'This is the current version. Upload another one first, or delete the file.',
        });
      }
    };
    requireOld(metadata.versions);
    await discardVersions(locker, file.owner, [stored], () =>
      changeFile(locker, me, fileId, 'owner', (current) => {
        requireOld(current.metadata.versions);
        return {
          fields: { versions: current.file.versions.filter((version) => !version.id.equals(stored.id)) },
          metadata: {
            ...current.metadata,
            versions: current.metadata.versions.filter((version) => version.id !== facts.id),
          },
        };
      }),
    );
  },
);
