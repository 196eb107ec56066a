import { GiB } from '../../src/config.ts';
import type { RecordedFile } from './open-snapshot.ts';

/** Files of a sample, at most. */
export const sampleFiles = 25;
/** Sealed bytes of a sample, at most: it is restored beside the locker, whose disk it must not fill. */
export const sampleBytes = 2 * GiB;

interface Candidate {
  readonly id: string;
  /** Sealed bytes of all its versions. */
  readonly bytes: number;
  readonly rank: number;
}

/**
 * Chooses files at random, without holding all of them: at most `sampleFiles`, and of no more than `sampleBytes` together. A file that
 * is larger by itself is passed over; if all are, the smallest is the sample.
 *
 * @returns their ids.
 * @throws what reading the files throws, and the reason of the signal.
 */
export async function chooseSample(
  files: AsyncIterable<RecordedFile>,
  signal?: AbortSignal,
): Promise<Set<string>> {
  const candidates: Candidate[] = [];
  let smallest: Candidate | undefined;
  for await (const { file, contents } of files) {
    signal?.throwIfAborted();
    const bytes = Object.values(contents).reduce((sum, { sealedBytes }) => sum + sealedBytes, 0);
    const candidate = { id: file._id, bytes, rank: Math.random() };
    if (smallest === undefined || bytes < smallest.bytes) smallest = candidate;
    if (bytes > sampleBytes) continue;
    candidates.push(candidate);
    candidates.sort((a, b) => a.rank - b.rank);
    candidates.length = Math.min(candidates.length, sampleFiles);
  }
  const chosen = new Set<string>();
  let left = sampleBytes;
  // The lowest rank first, so that a large file has its turn as well.
  for (const { id, bytes } of candidates) {
    if (bytes > left) continue;
    chosen.add(id);
    left -= bytes;
  }
  if (chosen.size === 0 && smallest !== undefined) chosen.add(smallest.id);
  return chosen;
}
