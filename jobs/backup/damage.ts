import { LockerError } from '../../src/errors.ts';

/** Something in a backup that is missing or not as it was written. */
export const damaged = (subject: string, what: string, cause?: unknown): LockerError =>
  new LockerError('backup_damaged', { subject, hint: `${subject} ${what}.` }, { cause });

/** The target did not do what it was asked to. Its own message stays in the cause: it may quote credentials. */
export const unavailable = (target: string, doing: string, cause: unknown): LockerError =>
  new LockerError(
    'backup_unavailable',
    { subject: target, hint: `The backup target ${target} failed while ${doing}${reasonOf(cause)}.` },
    { cause },
  );

const reasons: Record<string, string> = {
  ENOSPC: 'there is no space left',
  EDQUOT: 'the disk quota is used up',
  EACCES: 'access is denied',
  EPERM: 'access is denied',
  EROFS: 'it is read-only',
  ENOENT: 'its folder is gone: is it mounted?',
  ENOTDIR: 'something there is not a folder',
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'its host is not known',
  ETIMEDOUT: 'it did not answer in time',
  TimeoutError: 'it did not answer in time',
  EHOSTUNREACH: 'its host cannot be reached',
  ECONNRESET: 'the connection broke off',
  NoSuchBucket: 'there is no such bucket: make it first',
  AccessDenied: 'access is denied: check the key and what it may do',
  InvalidAccessKeyId: 'it does not know the access key: check COFFER_BACKUP_S3_ACCESS_KEY_ID',
  SignatureDoesNotMatch: 'the secret is not the one: check COFFER_BACKUP_S3_SECRET_ACCESS_KEY',
  CredentialsProviderError: 'no key was given: set COFFER_BACKUP_S3_ACCESS_KEY_ID and …_SECRET_ACCESS_KEY',
  RequestTimeTooSkewed: 'its clock and the one of this machine differ',
  PermanentRedirect: 'the bucket is in another region: check COFFER_BACKUP_S3_REGION',
  SlowDown: 'it is too busy; try again later',
  ServiceUnavailable: 'it is too busy; try again later',
};

function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return '';
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.name;
  return ` (${reasons[code] ?? code.replaceAll(/[^\w.-]/g, '')})`;
}
