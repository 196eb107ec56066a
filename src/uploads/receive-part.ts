import type { Me } from '../accounts/actor.ts';
import { isDuplicate } from '../database/connect.ts';
import { LockerError } from '../errors.ts';
import { settleQuietly } from '../files/receive-content.ts';
import { Reservation } from '../files/reservation.ts';
import type { Locker } from '../locker.ts';
import { cutSegments } from '../storage/cut-segments.ts';
import { hashing, requireChecksum, startChecksum } from './checksum.ts';
import { finishUpload, recogniseCommit } from './finish.ts';
import { BrokenStream, limited, untilSilent } from './incoming.ts';
import { extendExpiry, type Intake, saveProgress, storedBytes, type Stored } from './intake.ts';
import { type Lease, locked } from './lease.ts';
import { requireFit, roomFor, type UploadPart } from './part.ts';
import { loadProgress, openContentKey } from './progress.ts';

/** How much a kill of this process may cost: this many segments, or what came in this time. */
const segmentsBetweenSaves = 8;
const saveMs = 10_000;

/**
 * Takes in a part of an upload, and commits the file if that was the last one. What came before an interruption is
 * kept, unless the part has a checksum, which can then not be verified.
 *
 * @throws LockerError as `requireFit`, `finishUpload` and the part's own bytes do; `quota_exceeded`, `upload_locked`,
 * `upload_incomplete`, `upload_checksum_mismatch`, `upload_expired`.
 */
export async function receivePart(locker: Locker, me: Me, lease: Lease, part: UploadPart): Promise<void> {
  await recogniseCommit(locker, lease);
  const sizeBytes = requireFit(locker, lease.upload, part);
  const incoming = limited(untilSilent(part.bytes), roomFor(locker, lease.upload, sizeBytes));
  if (lease.upload.finishedAt !== null) return readToEnd(incoming);
  const intake = await openIntake(locker, lease, sizeBytes);
  try {
    await takeIn(intake, me, part, incoming);
  } catch (error) {
    await intake.sink.settle();
    // If the database went away, what was stored may be acknowledged; otherwise exactly that goes which is not, since
    // the next request may be at work already.
    if (error instanceof LockerError || isDuplicate(error))
      await settleQuietly(locker, () => intake.sink.discard());
    throw isDuplicate(error) ? locked(lease.upload._id, error) : error;
  }
}

async function readToEnd(incoming: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const _ of incoming);
}

async function openIntake(locker: Locker, lease: Lease, sizeBytes: number | null): Promise<Intake> {
  const { upload } = lease;
  const key = openContentKey(locker, upload);
  const reservation = await Reservation.resume(locker, upload.owner, upload.version);
  await extendExpiry(locker, lease, reservation);
  if (sizeBytes !== null) await reservation.cover(sizeBytes, 0);
  await locker.content.truncate(upload.version, upload.segments);
  const sink = locker.content.sink(key, upload.segmentBytes, false);
  const { tail, hash } = await loadProgress(locker, upload, key);
  return { locker, lease, key, reservation, sink, hash, tail, sizeBytes };
}

async function takeIn(
  intake: Intake,
  me: Me,
  { checksum }: UploadPart,
  incoming: AsyncIterable<Uint8Array>,
): Promise<void> {
  const hash = checksum === undefined ? undefined : startChecksum(checksum);
  const bytes = new BrokenStream(hash === undefined ? incoming : hashing(incoming, hash));
  const stored = await store(intake, bytes, checksum === undefined);
  if (checksum !== undefined && hash !== undefined) {
    bytes.requireWhole();
    requireChecksum(checksum, hash);
  }
  const offset = storedBytes(intake, stored);
  if (offset === intake.sizeBytes) {
    // The offset reaches the end only together with the commit.
    bytes.requireWhole();
    return finishUpload(intake, me, stored);
  }
  await intake.reservation.cover(offset, 0);
  await saveProgress(intake, stored);
  bytes.requireWhole();
}

/** Seals and stores what comes, but for the end, of which it is not known whether it is the last segment. */
async function store(
  intake: Intake,
  bytes: AsyncIterable<Uint8Array>,
  mayAcknowledge: boolean,
): Promise<Stored> {
  const { locker, lease, hash, reservation, sink } = intake;
  const { segmentBytes } = lease.upload;
  let { segments } = lease.upload;
  let tail: readonly Uint8Array[] = [];
  let savedAt = locker.now().getTime();
  for await (const { last, pieces } of cutSegments(tailFirst(intake, bytes), segmentBytes)) {
    if (last) {
      tail = pieces;
      break;
    }
    for (const piece of pieces) hash.update(piece);
    await reservation.cover((segments + 1) * segmentBytes, 0);
    await sink.add({ index: segments++, last, pieces });
    const isDue =
      segments - lease.upload.segments >= segmentsBetweenSaves || locker.now().getTime() - savedAt >= saveMs;
    if (mayAcknowledge && isDue) {
      await saveProgress(intake, { segments, tail: [] });
      savedAt = locker.now().getTime();
    }
  }
  return { segments, tail };
}

async function* tailFirst({ lease, tail }: Intake, bytes: AsyncIterable<Uint8Array>) {
  yield tail;
  for await (const piece of bytes) {
    if (lease.isOld) await lease.write();
    yield piece;
  }
}
