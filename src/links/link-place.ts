import { type Binary, ObjectId } from 'mongodb';
import { LockerError } from '../errors.ts';
import type { Locker } from '../locker.ts';
import type { LinkEvent, LinkUpload, UploadLinkDoc } from './documents.ts';
import {
  cutoff,
  deadLink,
  hasPlaceLeft,
  keptEvents,
  linkHeartbeatMs,
  maxUnderWay,
  placeHeld,
  unexpired,
  uploadLinks,
} from './stored-links.ts';

/** How far an upload reserves ahead, bytes: little, so that two that fit both get in. */
const stepBytes = 1024 * 1024;

/**
 * A place among the files that a link takes, and bytes of what it takes in all: set aside in the link's document by
 * conditional updates before anything is stored, so both limits hold whatever else goes on.
 *
 * Who shows no life loses the place. Once the file may have appeared, only a look at the files decides, so a crash
 * neither loses a use nor adds one.
 */
export class LinkPlace {
  readonly #locker: Locker;
  readonly #link: UploadLinkDoc;
  readonly #id: ObjectId;
  readonly #who: Binary;
  readonly #timer: NodeJS.Timeout;
  #reserved = 0;
  #received = 0;
  #moved = true;

  private constructor(locker: Locker, link: UploadLinkDoc, id: ObjectId, who: Binary) {
    this.#locker = locker;
    this.#link = link;
    this.#id = id;
    this.#who = who;
    this.#timer = setInterval(() => void this.#beat(), linkHeartbeatMs);
    this.#timer.unref();
  }

  /** Takes a place. @param who whoever sends, sealed. @throws LockerError `not_found` if there is none left. */
  static async take(locker: Locker, link: UploadLinkDoc, who: Binary): Promise<LinkPlace> {
    const id = new ObjectId();
    const now = locker.now();
    const upload: LinkUpload = { id, bytes: 0, at: now, version: null, who };
    const { matchedCount } = await uploadLinks(locker).updateOne(
      {
        _id: link._id,
        $and: [unexpired(now), hasPlaceLeft(now)],
        [`uploads.${maxUnderWay - 1}`]: { $exists: false },
      },
      { $push: { uploads: upload } },
    );
    if (matchedCount === 0) throw deadLink();
    return new LinkPlace(locker, link, id, who);
  }

  /** Passes bytes on as far as the link takes them. @throws LockerError `file_too_large`. */
  async *pass(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const piece of bytes) {
      this.#moved = true;
      this.#received += piece.length;
      await this.cover(this.#received);
      yield piece;
    }
  }

  /** Makes sure that this many bytes are set aside. @throws LockerError `file_too_large`. */
  async cover(sizeBytes: number): Promise<void> {
    const { maxBytes, maxFileBytes } = this.#link;
    if (maxFileBytes !== null && sizeBytes > maxFileBytes) throw tooLarge(maxFileBytes, sizeBytes);
    if (maxBytes === null || sizeBytes <= this.#reserved) return;
    const missing = sizeBytes - this.#reserved;
    if (missing < stepBytes && (await this.#grow(stepBytes, maxBytes))) return;
    if (await this.#grow(missing, maxBytes)) return;
    throw tooLarge(maxBytes, sizeBytes);
  }

  async #grow(bytes: number, maxBytes: number): Promise<boolean> {
    const now = this.#locker.now();
    const held = { $filter: { input: '$uploads', as: 'one', cond: placeHeld(now) } };
    const reserved = { $sum: { $map: { input: held, as: 'one', in: '$$one.bytes' } } };
    const { matchedCount } = await uploadLinks(this.#locker).updateOne(
      {
        _id: this.#link._id,
        uploads: { $elemMatch: { id: this.#id, at: { $gt: cutoff(now) } } },
        $expr: { $lte: [{ $add: ['$usedBytes', reserved, bytes] }, maxBytes] },
      },
      { $inc: { 'uploads.$.bytes': bytes }, $set: { 'uploads.$.at': now } },
    );
    if (matchedCount === 1) this.#reserved += bytes;
    return matchedCount === 1;
  }

  /**
   * Notes the version that is about to become part of a file.
   *
   * @throws LockerError `not_found` if the place was lost, or the link revoked meanwhile.
   */
  async beforeCommit(version: ObjectId, sizeBytes: number): Promise<void> {
    const now = this.#locker.now();
    const { matchedCount } = await uploadLinks(this.#locker).updateOne(
      {
        _id: this.#link._id,
        revokedAt: null,
        uploads: { $elemMatch: { id: this.#id, at: { $gt: cutoff(now) } } },
      },
      { $set: { 'uploads.$.version': version, 'uploads.$.at': now, 'uploads.$.bytes': sizeBytes } },
    );
    if (matchedCount === 0) throw deadLink();
  }

  /** Turns the place into a use of the link. @returns false if that was done before. */
  settle(file: string, sizeBytes: number): Promise<boolean> {
    this.close();
    return settleUpload(this.#locker, this.#link._id, this.#id, {
      at: this.#locker.now(),
      outcome: 'received',
      who: this.#who,
      file,
      bytes: sizeBytes,
    });
  }

  /** Gives the place back. */
  async release(): Promise<void> {
    this.close();
    await releaseUpload(this.#locker, this.#link._id, {
      id: this.#id,
      who: this.#who,
      bytes: this.#received,
    });
  }

  /** Stops showing life. */
  close(): void {
    clearInterval(this.#timer);
  }

  async #beat(): Promise<void> {
    if (!this.#moved) return;
    this.#moved = false;
    try {
      await uploadLinks(this.#locker).updateOne(
        { _id: this.#link._id, 'uploads.id': this.#id },
        { $set: { 'uploads.$.at': this.#locker.now() } },
      );
    } catch (error) {
      this.#locker.log.debug({ err: error }, 'an upload through a link could not show that it is alive');
    }
  }
}

/** Counts an upload that became a file. Happens once, whoever does it. */
export async function settleUpload(
  locker: Locker,
  linkId: string,
  id: ObjectId,
  event: LinkEvent,
): Promise<boolean> {
  const { matchedCount } = await uploadLinks(locker).updateOne(
    { _id: linkId, 'uploads.id': id },
    {
      $pull: { uploads: { id } },
      $inc: { used: 1, usedBytes: event.bytes },
      $push: { events: { $each: [event], $slice: -keptEvents } },
    },
  );
  return matchedCount === 1;
}

/** Takes an upload that became nothing off the list. */
export async function releaseUpload(
  locker: Locker,
  linkId: string,
  { id, who, bytes }: Pick<LinkUpload, 'id' | 'who' | 'bytes'>,
): Promise<void> {
  const event: LinkEvent = { at: locker.now(), outcome: 'interrupted', who, file: null, bytes };
  await uploadLinks(locker).updateOne(
    { _id: linkId, 'uploads.id': id },
    { $pull: { uploads: { id } }, $push: { failures: { $each: [event], $slice: -keptEvents } } },
  );
}

const tooLarge = (limit: number, actual: number) =>
  new LockerError('file_too_large', { limit, actual, hint: 'More than whoever asked for it takes.' });
