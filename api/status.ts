import type { ErrorCode } from '../src/errors.ts';

/** HTTP status and title of every error code. A code without a line here does not compile. */
export const problems = {
  account_exists: [409, 'This handle is taken'],
  account_suspended: [403, 'This account is suspended'],
  already_claimed: [409, 'This locker has an owner already'],
  bad_request: [400, 'The request is not understood'],
  busy: [503, 'Others are changing this at the moment'],
  checksum_mismatch: [422, 'The content does not match its checksum'],
  conflict: [409, 'This does not fit the present state'],
  content_damaged: [500, 'The stored content is damaged'],
  database_unavailable: [503, 'The database is away'],
  file_too_large: [413, 'The file is too large'],
  forbidden: [403, 'This is not allowed'],
  insufficient_scope: [403, 'The token lacks a scope'],
  internal: [500, 'Something went wrong here'],
  invalid_code: [400, 'The code is not valid'],
  invalid_folder: [400, 'This cannot be a folder'],
  invalid_handle: [400, 'This cannot be a handle'],
  invalid_name: [400, 'This cannot be a name'],
  invalid_tag: [400, 'This cannot be a tag'],
  key_missing: [500, 'A master key is missing'],
  not_found: [404, 'Not found'],
  precondition_failed: [412, 'The file was changed meanwhile'],
  quota_exceeded: [507, 'The locker is full'],
  range_not_satisfiable: [416, 'The range lies outside of the file'],
  sign_in_expired: [400, 'The sign-in has ended'],
  too_many: [409, 'There are too many'],
  token_reused: [400, 'A refresh token was used twice'],
  unauthenticated: [401, 'Sign in first'],
  unsupported_media: [415, 'This content type or encoding is not understood'],
  upload_incomplete: [400, 'The upload is not complete'],
} as const satisfies Record<ErrorCode, readonly [status: number, title: string]>;

/** The `error` member that OAuth clients expect beside `code` (RFC 6749 section 5.2). */
export const oauthErrors: { readonly [Code in ErrorCode]?: string } = {
  bad_request: 'invalid_request',
  invalid_code: 'invalid_grant',
  sign_in_expired: 'invalid_grant',
  token_reused: 'invalid_grant',
  account_suspended: 'invalid_grant',
};
