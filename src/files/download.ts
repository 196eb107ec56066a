import { audited, aboutFile } from '../audit/audited.ts';
import { type Actor, requireAccount } from '../accounts/actor.ts';
import { OpenError } from '../crypto/fernet.ts';
import { loadKey } from '../database/binary.ts';
import { isLockerError, LockerError } from '../errors.ts';
import type { Locker } from '../locker.ts';
import { meterDownload } from '../metrics/transfers.ts';
import { accessFile } from '../sharing/access.ts';
import { noteOpening } from '../sharing/opening.ts';
import type { ByteRange } from '../storage/content-store.ts';
import type { VersionDoc } from './documents.ts';
import { findVersion, type VersionFacts } from './entry.ts';
import { type FileView, viewFile } from './view.ts';

/** A version that may be read. */
export interface ReadableContent {
  readonly file: FileView;
  readonly version: VersionFacts & { readonly createdAt: Date };
  /**
   * Reads plaintext. The first segment is verified before this resolves, so that damage there can still be answered
   * properly; damage further on ends the stream with the error.
   *
   * @throws LockerError `content_damaged`, which is also logged with the file's id; `key_missing`; `not_found` if the
   *   permission was for one time, and was used meanwhile.
   */
  read(range?: ByteRange): Promise<AsyncIterable<Buffer>>;
}

/**
 * Opens a file for reading.
 *
 * @param n number of the version; the current one if absent.
 * @throws LockerError `not_found`, `content_damaged`.
 */
export const openFile = audited(
  'file.download',
  ([id], content, who) => aboutFile(id, content?.file, who),
  async (locker: Locker, actor: Actor, fileId: string, n?: number): Promise<ReadableContent> => {
    const me = await requireAccount(locker, actor, 'files:read');
    const access = await accessFile(locker, me, fileId, 'viewer');
    const { facts, stored } = findVersion(access.file, access.metadata, n);
    let opening: Promise<void> | undefined;
    return {
      file: viewFile(access.file, access.metadata, access),
      version: { ...facts, createdAt: stored.createdAt },
      read: async (range = { start: 0, end: facts.size }) => {
        // Only now: a look, by HEAD or with a condition, does not use up a permission for one time.
        await (opening ??= noteOpening(locker, me, access));
        return meterDownload(
          locker.meter,
          actor.door,
          await readVersion(locker, fileId, facts, stored, range),
        );
      },
    };
  },
);

/** Reads a version whose use was permitted. @throws LockerError `content_damaged`, `key_missing`. */
export async function readVersion(
  locker: Locker,
  fileId: string,
  facts: VersionFacts,
  stored: VersionDoc,
  range: ByteRange,
): Promise<AsyncIterable<Buffer>> {
  const fileKey = openFileKey(locker, fileId, stored);
  const layout = { sizeBytes: facts.size, segmentBytes: facts.segmentBytes };
  const pieces = namingFile(locker, fileId, locker.content.read({ id: stored.id, fileKey }, layout, range));
  const first = await pieces.next();
  return (async function* () {
    try {
      if (first.done !== true) yield first.value;
      yield* pieces;
    } finally {
      await pieces.return();
    }
  })();
}

/** @throws LockerError `key_missing` if no master key opens the file key. */
export function openFileKey(locker: Locker, fileId: string, stored: VersionDoc): Uint8Array {
  try {
    return locker.keyring.unwrap(loadKey(stored.key));
  } catch (error) {
    if (!(error instanceof OpenError)) throw error;
    throw new LockerError(
      'key_missing',
      { fileId, hint: `The keyring lacks key ${stored.key.keyId}, or the wrapped key is damaged.` },
      { cause: error },
    );
  }
}

/** Passes pieces on, and adds the file's id to damage, for the log and for whoever handles it. */
async function* namingFile(
  locker: Locker,
  fileId: string,
  pieces: AsyncGenerator<Buffer, void, undefined>,
): AsyncGenerator<Buffer, void, undefined> {
  try {
    yield* pieces;
  } catch (error) {
    if (!isLockerError(error, 'content_damaged')) throw error;
    const named = new LockerError('content_damaged', { ...error.details, fileId }, { cause: error.cause });
    locker.log.error({ err: named }, 'stored content is damaged');
    throw named;
  }
}
