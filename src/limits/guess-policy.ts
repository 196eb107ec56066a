import type { ErrorCode } from '../errors.ts';

/** What can be guessed at. */
export type GuessKind =
  | 'setup'
  | 'invite'
  | 'sign-in'
  | 'connect'
  | 'device'
  | 'refresh'
  | 'token'
  | 'link-password';

/** Errors that tell a guesser that the guess was wrong. */
export const guessErrors: ReadonlySet<ErrorCode> = new Set([
  'invalid_code',
  'sign_in_expired',
  'token_reused',
  'unauthenticated',
  'wrong_password',
] as const satisfies readonly ErrorCode[]);

/** How guesses of one kind are slowed down. */
export interface GuessPolicy {
  /** Failures of one source before its first ban. */
  readonly free: number;
  /** The first ban; each failure after it doubles it. */
  readonly firstBanMs: number;
  readonly longestBanMs: number;
  /** A source that failed for so long no more is forgotten. */
  readonly forgetMs: number;
  /**
   * Failures a minute of all sources together, counted apart for those that never failed before, so that whoever comes
   * with the right code is not kept out by those who tried a thousand wrong ones. None for what nobody can guess: a cap
   * there would only let strangers lock everyone out.
   */
  readonly together?: { readonly newcomers: number; readonly others: number };
  /** Whether the right guess clears the source. Not where a guesser can make right ones of their own in between. */
  readonly successClears: boolean;
}

const minute = 60_000;
const hour = 60 * minute;

/** A code of 100 bits, shown to one person. */
const longCode: GuessPolicy = {
  free: 10,
  firstBanMs: 30_000,
  longestBanMs: hour,
  forgetMs: hour,
  together: { newcomers: 300, others: 60 },
  successClears: true,
};

/** A signed secret of 256 bits: the ban spares the server work, and shows broken clients. */
const machineSecret: GuessPolicy = {
  free: 100,
  firstBanMs: 30_000,
  longestBanMs: 10 * minute,
  forgetMs: 15 * minute,
  successClears: true,
};

export const guessPolicies: Readonly<Record<GuessKind, GuessPolicy>> = {
  setup: longCode,
  invite: longCode,
  'sign-in': longCode,
  connect: { ...longCode, successClears: false },
  // Short, since a person types it, and good for minutes.
  device: {
    ...longCode,
    free: 5,
    firstBanMs: minute,
    together: { newcomers: 60, others: 20 },
    successClears: false,
  },
  refresh: machineSecret,
  token: machineSecret,
  // As weak as its owner chose it. Counted for each link.
  'link-password': {
    free: 5,
    firstBanMs: minute,
    longestBanMs: hour,
    forgetMs: 2 * hour,
    together: { newcomers: 30, others: 10 },
    successClears: true,
  },
};
