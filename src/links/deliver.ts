import type { Guest } from '../accounts/guest.ts';
import { audited, type Subject } from '../audit/audited.ts';
import { LockerError } from '../errors.ts';
import { readVersion } from '../files/download.ts';
import { findVersion, type VersionFacts } from '../files/entry.ts';
import { guardGuess } from '../limits/guesses.ts';
import type { Locker } from '../locker.ts';
import { meterDownload } from '../metrics/transfers.ts';
import type { ByteRange } from '../storage/content-store.ts';
import type { DownloadLinkDoc } from './documents.ts';
import { Flight } from './flight.ts';
import { sealLinkUser } from './link-text.ts';
import { findDownloadLink } from './live-links.ts';
import { isPassword } from './password.ts';
import { downloadLinks } from './stored-links.ts';

/** The content that a link leads to at this moment. */
export type LinkedVersion = VersionFacts & { readonly createdAt: Date };

export interface Fetch {
  readonly password?: string | undefined;
  /** Secret of a delivery that was begun, to take it up again. */
  readonly resume?: string | undefined;
  /** Says which bytes are wanted; may throw to refuse. */
  readonly choose: (version: LinkedVersion) => ByteRange;
}

/** Bytes on their way to a stranger. */
export interface Delivery {
  readonly about: Subject;
  readonly name: string;
  readonly mediaType: string;
  readonly version: LinkedVersion;
  readonly range: ByteRange;
  /** By which the client takes the delivery up again. */
  readonly secret: string;
  /** To be read once. */
  readonly bytes: AsyncIterable<Buffer>;
  /**
   * To be called when the answer ended, however it did. Never throws, and does nothing when called again.
   *
   * @param finished true if everything that was read has left this machine.
   */
  end(finished: boolean): Promise<void>;
}

/**
 * Delivers the file of a link: takes one of its uses before the first byte, keeps it once all bytes have left, and gives
 * it back if the client goes away before. A link with a password says nothing before the password was right, and one
 * that is no good never asks for it: so it looks, and takes, the same as one that never was.
 *
 * @throws LockerError `not_found` for every link that is no good, `wrong_password`, `busy`, `content_damaged`, and what `choose` throws.
 */
export const deliverLink = audited(
  'link.download',
  (_args, delivery) => delivery?.about ?? {},
  async (locker: Locker, guest: Guest, token: string, fetch: Fetch): Promise<Delivery> => {
    const live = await findDownloadLink(locker, token, fetch.resume);
    const { link, account, owner, file, metadata } = live;
    const { password } = fetch;
    if (link.password !== null)
      await guardGuess(
        locker,
        guest,
        'link-password',
        () => checkLinkPassword(locker, guest, link, password),
        link._id,
      );
    const { facts, stored } = findVersion(file, metadata);
    const version = { ...facts, createdAt: stored.createdAt };
    const range = fetch.choose(version);
    const flight = await Flight.start(locker, link, {
      version: stored.id,
      sizeBytes: facts.size,
      range,
      who: sealLinkUser(owner, link._id, guest),
      resume: fetch.resume,
    });
    const about = { file: file._id, owner: account._id, subject: link._id };
    let bytes: AsyncIterable<Buffer>;
    try {
      bytes = flight.pass(await readVersion(locker, file._id, facts, stored, range));
    } catch (error) {
      await endFlight(locker, guest, flight, about, false);
      throw error;
    }
    return {
      about,
      name: metadata.name,
      mediaType: metadata.mediaType,
      version,
      range,
      secret: flight.secret,
      bytes: meterDownload(locker.meter, guest.door, bytes),
      end: (finished) => endFlight(locker, guest, flight, about, finished),
    };
  },
);

/** Checks the password of a link that is good; one without takes any. @throws LockerError `wrong_password`, `busy`. */
const checkLinkPassword = audited(
  'link.password',
  ([link]) => ({ file: link.file, owner: link.owner, subject: link._id }),
  async (
    locker: Locker,
    _guest: Guest,
    link: DownloadLinkDoc,
    password: string | undefined,
  ): Promise<void> => {
    const stored = link.password;
    if (stored === null) return;
    // Whoever sends none did not guess: a form was sent by hand, or by a program that does not know.
    if (password === undefined || password === '') throw wrongPassword();
    if (await isPassword(stored, password)) return;
    await downloadLinks(locker).updateOne({ _id: link._id }, { $inc: { wrongPasswords: 1 } });
    throw wrongPassword();
  },
);

const wrongPassword = () =>
  new LockerError('wrong_password', { hint: 'Ask whoever gave you the link for its password.' });

async function endFlight(
  locker: Locker,
  guest: Guest,
  flight: Flight,
  about: Subject,
  finished: boolean,
): Promise<void> {
  try {
    const ended = await flight.end(finished);
    if (ended === 'delivered') await noteDelivered(locker, guest, about);
    if (ended === 'interrupted') await noteInterrupted(locker, guest, about);
  } catch (error) {
    // What is not settled now is settled by age.
    locker.log.warn({ err: error }, 'a delivery could not be settled');
  }
}

const noteDelivered = audited(
  'link.delivered',
  ([about]) => about,
  async (_locker: Locker, _guest: Guest, _about: Subject): Promise<void> => {},
);
const noteInterrupted = audited(
  'link.interrupted',
  ([about]) => about,
  async (_locker: Locker, _guest: Guest, _about: Subject): Promise<void> => {},
);
