import { setTimeout as sleep } from 'node:timers/promises';
import { journaled } from '../database/connect.ts';
import { LockerError } from '../errors.ts';
import { newId } from '../ids.ts';
import type { Locker } from '../locker.ts';
import type { UploadDoc } from './documents.ts';
import { noSuchUpload } from './find-upload.ts';

/** A holder that showed no life for this long is dead. */
export const leaseMs = 15_000;
/** How often a holder shows that it is alive. */
const renewMs = 5_000;
/** How long a request waits for another one to end: a client that lost its connection often comes back first. */
const waitMs = 3_000;
const pollMs = 100;

type Change = Partial<Omit<UploadDoc, '_id' | 'account' | 'lease'>>;

/** The right to change an upload, held by one request at a time among all instances. Every write of the holder is guarded by it. */
export class Lease {
  readonly #locker: Locker;
  readonly #id: string;
  #upload: UploadDoc;
  #renewedAt: Date;

  private constructor(locker: Locker, id: string, upload: UploadDoc) {
    this.#locker = locker;
    this.#id = id;
    this.#upload = upload;
    this.#renewedAt = locker.now();
  }

  /** @returns undefined if another one holds it. @throws LockerError `not_found` if the upload is gone. */
  static async tryTake(locker: Locker, uploadId: string): Promise<Lease | undefined> {
    const now = locker.now();
    const id = newId();
    const upload = await locker.collections.uploads.findOneAndUpdate(
      { _id: uploadId, $or: [{ lease: null }, { 'lease.until': { $lte: now } }] },
      { $set: { lease: { id, until: new Date(now.getTime() + leaseMs) } } },
      { returnDocument: 'after' },
    );
    if (upload !== null) return new Lease(locker, id, upload);
    if ((await locker.collections.uploads.countDocuments({ _id: uploadId }, { limit: 1 })) === 0)
      throw noSuchUpload();
    return undefined;
  }

  /** Waits a little for it. @throws LockerError `upload_locked`, `not_found`. */
  static async take(locker: Locker, uploadId: string): Promise<Lease> {
    for (let waited = 0; ; waited += pollMs) {
      const lease = await Lease.tryTake(locker, uploadId);
      if (lease !== undefined) return lease;
      if (waited >= waitMs) throw locked(uploadId);
      await sleep(pollMs);
    }
  }

  /** The upload as the holder last saw or wrote it. */
  get upload(): UploadDoc {
    return this.#upload;
  }

  /** True if it is time to renew. */
  get isOld(): boolean {
    return this.#locker.now().getTime() - this.#renewedAt.getTime() >= renewMs;
  }

  /**
   * Writes a change, and shows life.
   *
   * @throws LockerError `upload_locked` if the lease was lost, and nothing is changed.
   */
  async write(change: Change = {}): Promise<void> {
    const now = this.#locker.now();
    const { matchedCount } = await this.#locker.collections.uploads.updateOne(
      { _id: this.#upload._id, 'lease.id': this.#id },
      { $set: { ...change, 'lease.until': new Date(now.getTime() + leaseMs) } },
      { writeConcern: journaled(this.#locker.collections.uploads) },
    );
    if (matchedCount === 0) throw locked(this.#upload._id);
    this.#upload = { ...this.#upload, ...change };
    this.#renewedAt = now;
  }

  /** Lets the next one in. A failure only makes it wait for the lease to run out. */
  async release(): Promise<void> {
    try {
      await this.#locker.collections.uploads.updateOne(
        { _id: this.#upload._id, 'lease.id': this.#id },
        { $set: { lease: null } },
      );
    } catch (error) {
      this.#locker.log.debug({ err: error }, 'the lease of an upload could not be given back');
    }
  }
}

/** Does something with an upload that nobody else does at the same time. @throws LockerError `upload_locked`, `not_found`. */
export async function withLease<T>(
  locker: Locker,
  uploadId: string,
  work: (lease: Lease) => Promise<T>,
): Promise<T> {
  const lease = await Lease.take(locker, uploadId);
  try {
    return await work(lease);
  } finally {
    await lease.release();
  }
}

/** Frees what holders that died left locked. Only when no other instance can be at work. */
export async function freeLeases(locker: Locker): Promise<void> {
  await locker.collections.uploads.updateMany({ lease: { $ne: null } }, { $set: { lease: null } });
}

export const locked = (uploadId: string, cause?: unknown) =>
  new LockerError(
    'upload_locked',
    {
      subject: uploadId,
      hint: 'Another request is sending to this upload. Ask for its offset, and try again.',
    },
    { cause },
  );
