/**
 * What went wrong, in a code that every front end turns into its own words (HTTP status, bot sentence, exit
 * code). Codes are a public contract: they are sent to clients and never renamed.
 */
export type ErrorCode =
  | 'access_denied'
  | 'account_exists'
  | 'account_suspended'
  | 'already_claimed'
  | 'authorization_pending'
  | 'backup_damaged'
  | 'backup_unavailable'
  | 'bad_request'
  | 'busy'
  | 'cancelled'
  | 'checksum_mismatch'
  | 'conflict'
  | 'content_damaged'
  | 'database_unavailable'
  | 'expired_token'
  | 'file_too_large'
  | 'forbidden'
  | 'insufficient_scope'
  | 'internal'
  | 'invalid_code'
  | 'invalid_folder'
  | 'invalid_handle'
  | 'invalid_name'
  | 'invalid_tag'
  | 'key_missing'
  | 'not_found'
  | 'precondition_failed'
  | 'quota_exceeded'
  | 'range_not_satisfiable'
  | 'rate_limited'
  | 'restricted'
  | 'sign_in_expired'
  | 'slow_down'
  | 'too_many'
  | 'token_reused'
  | 'unauthenticated'
  | 'unsupported_media'
  | 'unsupported_version'
  | 'upload_checksum_mismatch'
  | 'upload_expired'
  | 'upload_incomplete'
  | 'upload_locked'
  | 'wrong_password';

/**
 * The facts of an error that may leave the process. Closed on purpose: ids, the caller's own input, sizes, limits
 * and times. Never a token, a key, or anything that was opened from storage.
 */
export interface ErrorDetails {
  /** What the error is about: a file id, a handle, the name of a parameter. */
  readonly subject?: string;
  /** One sentence for the person: what is wrong and the way out. */
  readonly hint?: string;
  readonly limit?: number;
  readonly actual?: number;
  /** The scope that the credential lacks. */
  readonly scope?: string;
  /** When to try again, seconds from now. */
  readonly retryAfterSeconds?: number;
  /** Stored ids, for operators. */
  readonly fileId?: string;
  readonly versionId?: string;
  readonly segment?: number;
}

/** The one error class of the locker. Anything else that is thrown is a defect and is answered as `internal`. */
export class LockerError extends Error {
  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, details: ErrorDetails = {}, options?: { cause?: unknown }) {
    super(`${code}${details.subject === undefined ? '' : ` (${details.subject})`}`, options);
    this.name = 'LockerError';
    this.code = code;
    this.details = details;
  }
}

/** True for a `LockerError` with this code, so that a `catch` can rethrow everything it does not expect. */
export const isLockerError = (error: unknown, code: ErrorCode): error is LockerError =>
  error instanceof LockerError && error.code === code;

/**
 * A start-up problem that the operator can mend: printed as it is, without a stack trace. `problems` are whole
 * sentences that name the cause and the remedy.
 */
export class StartError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[], options?: { cause?: unknown }) {
    super(problems.join('\n'), options);
    this.name = 'StartError';
    this.problems = problems;
  }
}
