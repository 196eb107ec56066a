import { endSession, listSessions } from '../../src/accounts/own-sessions.ts';
import { accountWords } from '../words/accounts.ts';
import { labels } from '../words/labels.ts';
import { manual } from '../words/manual.ts';
import { memberCommand, note, readerOf, textOf, unlisted } from './define.ts';

/** Enough for anyone, and within what a message holds. */
const maxShown = 15;

export const sessions = memberCommand({
  name: 'sessions',
  ...manual.sessions,
  async *run(context, { actor }) {
    const all = await listSessions(context.locker, actor);
    const title = accountWords.sessionsTitle(all.length);
    if (all.length === 0) {
      yield note(title);
      return;
    }
    const reader = await readerOf(context);
    yield {
      kind: 'list',
      title,
      entries: all.slice(0, maxShown).map((session) => ({
        number: null,
        text: accountWords.session(session),
        detail: accountWords.sessionDetail(session, reader),
        actions: [
          {
            label: labels.endSession,
            command: 'end-session',
            input: { session: session.id },
            style: 'danger' as const,
          },
        ],
      })),
    };
  },
});

export const endOneSession = memberCommand({
  name: 'end-session',
  ...unlisted,
  async *run({ locker }, { actor }, input) {
    await endSession(locker, actor, textOf(input, 'session') ?? '');
    yield note(accountWords.sessionEnded);
  },
});
