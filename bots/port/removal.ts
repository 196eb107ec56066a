import type { Action, Input } from './action.ts';

/**
 * Name of the one command that each chat implements itself: it deletes the messages that `messagesToRemove` names, those
 * of the person who pressed, and edits the pressed message or says why it cannot.
 */
export const removeFromChat = 'remove-from-chat';

/** The button that deletes the messages which carried a plaintext, by the chat's own references to them. */
export const removeAction = (label: string, messages: readonly string[]): Action => ({
  label,
  command: removeFromChat,
  input: { messages },
  where: 'edit',
});

/** What such a button was made with. */
export const messagesToRemove = ({ messages }: Input): readonly string[] =>
  Array.isArray(messages) ? (messages as readonly string[]) : [];
