import type { InboxItem } from '../../src/chats/inbox.ts';
import type { Action } from '../port/action.ts';
import type { Slack } from './slack.ts';

/** What a prompt left for the next message. */
export interface Question {
  readonly answer: Action;
  /** When it was asked, milliseconds since 1970. */
  readonly at: number;
}

/** How long the question of a prompt waits for the next message, seconds. */
const promptSeconds = 15 * 60;
const key = 'slack-question';

/** The next message answers it. */
export const ask = ({ locker }: Slack, identity: string, answer: Action): Promise<void> =>
  locker.chatNotes.set(
    identity,
    key,
    { answer, at: locker.now().getTime() } satisfies Question,
    promptSeconds,
  );

export const findQuestion = ({ locker }: Slack, identity: string): Promise<Question | undefined> =>
  locker.chatNotes.get<Question>(identity, key);

/** Something else is done: what is said next is no answer. A question that came after it, while it waited, stays. */
export async function setAside(slack: Slack, identity: string, { receivedAt }: InboxItem): Promise<void> {
  const question = await findQuestion(slack, identity);
  if (question !== undefined && question.at <= receivedAt.getTime()) await forget(slack, identity, question);
}

/** Forgets a question, unless there is another by now. */
export async function forget(slack: Slack, identity: string, { at }: Question): Promise<void> {
  if ((await findQuestion(slack, identity))?.at === at) await slack.locker.chatNotes.remove(identity, key);
}
