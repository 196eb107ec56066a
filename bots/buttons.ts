import type { ChatNotes } from '../src/chats/notes.ts';
import type { Action } from './port/action.ts';

/** How long the buttons of a message work, seconds. */
export const buttonSeconds = 30 * 24 * 3600;

/** Gives the opaque value, up to 20 characters, that stands for an action in a message. */
export type Reference = (action: Action) => string;

interface Kept {
  readonly actions: readonly Action[];
}

/**
 * Renders something with buttons: the actions are kept, sealed and bound to a person, and what is rendered carries only
 * opaque references to them.
 *
 * @param renderWith called twice: to find the actions, and with the references.
 */
export async function withButtons<T>(
  notes: ChatNotes,
  identity: string,
  renderWith: (reference: Reference) => T,
): Promise<T> {
  const actions: Action[] = [];
  const without = renderWith((action) => `x.${actions.push(action) - 1}`);
  if (actions.length === 0) return without;
  const id = await notes.add(identity, { actions } satisfies Kept, buttonSeconds);
  // By their order, which is the same both times: a renderer may hand over copies, with other labels.
  let next = 0;
  return renderWith(() => `${id}.${next++}`);
}

/** What a press stands for. */
export type Pressed =
  | { readonly kind: 'action'; readonly action: Action }
  /** Made for someone else, or by nobody. */
  | { readonly kind: 'foreign' }
  | { readonly kind: 'too-old' };

/** Finds what a reference stands for. */
export async function findPressed(notes: ChatNotes, identity: string, reference: string): Promise<Pressed> {
  const [, id, index] = /^([A-Za-z0-9_-]{16})\.(\d{1,3})$/.exec(reference) ?? [];
  if (id === undefined || index === undefined) return { kind: 'foreign' };
  const found = await notes.find<Kept>(id);
  if (found === undefined) return { kind: 'too-old' };
  const action = found.identity === identity ? found.value.actions[Number(index)] : undefined;
  return action === undefined ? { kind: 'foreign' } : { kind: 'action', action };
}
