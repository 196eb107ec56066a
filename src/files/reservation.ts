import type { ObjectId } from 'mongodb';
import type { AccountDoc, PendingVersion } from '../accounts/documents.ts';
import { LockerError } from '../errors.ts';
import type { Locker } from '../locker.ts';
import { hasRoomFor } from './ledger.ts';

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
  readonly #files: 0 | 1;
  /** Of the database when it began. */
  readonly #epoch: number;
  #bytes: number;
  /** When its note last showed life. */
  #aliveAt: Date;
  /** The sweep took it for dead, and its content may be gone. */
  #isLost = false;

  private constructor(
    locker: Locker,
    account: string,
    version: ObjectId,
    bytes: number,
    files: 0 | 1,
    epoch: number,
  ) {
    this.#locker = locker;
    this.#epoch = epoch;
    this.#account = account;
    this.#version = version;
    this.#bytes = bytes;
    this.#files = files;
    this.#aliveAt = locker.now();
    this.#heartbeat = setInterval(() => void this.#beatQuietly(), heartbeatMs);
    this.#heartbeat.unref();
  }

  /**
   * Sets bytes aside for a version, and a place in the count of files if it makes a new one.
   *
   * @param files 1 for a new file, 0 for another version.
   * @throws LockerError `quota_exceeded`, and nothing is reserved.
   */
  static async open(
    locker: Locker,
    account: string,
    version: ObjectId,
    bytes: number,
    files: 0 | 1,
  ): Promise<Reservation> {
    const { epoch } = locker.database.pool;
    if (!(await locker.ledger.claim(account, { id: version, bytes, files })))
      throw await quotaExceeded(locker, account, bytes, files);
    return new Reservation(locker, account, version, bytes, files, epoch);
  }

  /** Takes up the reservation of an upload that was kept to be resumed. @throws LockerError `upload_expired` if it was given back. */
  static async resume(locker: Locker, account: string, version: ObjectId): Promise<Reservation> {
    const { epoch } = locker.database.pool;
    const found = await locker.collections.accounts.findOne(
      { _id: account, 'pending.id': version },
      { projection: { pending: 1 } },
    );
    const upload = found?.pending.find((pending) => pending.kind === 'upload' && pending.id.equals(version));
    if (upload === undefined) throw expired();
    const reservation = new Reservation(locker, account, version, upload.bytes, upload.files ?? 0, epoch);
    reservation.close();
    return reservation;
  }

  /** Keeps it until that time without showing life: for an upload that may be resumed. @throws LockerError `upload_expired`. */
  async keepUntil(time: Date): Promise<void> {
    this.close();
    const { matchedCount } = await this.#locker.collections.accounts.updateOne(
      { _id: this.#account, pending: { $elemMatch: { id: this.#version, kind: 'upload' } } },
      { $max: { 'pending.$.at': time } },
    );
    if (matchedCount === 0) throw expired();
  }

  /**
   * Makes sure that this many bytes are set aside.
   *
   * @param aheadBytes how much more to ask for at once, if there is room.
   * @throws LockerError `quota_exceeded`.
   */
  async cover(sizeBytes: number, aheadBytes: number = stepBytes): Promise<void> {
    if (sizeBytes <= this.#bytes) return;
    const missing = sizeBytes - this.#bytes;
    if (await this.#grow(Math.max(missing, aheadBytes))) return;
    if (await this.#grow(missing)) return;
    await this.#beat();
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
        $max: { 'pending.$.at': this.#locker.now() },
      },
    );
    if (matchedCount === 0) return false;
    this.#aliveAt = this.#locker.now();
    this.#bytes += bytes;
    return true;
  }

  /**
   * To be called right before the commit. Of an upload whose process slept, another instance may have cleaned up.
   *
   * @throws LockerError `upload_incomplete` if it has; `database_unavailable` as `requireUnbroken`.
   */
  async confirm(): Promise<void> {
    this.requireUnbroken();
    if (this.#isLost) throw stoodStill();
    if (this.#locker.now().getTime() - this.#aliveAt.getTime() > staleAfterMs / 2) await this.#beat();
  }

  /**
   * To be called after everything is stored, right before something is acknowledged. Chunks are not journaled one by one: a
   * database that was killed in between, and is there again, may have lost some that it had taken.
   *
   * @throws LockerError `database_unavailable` if it was away since this began.
   */
  requireUnbroken(): void {
    if (this.#locker.database.pool.epoch !== this.#epoch)
      throw new LockerError('database_unavailable', {
        hint: 'The database was away for a moment while the file arrived. Send it again.',
      });
  }

  /**
   * The same for the very moment of the commit, at which a process that slept since `confirm` may be taken for dead.
   *
   * @throws LockerError `database_unavailable`, `upload_incomplete`.
   */
  requireAlive(): void {
    this.requireUnbroken();
    if (this.#isLost || this.#locker.now().getTime() - this.#aliveAt.getTime() > staleAfterMs)
      throw stoodStill();
  }

  /** Turns the reservation into usage. Happens once, whoever does it: this or the sweep. */
  async settle(sizeBytes: number): Promise<void> {
    await this.#end(sizeBytes);
  }

  /** Gives bytes and file back. */
  async release(): Promise<void> {
    await this.#end(undefined);
  }

  async #end(sizeBytes: number | undefined): Promise<void> {
    this.close();
    const pending = { id: this.#version, bytes: this.#bytes, files: this.#files };
    await settleUpload(this.#locker, this.#account, pending, sizeBytes);
  }

  /** Stops showing life. What is not settled by then is left to the sweep. */
  close(): void {
    clearInterval(this.#heartbeat);
  }

  /** Shows life. @throws LockerError `upload_incomplete` if the sweep took the upload for dead. */
  async #beat(): Promise<void> {
    const at = this.#locker.now();
    const { matchedCount } = await this.#locker.collections.accounts.updateOne(
      { _id: this.#account, pending: { $elemMatch: { id: this.#version, kind: 'upload' } } },
      { $max: { 'pending.$.at': at } },
    );
    if (matchedCount === 0) {
      this.#isLost = true;
      throw stoodStill();
    }
    this.#aliveAt = at;
  }

  async #beatQuietly(): Promise<void> {
    try {
      await this.#beat();
    } catch (error) {
      // The upload itself will meet the same trouble and report it.
      this.#locker.log.debug({ err: error }, 'an upload could not show that it is alive');
    }
  }
}

/**
 * Gives a reservation back that showed no life since it was read, so that its upload, should it be alive, is told.
 *
 * @returns false if it is alive or gone.
 */
export async function releaseStale(
  { collections: { accounts } }: Locker,
  account: string,
  { id, bytes, files = 0, at }: Pick<PendingVersion, 'id' | 'bytes' | 'files' | 'at'>,
): Promise<boolean> {
  const { matchedCount } = await accounts.updateOne(
    { _id: account, pending: { $elemMatch: { id, kind: 'upload', bytes, at } } },
    {
      $pull: { pending: { id, kind: 'upload' } },
      $inc: { pendingBytes: -bytes, fileCount: -files },
    },
  );
  return matchedCount > 0;
}

/** Moves a reserved upload to usage, or back if `sizeBytes` is undefined; does nothing if that was done before. */
export async function settleUpload(
  locker: Locker,
  account: string,
  { id, bytes, files = 0 }: Pick<PendingVersion, 'id' | 'bytes' | 'files'>,
  sizeBytes: number | undefined,
): Promise<void> {
  await locker.ledger.settle(account, { id, bytes, files, sizeBytes });
}

const stoodStill = () =>
  new LockerError('upload_incomplete', { hint: 'The upload stood still for too long. Send it again.' });

const expired = () => new LockerError('upload_expired', { hint: 'The upload is over. Start it again.' });

async function quotaExceeded(
  locker: Locker,
  account: string,
  bytes: number,
  files = 0,
): Promise<LockerError> {
  const found = await locker.collections.accounts.findOne(
    { _id: account },
    { projection: { status: 1, quotaBytes: 1, usedBytes: 1, pendingBytes: 1, fileCount: 1, maxFiles: 1 } },
  );
  if (found === null || found.status === 'removing') return new LockerError('not_found');
  if (found.maxFiles !== null && found.fileCount + files > found.maxFiles) {
    return new LockerError('quota_exceeded', {
      subject: 'files',
      limit: found.maxFiles,
      actual: found.fileCount + files,
      hint: 'The locker has as many files as it may have. Delete some for good (the trash counts too), or ask an administrator for more.',
    });
  }
  return new LockerError('quota_exceeded', {
    subject: 'bytes',
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
