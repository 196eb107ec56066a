import type { Usage } from './usage.ts';

/** Everything that is measured, in the order of the report. */
export const candidates = ['baseline', 'coffer', 'floor', 'bare', 'paper', 'limit', 'dump', 'copy'] as const;
export type Candidate = (typeof candidates)[number];

/** What Coffer has to reach in a row. */
export type Target =
  /** Times the baseline, the median of the rounds. */
  | { readonly kind: 'ratio'; readonly atLeast: number }
  /** In the row's unit: of all rounds, or of the median round. */
  | { readonly kind: 'value'; readonly below: number; readonly of: 'highest' | 'median' };

/** One quantity that is compared. */
export interface Row {
  readonly workload: string;
  readonly title: string;
  readonly unit: 'MiB/s' | 'files/s' | 'ms' | 'MiB';
  /** What the others are compared with; the baseline if absent. */
  readonly against?: Candidate;
  /** False where a ratio means nothing, such as a difference that may be zero. */
  readonly hasRatio?: boolean;
  readonly target?: Target;
}

/** One measurement of one candidate. */
export interface Reading {
  readonly value: number;
  /** What it cost the server and its database. */
  readonly usage?: Usage | undefined;
  /** Bytes that were moved, for cost per GiB. */
  readonly bytes?: number;
}

export interface Range {
  readonly median: number;
  readonly lowest: number;
  readonly highest: number;
}

/** The readings of a whole run. */
export class Results {
  readonly #rows: Row[] = [];
  readonly #readings = new Map<Row, Map<Candidate, Map<number, Reading>>>();
  readonly #onAdd: (...added: Parameters<Results['add']>) => void;

  /** @param onAdd told of every reading, to show that something happens. */
  constructor(onAdd: (...added: Parameters<Results['add']>) => void) {
    this.#onAdd = onAdd;
  }

  add(row: Row, candidate: Candidate, round: number, reading: Reading): void {
    let ofRow = this.#readings.get(row);
    if (ofRow === undefined) {
      this.#rows.push(row);
      this.#readings.set(row, (ofRow = new Map()));
    }
    let ofCandidate = ofRow.get(candidate);
    if (ofCandidate === undefined) ofRow.set(candidate, (ofCandidate = new Map()));
    ofCandidate.set(round, reading);
    this.#onAdd(row, candidate, round, reading);
  }

  get rows(): readonly Row[] {
    return this.#rows;
  }

  readings(row: Row, candidate: Candidate): Reading[] {
    return [...(this.#readings.get(row)?.get(candidate)?.values() ?? [])];
  }

  /** Median and range of the values; undefined if there are none. */
  values(row: Row, candidate: Candidate): Range | undefined {
    return rangeOf(this.readings(row, candidate).map(({ value }) => value));
  }

  /** Times the one that it is compared with: within each round first, so that what slows a whole round down falls out. */
  ratios(row: Row, candidate: Candidate): Range | undefined {
    const baseline = this.#readings.get(row)?.get(row.against ?? 'baseline');
    const own = this.#readings.get(row)?.get(candidate);
    if (row.hasRatio === false || baseline === undefined || own === undefined) return undefined;
    return rangeOf(
      [...own].flatMap(([round, { value }]) => {
        const other = baseline.get(round);
        return other === undefined ? [] : [value / other.value];
      }),
    );
  }
}

/** Median and range; undefined of nothing. */
export function rangeOf(values: readonly number[]): Range | undefined {
  const sorted = [...values].toSorted((a, b) => a - b);
  const lowest = sorted[0];
  const highest = sorted.at(-1);
  if (lowest === undefined || highest === undefined) return undefined;
  return { median: median(sorted), lowest, highest };
}

/** The middle one, or the mean of the two in the middle. @throws RangeError of nothing. */
export function median(values: readonly number[]): number {
  const sorted = [...values].toSorted((a, b) => a - b);
  const upper = sorted[sorted.length >> 1];
  const lower = sorted[(sorted.length - 1) >> 1];
  if (upper === undefined || lower === undefined) throw new RangeError('no values');
  return (lower + upper) / 2;
}
