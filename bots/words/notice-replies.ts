import { isLockerError } from '../../src/errors.ts';
import { describeFile } from '../../src/files/describe-file.ts';
import type { FileView } from '../../src/files/view.ts';
import type { Actor } from '../../src/accounts/actor.ts';
import type { Notice } from '../../src/notify/notifier.ts';
import type { Action, Input } from '../port/action.ts';
import type { Context } from '../port/command.ts';
import type { Note, Reply } from '../port/reply.ts';
import type { Text } from '../port/text.ts';
import { fileCard } from './file-card.ts';
import { labels } from './labels.ts';
import { noticeWords } from './notices.ts';
import type { Reader } from './time.ts';

/**
 * Words a notice for the person of an account. Names are opened now, through the rules of access as they are now.
 *
 * @param actor the one who is told.
 * @returns nothing for what is over before it could be told: a file that is gone, or no longer theirs to see.
 */
export async function noticeReplies(context: Context, actor: Actor, notice: Notice): Promise<Reply[]> {
  const { timeZone } = await context.memory.settings();
  const reader: Reader = { now: context.locker.now(), timeZone };
  const aboutFile = async (id: string, word: (file: FileView) => Reply): Promise<Reply[]> => {
    const file = await visible(context, actor, id);
    return file === undefined ? [] : [word(file)];
  };
  switch (notice.kind) {
    case 'sign-in':
      return [
        note(noticeWords.signIn(notice.client, notice.door, notice.address, notice.at, reader), [
          press(labels.endSession, 'end-session', { session: notice.session }, 'danger'),
        ]),
      ];
    case 'session-revoked':
      return [note(noticeWords.sessionRevoked(notice.at, reader), [press(labels.sessions, 'sessions', {})])];
    case 'identity-linked':
      return [
        note(noticeWords.identityLinked(notice.door), [
          press(labels.unlink, 'unlink', { identity: notice.identity }, 'danger'),
        ]),
      ];
    case 'shared':
      if (notice.file === null)
        return [
          note(noticeWords.sharedFolder(notice.by), [press(labels.open, 'list', { handle: notice.by })]),
        ];
      return aboutFile(notice.file, (file) => fileCard(file, { text: noticeWords.shared(notice.by) }));
    case 'access-requested': {
      const answer = (label: string, choice: string) =>
        press(label, 'answer-request', { request: notice.request, answer: choice, who: notice.by });
      return aboutFile(notice.file, (file) =>
        note(
          noticeWords.accessRequested(notice.by, file.name),
          [
            answer(labels.approveOnce, 'once'),
            answer(labels.approveDay, 'day'),
            answer(labels.approveAlways, 'always'),
          ],
          [{ ...answer(labels.deny, 'deny'), style: 'danger' }],
        ),
      );
    }
    case 'access-answered':
      return aboutFile(notice.file, (file) =>
        fileCard(file, { text: noticeWords.accessAnswered(notice.by, notice.answer === 'once') }),
      );
    case 'first-opened':
      return aboutFile(notice.file, (file) => note(noticeWords.firstOpened(notice.by, file.name)));
    case 'job-failed':
      return [note(noticeWords.jobFailed(notice.job, notice.problem))];
    case 'backup-stale':
      return [
        note(
          noticeWords.backupStale(notice.job, notice.last === null ? null : new Date(notice.last), reader),
        ),
      ];
    case 'audit-head':
      return [note(noticeWords.auditHead(notice.record, notice.mac))];
    case 'file-restricted':
      return aboutFile(notice.file, (file) => note(noticeWords.restricted(file.name, notice.reason)));
    case 'file-released':
      return aboutFile(notice.file, (file) => note(noticeWords.released(file.name)));
    default: {
      const unworded: never = notice;
      return unworded;
    }
  }
}

async function visible({ locker }: Context, actor: Actor, id: string): Promise<FileView | undefined> {
  try {
    return await describeFile(locker, actor, id);
  } catch (error) {
    if (isLockerError(error, 'not_found')) return undefined;
    throw error;
  }
}

const note = (text: Text, ...actions: NonNullable<Note['actions']>): Note => ({
  kind: 'note',
  text,
  ...(actions.length === 0 ? {} : { actions }),
});

const press = (label: string, command: string, input: Input, style?: 'danger'): Action => ({
  label,
  command,
  input,
  where: 'edit',
  ...(style === undefined ? {} : { style }),
});
