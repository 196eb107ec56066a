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
};

function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return '';
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.name;
  return ` (${reasons[code] ?? code.replaceAll(/[^\w.-]/g, '')})`;
}
