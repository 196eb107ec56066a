import { readPaged } from '../database/pages.ts';
import type { Locker } from '../locker.ts';
import { checkCurrent } from './check.ts';
import { isIn, type Share } from './share.ts';

export interface ScrubReport {
  readonly files: number;
  readonly versions: number;
  readonly bytes: number;
  readonly damaged: number;
}

/** Reads a share of all files back, by their ids, which are random: shares are of about one size. */
export async function scrub(locker: Locker, share: Share, signal?: AbortSignal): Promise<ScrubReport> {
  const report = { files: 0, versions: 0, bytes: 0, damaged: 0 };
  for await (const file of readPaged(locker.collections.files)) {
    signal?.throwIfAborted();
    if (!isIn(file._id, share)) continue;
    report.files++;
    for await (const step of checkCurrent(locker, file)) {
      if (typeof step === 'number') report.bytes += step;
      else if (step === 'version') report.versions++;
      else {
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
