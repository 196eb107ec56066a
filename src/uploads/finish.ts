import type { Me } from '../accounts/actor.ts';
import { segmentCount } from '../crypto/segments.ts';
import { storeKey } from '../database/binary.ts';
import { journaled, isDuplicate } from '../database/connect.ts';
import { type SendCheck, sendOnlyIf } from '../database/send-check.ts';
import { isLockerError } from '../errors.ts';
import type { FileDoc } from '../files/documents.ts';
import type { FileMetadata } from '../files/entry.ts';
import { newFile } from '../files/insert-file.ts';
import { settleQuietly } from '../files/receive-content.ts';
import { Reservation } from '../files/reservation.ts';
import { newFileId } from '../ids.ts';
import type { Locker } from '../locker.ts';
import { accessFolder } from '../sharing/access.ts';
import { damagedUpload, openDescription } from './description.ts';
import { noSuchUpload } from './find-upload.ts';
import { type Intake, storedBytes, type Stored } from './intake.ts';
import type { Lease } from './lease.ts';

/**
 * Makes a file of an upload of which all bytes came: last segment, GridFS file, file entry. The entry is the commit, under
 * the id that the upload was given before, so that it happens once, whoever tries it again.
 *
 * @throws LockerError `not_found`, `forbidden` if its sender may not put files there any more; `content_damaged`; `upload_locked`.
 */
export async function finishUpload(intake: Intake, me: Me, stored: Stored): Promise<void> {
  const { locker, lease, key, sink, hash, reservation } = intake;
  const { version, segmentBytes, owner } = lease.upload;
  const {
    name,
    folder,
    tags,
    mediaType,
    description,
    owner: handle,
  } = openDescription(me.keys, lease.upload);
  const { account, keys } = await accessFolder(locker, me, handle ?? undefined, folder);
  if (account._id !== owner) throw noSuchUpload();

  const layout = { sizeBytes: storedBytes(intake, stored), segmentBytes };
  for (const piece of stored.tail) hash.update(piece);
  await sink.add({ index: stored.segments, last: true, pieces: stored.tail });
  await sink.settle();
  sink.throwIfFailed();
  const unlessBroken = () => reservation.requireUnbroken();
  await locker.content.list(version, layout, unlessBroken);
  const { chunks } = await locker.content.measure(version);
  if (chunks !== segmentCount(layout)) throw damagedUpload(lease.upload._id);

  const sha256 = hash.digest();
  const facts = { n: 1, id: version.toHexString(), size: layout.sizeBytes, segmentBytes, sha256 };
  const metadata: FileMetadata = { name, folder, tags, mediaType, description, versions: [facts] };
  const storedVersion = {
    id: version,
    sizeBytes: layout.sizeBytes,
    // Wrapped anew, in case the master key was changed meanwhile.
    key: storeKey(locker.keyring.wrap(key.fileKey)),
    createdAt: locker.now(),
    createdBy: me.account._id,
  };
  // Nobody else may be at work on it, and from here on nothing of it is taken back.
  await lease.write();
  sink.keep();
  await commitOnce(locker, lease, (id) => newFile(keys, id, storedVersion, metadata), unlessBroken);
  await settleQuietly(locker, () => reservation.settle(layout.sizeBytes));
  await markFinished(locker, lease, layout.sizeBytes);
}

/** Inserts the entry under the id that the upload has; under another one only if a foreign file has that. */
async function commitOnce(
  locker: Locker,
  lease: Lease,
  make: (id: string) => FileDoc,
  check: SendCheck,
  tries = 5,
): Promise<void> {
  try {
    await locker.collections.files.insertOne(make(lease.upload.fileId), {
      writeConcern: journaled(locker.collections.files),
      ...sendOnlyIf(check),
    });
  } catch (error) {
    if (!isDuplicate(error) || tries === 1) throw error;
    if ((await findCommitted(locker, lease)) !== undefined) return;
    await lease.write({ fileId: newFileId() });
    await commitOnce(locker, lease, make, check, tries - 1);
  }
}

/** Notices that the file was committed before, and only writing that down was cut off. */
export async function recogniseCommit(locker: Locker, lease: Lease): Promise<void> {
  if (lease.upload.finishedAt !== null) return;
  const sizeBytes = await findCommitted(locker, lease);
  if (sizeBytes === undefined) return;
  try {
    const { owner, version } = lease.upload;
    await (await Reservation.resume(locker, owner, version)).settle(sizeBytes);
  } catch (error) {
    // Settled before.
    if (!isLockerError(error, 'upload_expired')) throw error;
  }
  await markFinished(locker, lease, sizeBytes);
}

/** Size of the committed file; undefined if there is none. */
async function findCommitted(locker: Locker, { upload }: Lease): Promise<number | undefined> {
  const file = await locker.collections.files.findOne(
    { _id: upload.fileId, 'versions.id': upload.version },
    { projection: { versions: 1 } },
  );
  return file?.versions.find(({ id }) => id.equals(upload.version))?.sizeBytes;
}

async function markFinished(locker: Locker, lease: Lease, sizeBytes: number): Promise<void> {
  await lease.write({ sizeBytes, offsetBytes: sizeBytes, tail: null, finishedAt: locker.now() });
  await locker.collections.uploadTails.deleteMany({ upload: lease.upload._id });
}
