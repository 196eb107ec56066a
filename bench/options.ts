import { parseArgs } from 'node:util';
import { GiB, KiB, MiB } from '../src/config.ts';

/** What a run measures, and how often. */
export interface Options {
  readonly rounds: number;
  /** Names of the workloads to run; undefined means all. */
  readonly only: readonly string[] | undefined;
  /** A small run for development, whose numbers mean little. */
  readonly quick: boolean;
  readonly full: boolean;
  readonly sizes: Sizes;
}

/** All sizes are bytes. */
export interface Sizes {
  /** Of the transfers that all candidates make. */
  readonly medium: number;
  /** Of the transfers that the paper's stack has no memory for. */
  readonly large: number;
  /** Of the file whose first byte is waited for. */
  readonly firstByte: number;
  readonly smallFiles: { readonly count: number; readonly bytes: number; readonly clients: number };
  readonly atOnce: { readonly count: number; readonly bytes: number };
  /** Entries of the account that lists and searches, and of all the others in the same database. */
  readonly crowd: { readonly mine: number; readonly others: number };
  /** Of a locker that is backed up. */
  readonly backup: { readonly count: number; readonly bytes: number };
}

export const usage = `npm run bench -- [options]

  --rounds N           interleaved rounds (5); at most 3 of the memory workloads
  --only NAME[,NAME]   only these of medium, large, small, first-byte, memory, at-once,
                       overhead, lists, backup;
                       RESULTS.md stays as it is
  --full               wait for the first byte of a 5 GiB file instead of 1 GiB
  --quick              64 MiB and 2 rounds, to try changes; RESULTS.md stays as it is
  --help               this text
`;

const normal: Sizes = {
  medium: 256 * MiB,
  large: GiB,
  firstByte: GiB,
  smallFiles: { count: 1000, bytes: 100 * KiB, clients: 8 },
  atOnce: { count: 20, bytes: 64 * MiB },
  crowd: { mine: 100_000, others: 900_000 },
  backup: { count: 10_000, bytes: 200 * KiB },
};

const quick: Sizes = {
  medium: 64 * MiB,
  large: 128 * MiB,
  firstByte: 64 * MiB,
  smallFiles: { count: 200, bytes: 100 * KiB, clients: 8 },
  atOnce: { count: 20, bytes: 8 * MiB },
  crowd: { mine: 2000, others: 18_000 },
  backup: { count: 500, bytes: 200 * KiB },
};

/** Reads the command line. @returns undefined if help was asked for. @throws Error that says what is wrong. */
export function readOptions(args: readonly string[]): Options | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: 'string' },
      only: { type: 'string' },
      quick: { type: 'boolean', default: false },
      full: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  const rounds = Number(values.rounds ?? (values.quick ? 2 : 5));
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error('--rounds takes a whole number from 1');
  const sizes = values.quick ? quick : normal;
  return {
    rounds,
    only: values.only?.split(',').map((name) => name.trim()),
    quick: values.quick,
    full: values.full,
    sizes: values.full ? { ...sizes, firstByte: 5 * GiB } : sizes,
  };
}
