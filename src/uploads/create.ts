import { ObjectId } from 'mongodb';
import { type Actor, type Me, requireAccount } from '../accounts/actor.ts';
import { audited } from '../audit/audited.ts';
import { randomKey } from '../crypto/keyring.ts';
import { storeKey } from '../database/binary.ts';
import { journaled } from '../database/connect.ts';
import { LockerError } from '../errors.ts';
import { type Description, requireDescription } from '../files/description.ts';
import { requireAllowedSize, settleQuietly } from '../files/receive-content.ts';
import { Reservation } from '../files/reservation.ts';
import { guessMediaType } from '../files/media-type.ts';
import { newFileId, newId } from '../ids.ts';
import type { Locker } from '../locker.ts';
import { accessFolder } from '../sharing/access.ts';
import { sealDescription } from './description.ts';
import type { UploadDoc } from './documents.ts';
import { expiryFrom } from './find-upload.ts';
import { withLease } from './lease.ts';
import type { UploadPart } from './part.ts';
import { receivePart } from './receive-part.ts';
import { removeUpload } from './remove-upload.ts';
import { type UploadView, viewUpload } from './view.ts';

/** Unfinished uploads that an account can have. */
export const maxOpenUploads = 1000;

export interface NewUpload extends Description {
  readonly name: string;
  /** Guessed from the name if absent. */
  readonly mediaType?: string | undefined;
  /** Whose locker; the actor's own if absent, otherwise a folder that is shared with the actor to edit. */
  readonly owner?: string | undefined;
  /** Length of the whole; null if it will be declared later. */
  readonly sizeBytes: number | null;
  /** Text that the sender's program gets back as it is. */
  readonly note: string;
  /** The first part, if it comes with it. */
  readonly part?: Pick<UploadPart, 'bytes' | 'partBytes' | 'checksum'> | undefined;
}

/**
 * Starts an upload that can be resumed, and reserves its bytes. An empty file is finished at once. If the part that
 * came with it fails, nothing is left: its sender does not know where to go on.
 *
 * @throws LockerError for a bad name, folder or tag, for a folder that is not theirs (`not_found`, `forbidden`),
 * `file_too_large`, `quota_exceeded`, `too_many`, and as `receivePart`.
 */
export const createUpload = audited(
  'upload.create',
  (_args, view) => ({ subject: view?.id, file: view?.file ?? undefined }),
  async (locker: Locker, actor: Actor, input: NewUpload): Promise<UploadView> => {
    const me = await requireAccount(locker, actor, 'files:write');
    const { name = input.name, folder = '/', tags = [], description = '' } = requireDescription(input);
    const { account } = await accessFolder(locker, me, input.owner, folder);
    requireAllowedSize(locker, input.sizeBytes ?? 0);
    await requireRoom(locker, me);
    const id = newId();
    const createdAt = locker.now();
    const { note, owner = null, mediaType = guessMediaType(name) } = input;
    const upload: UploadDoc = {
      _id: id,
      account: me.account._id,
      owner: account._id,
      fileId: newFileId(),
      version: new ObjectId(),
      key: storeKey(locker.keyring.wrap(randomKey())),
      sealed: sealDescription(me.keys, id, { name, folder, tags, mediaType, description, owner, note }),
      sizeBytes: input.sizeBytes,
      offsetBytes: 0,
      segmentBytes: locker.content.segmentBytes,
      segments: 0,
      tail: null,
      lease: null,
      finishedAt: null,
      createdAt,
      expiresAt: expiryFrom(createdAt),
    };
    await insertUpload(locker, upload);
    if (input.part === undefined && input.sizeBytes !== 0) return viewUpload(me.keys, upload);
    return receiveFirst(locker, me, id, { bytes: nothing(), ...input.part, offset: 0 });
  },
);

async function requireRoom(locker: Locker, me: Me): Promise<void> {
  const open = await locker.collections.uploads.countDocuments({ account: me.account._id, finishedAt: null });
  if (open < maxOpenUploads) return;
  throw new LockerError('too_many', {
    subject: 'uploads',
    limit: maxOpenUploads,
    actual: open,
    hint: 'Finish or terminate uploads that you began.',
  });
}

/** A crash in between leaves a reservation that the sweep gives back, or an upload without one, which cannot go on. */
async function insertUpload(locker: Locker, upload: UploadDoc): Promise<void> {
  const { owner, version, sizeBytes, expiresAt } = upload;
  const reservation = await Reservation.open(locker, owner, version, sizeBytes ?? 0, 1);
  try {
    await locker.collections.uploads.insertOne(upload, {
      writeConcern: journaled(locker.collections.uploads),
    });
    await reservation.keepUntil(expiresAt);
  } catch (error) {
    reservation.close();
    await settleQuietly(locker, async () => {
      await locker.collections.uploads.deleteOne({ _id: upload._id });
      await reservation.release();
    });
    throw error;
  }
}

async function receiveFirst(locker: Locker, me: Me, id: string, part: UploadPart): Promise<UploadView> {
  try {
    return await withLease(locker, id, async (lease) => {
      await receivePart(locker, me, lease, part);
      return viewUpload(me.keys, lease.upload);
    });
  } catch (error) {
    await settleQuietly(locker, () => withLease(locker, id, (lease) => removeUpload(locker, lease)));
    throw error;
  }
}

async function* nothing(): AsyncGenerator<Uint8Array, void, undefined> {}
