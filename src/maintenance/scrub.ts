import type { FileDoc } from '../database/documents.ts';
import type { Locker } from '../locker.ts';
import { checkFile } from './check.ts';

export interface ScrubReport {
  readonly files: number;
  readonly versions: number;
  readonly bytes: number;
  readonly damaged: number;
}

const dayMs = 24 * 3600 * 1000;

/**
 * Reads a share of all files back, a different one each day, so that all are read once in so many days. By their ids, which
 * are random: the shares are of about one size, and need no record of what was read.
 */
export async function scrub(locker: Locker, days: number, signal?: AbortSignal): Promise<ScrubReport> {
  const today = Math.floor(locker.now().getTime() / dayMs) % days;
  const report = { files: 0, versions: 0, bytes: 0, damaged: 0 };
  for await (const file of locker.collections.files.find().sort({ _id: 1 })) {
    signal?.throwIfAborted();
    if (shareOf(file, days) !== today) continue;
    report.files++;
    for await (const step of checkFile(locker, file)) {
      if (typeof step === 'number') report.bytes += step;
      else if (step === 'version') report.versions++;
      else {
        // Deleted while it was read is no damage.
        if ((await locker.collections.files.countDocuments({ _id: file._id, revision: file.revision })) === 0)
          continue;
        report.damaged++;
        locker.log.error(
          { file: step.fileId, version: step.version, problem: step.problem },
          'stored content is damaged',
        );
      }
    }
  }
  return report;
}

/** Which day of the cycle a file belongs to. */
const shareOf = ({ _id }: FileDoc, days: number): number =>
  Buffer.from(_id).reduce((sum, byte) => (sum * 31 + byte) % 1_000_003, 7) % days;
