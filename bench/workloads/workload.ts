import { GiB, KiB, MiB } from '../../src/config.ts';
import type { Results } from '../results.ts';
import type { Site } from '../site.ts';

/** One kind of measurement. */
export interface Workload {
  /** For `--only`. */
  readonly name: string;
  /** What is done and counted, for the report. */
  about(site: Site): string;
  /** Starts what it measures, measures, and leaves nothing behind. */
  run(site: Site, results: Results): Promise<void>;
}

/** A size in the largest unit that gives a whole number. */
export function sizeText(bytes: number): string {
  if (bytes % GiB === 0) return `${bytes / GiB} GiB`;
  return bytes % MiB === 0 ? `${bytes / MiB} MiB` : `${bytes / KiB} KiB`;
}
