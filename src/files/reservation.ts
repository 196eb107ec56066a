import type { ObjectId } from 'mongodb';
import type { AccountDoc } from '../database/documents.ts';
import { LockerError } from '../errors.ts';
import type { Locker } from '../locker.ts';

/** How far an upload of unknown length reserves ahead, bytes. */
const stepBytes = 64 * 1024 * 1024;
const heartbeatMs = 15_000;
/** An upload that showed no life for this long is over: its process died. */
export const staleAfterMs = 90_000;

/**
 * Bytes of an account's quota, set aside in its document while a version is on its way in. One conditional update
 * decides, so the quota holds whatever else goes on; what a crash leaves behind is settled by the sweep.
 */
export class Reservation {
  readonly #locker: Locker;
  readonly #account: string;
  readonly #version: ObjectId;
  readonly #heartbeat: NodeJS.Timeout;
  #bytes: number;

  private constructor(locker: Locker, account: string, version: ObjectId, bytes: number) {
    this.#locker = locker;
    this.#account = account;
    this.#version = version;
    this.#bytes = bytes;
    this.#heartbeat = setInterval(() => void this.#beat(), heartbeatMs);
    this.#heartbeat.unref();
  }

  /** Sets bytes aside for a version. @throws LockerError `quota_exceeded`, and nothing is reserved. */
  static async open(locker: Locker, account: string, version: ObjectId, bytes: number): Promise<Reservation> {
    const { matchedCount } = await locker.collections.accounts.updateOne(
      { _id: account, ...hasRoomFor(bytes) },
      {
        $inc: { pendingBytes: bytes },
        $push: { pending: { id: version, kind: 'upload', bytes, at: locker.now() } },
      },
    );
    if (matchedCount === 0) throw await quotaExceeded(locker, account, bytes);
    return new Reservation(locker, account, version, bytes);
  }

  /** Makes sure that this many bytes are set aside. @throws LockerError `quota_exceeded`. */
  async cover(sizeBytes: number): Promise<void> {
    if (sizeBytes <= this.#bytes) return;
    const missing = sizeBytes - this.#bytes;
    if (await this.#grow(Math.max(missing, stepBytes))) return;
    if (await this.#grow(missing)) return;
    throw await quotaExceeded(this.#locker, this.#account, sizeBytes);
  }

  async #grow(bytes: number): Promise<boolean> {
    const { matchedCount } = await this.#locker.collections.accounts.updateOne(
      {
        _id: this.#account,
        pending: { $elemMatch: { id: this.#version, kind: 'upload' } },
        ...hasRoomFor(bytes),
      },
      {
        $inc: { pendingBytes: bytes, 'pending.$.bytes': bytes },
        $set: { 'pending.$.at': this.#locker.now() },
      },
    );
    if (matchedCount === 0) return false;
    this.#bytes += bytes;
    return true;
  }

  /** Turns the reservation into usage. Happens once, whoever does it: this or the sweep. */
  async settle(sizeBytes: number): Promise<void> {
    this.close();
    await settleUpload(this.#locker, this.#account, { id: this.#version, bytes: this.#bytes }, sizeBytes);
  }

  /** Gives the bytes back. */
  async release(): Promise<void> {
    await this.settle(0);
  }

  /** Stops showing life. What is not settled by then is left to the sweep. */
  close(): void {
    clearInterval(this.#heartbeat);
  }

  async #beat(): Promise<void> {
    try {
      await this.#locker.collections.accounts.updateOne(
        { _id: this.#account, 'pending.id': this.#version },
        { $set: { 'pending.$.at': this.#locker.now() } },
      );
    } catch (error) {
      // The upload itself will meet the same trouble and report it.
      this.#locker.log.debug({ err: error }, 'an upload could not show that it is alive');
    }
  }
}

/** Moves a reserved upload to usage, or back if `sizeBytes` is 0; does nothing if that was done before. */
export async function settleUpload(
  locker: Locker,
  account: string,
  pending: { id: ObjectId; bytes: number },
  sizeBytes: number,
): Promise<void> {
  await locker.collections.accounts.updateOne(
    { _id: account, pending: { $elemMatch: { id: pending.id, kind: 'upload', bytes: pending.bytes } } },
    { $pull: { pending: { id: pending.id } }, $inc: { pendingBytes: -pending.bytes, usedBytes: sizeBytes } },
  );
}

const hasRoomFor = (bytes: number) => ({
  $expr: { $lte: [{ $add: ['$usedBytes', '$pendingBytes', bytes] }, '$quotaBytes'] },
});

async function quotaExceeded(locker: Locker, account: string, bytes: number): Promise<LockerError> {
  const found = await locker.collections.accounts.findOne(
    { _id: account },
    { projection: { quotaBytes: 1, usedBytes: 1, pendingBytes: 1 } },
  );
  if (found === null) return new LockerError('unauthenticated');
  return new LockerError('quota_exceeded', {
    limit: found.quotaBytes,
    actual: bytesInUse(found) + bytes,
    hint: 'The locker has no room for this. Delete files for good (the trash counts too), or ask an administrator for a larger quota.',
  });
}

/** What counts against the quota, bytes. */
export const bytesInUse = ({
  usedBytes,
  pendingBytes,
}: Pick<AccountDoc, 'usedBytes' | 'pendingBytes'>): number => usedBytes + pendingBytes;
