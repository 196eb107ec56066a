import type { Action, Input } from './action.ts';

/** Name of the command that a chat which can fetch a message again implements itself: it saves what the message carries. */
export const retrySave = 'retry-save';

/** The button under a file that could not be fetched. */
export const retryAction = (label: string, messages: readonly string[]): Action => ({
  label,
  command: retrySave,
  input: { messages },
  where: 'edit',
  style: 'primary',
});

/** What such a button was made with: the chat's own references. */
export const messagesToRetry = ({ messages }: Input): readonly string[] =>
  Array.isArray(messages) ? (messages as readonly string[]) : [];
