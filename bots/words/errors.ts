import { type ErrorCode, type ErrorDetails, LockerError } from '../../src/errors.ts';
import { AttachmentError } from '../port/incoming.ts';
import { type ChatFacts, type Command, UsageError } from '../port/command.ts';
import { type Text, text } from '../port/text.ts';
import { helpWords } from './help.ts';
import { formatNumber } from './plural.ts';
import { formatSize } from './size.ts';
import { formatDuration } from './time.ts';

type Sentence = (details: ErrorDetails, chat: ChatFacts) => Text | string;

const hinted =
  (fallback: string): Sentence =>
  ({ hint }) =>
    hint ?? fallback;
/** A sentence of this chat, and what the locker knows of the cause. */
const withHint =
  (sentence: string): Sentence =>
  ({ hint }) =>
    hint === undefined || hint === sentence ? sentence : `${sentence} ${hint}`;
const later = ({ retryAfterSeconds }: ErrorDetails) =>
  retryAfterSeconds === undefined ? 'in a minute' : `in ${formatDuration(retryAfterSeconds)}`;

const internal = 'Something went wrong here, and it was noted. Please try again.';

const sentences = {
  access_denied: () => 'The request was denied.',
  account_exists: ({ subject }) =>
    subject === undefined ? 'That handle is taken.' : `@${subject} is taken. Choose another handle.`,
  account_suspended: () => 'Your account is suspended. Ask an administrator to lift it.',
  already_claimed: (_details, chat) =>
    text`This installation has an owner already. With an invite, send ${{ code: chat.command('join CODE') }}.`,
  authorization_pending: () => 'Nobody has approved it yet.',
  bad_request: ({ hint = 'I cannot do that. Check what you wrote.', limit, actual }) =>
    limit === undefined || actual === undefined
      ? hint
      : `${hint} It can have at most ${formatNumber(limit)}; this is ${formatNumber(actual)}.`,
  backup_damaged: hinted('That backup is damaged. Use another one.'),
  backup_unavailable: hinted('The place of the backups cannot be reached. Tell whoever runs this locker.'),
  busy: (details) =>
    `${details.hint ?? 'Too much is going on at the moment.'}${/again/i.test(details.hint ?? '') ? '' : ` Try again ${later(details)}.`}`,
  cancelled: () => 'It was stopped before it was done.',
  checksum_mismatch: () => 'What arrived is not what was sent, so nothing was saved. Send it again.',
  conflict: hinted('That does not fit with how things are now. Look again.'),
  content_damaged: () =>
    'What is stored is damaged, so nothing of it is handed out. Tell whoever runs this locker: it can come back from a backup.',
  database_unavailable: () =>
    'The locker cannot be reached at the moment. Try again in a minute; nothing is lost.',
  expired_token: () => 'That has expired. Start over.',
  file_too_large: ({ limit, actual }) =>
    limit === undefined
      ? 'The file is too large.'
      : `The file is ${actual === undefined ? 'too large' : formatSize(actual)}; the largest that this locker takes is ${formatSize(limit)}.`,
  forbidden: hinted('You may see this, but not do that with it.'),
  insufficient_scope: ({ scope }) =>
    scope === 'admin' ? 'Only administrators can do this.' : 'This chat may not do that for your account.',
  internal: () => internal,
  invalid_code: hinted('The code is wrong, was used, or has expired. Ask for a new one.'),
  invalid_folder: ({ hint = 'Write it like /invoices/2026.' }) => `That cannot be a folder. ${hint}`,
  invalid_handle: hinted('A handle has letters a-z, digits, hyphens and underscores, at most 32.'),
  invalid_name: hinted('That cannot be a name.'),
  invalid_tag: hinted('A tag has no spaces and no commas.'),
  key_missing: () =>
    'The key of this file is not in the keyring, so it cannot be opened. Tell whoever runs this locker.',
  not_found: hinted('There is no such thing here, or it is not shared with you.'),
  precondition_failed: () => 'It was changed meanwhile. Look at it again, and decide again.',
  quota_exceeded: ({ limit, subject }, chat) =>
    text`${limit === undefined ? 'Your locker is full.' : `There is no room for it: your locker holds ${subject === 'files' ? `${formatNumber(limit)} files` : formatSize(limit)}.`} Delete something, also from the trash, or ask an administrator for more. ${{ code: chat.command('usage') }} shows how full it is.`,
  range_not_satisfiable: () => 'That part of the file does not exist.',
  rate_limited: (details) => `That was too often. Try again ${later(details)}.`,
  restricted: hinted('An administrator restricted this file. Ask them to lift it.'),
  sign_in_expired: () => 'That sign-in has ended. Sign in again.',
  slow_down: (details) => `That was too fast. Try again ${later(details)}.`,
  too_many: ({ limit, hint }) =>
    `${limit === undefined ? 'That is too many.' : `There can be at most ${formatNumber(limit)}.`}${hint === undefined ? '' : ` ${hint}`}`,
  token_reused: () => 'That sign-in was used twice, so it was ended. Sign in again.',
  unauthenticated: (_details, chat) =>
    text`I do not know you any more. With an invite, send ${{ code: chat.command('join CODE') }}.`,
  unsupported_media: () => 'I cannot take this kind of content.',
  unsupported_version: () => 'This was made by a newer version of the locker.',
  upload_checksum_mismatch: () => 'A part arrived damaged. Send it again.',
  upload_expired: () => 'The upload waited too long and is gone. Start it again.',
  upload_incomplete: withHint('The file did not arrive whole, so nothing was saved. Send it again.'),
  upload_locked: () => 'This upload is going on somewhere else. Wait a moment.',
  wrong_password: () => 'The password is wrong.',
} satisfies Record<ErrorCode, Sentence>;

/**
 * Says what went wrong to the person who asked. What is no error of ours says nothing of itself.
 *
 * @param command for words that were not understood: its usage and an example follow.
 */
export function explain(error: unknown, chat: ChatFacts, command?: Command): Text {
  if (error instanceof UsageError) return helpWords.misunderstood(error.sentence, command, chat);
  if (error instanceof AttachmentError) return [error.message];
  if (!(error instanceof LockerError)) return [internal];
  const sentence: Sentence = sentences[error.code];
  const said = sentence(error.details, chat);
  return typeof said === 'string' ? [said] : said;
}
