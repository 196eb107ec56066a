import type { types } from '@slack/bolt';
import type { Reference } from '../../buttons.ts';
import type { Action } from '../../port/action.ts';
import { clip } from './escape.ts';

/** Limits of Block Kit, characters and elements. */
export const maxLabel = 75;
const maxOverflowOptions = 5;
const maxActionElements = 25;

/** Prefixes of action ids: what follows only makes them differ. */
export const actionIds = {
  press: 'press',
  fetch: 'fetch',
  shareForm: 'share-form',
  uploadForm: 'upload-form',
  more: 'more',
  answer: 'answer',
  fileChoice: 'file',
} as const;

export const plainText = (text: string, limit: number): types.PlainTextElement => ({
  type: 'plain_text',
  text: clip(text, limit),
  emoji: false,
});

/** One row of buttons. */
export function buttonRow(actions: readonly Action[], reference: Reference): types.ActionsBlock[] {
  return actions.length === 0
    ? []
    : [
        {
          type: 'actions',
          elements: actions.slice(0, maxActionElements).map((action) => button(action, reference)),
        },
      ];
}

/** Rows of buttons. */
export const buttonRows = (
  rows: readonly (readonly Action[])[],
  reference: Reference,
): types.ActionsBlock[] => rows.flatMap((row) => buttonRow(row, reference));

/** A few buttons, and a menu with the rest: for what stands in a message many times. */
export function compactRow(
  actions: readonly Action[],
  shown: number,
  reference: Reference,
): types.ActionsBlock[] {
  const rest = actions.slice(shown);
  if (rest.length < 2) return buttonRow(actions, reference);
  const menus: types.Overflow[] = [];
  for (let from = 0; from < rest.length; from += maxOverflowOptions) {
    const options = rest.slice(from, from + maxOverflowOptions).map((action) => ({
      text: plainText(action.label, maxLabel),
      value: reference(action),
    }));
    menus.push({ type: 'overflow', action_id: `${actionIds.more}:${options[0]?.value ?? from}`, options });
  }
  return [
    {
      type: 'actions',
      elements: [...actions.slice(0, shown).map((action) => button(action, reference)), ...menus],
    },
  ];
}

function button(action: Action, reference: Reference): types.Button {
  const value = reference(action);
  return {
    type: 'button',
    text: plainText(action.label, maxLabel),
    action_id: `${kindOf(action)}:${value}`,
    value,
    ...(action.style === undefined ? {} : { style: action.style }),
  };
}

/** What must be known of a press before anything can be looked up: that it opens a form, or takes long. */
function kindOf({ command, input }: Action): string {
  if (command === 'share' && input['who'] === undefined) return actionIds.shareForm;
  if (command === 'upload-link') return actionIds.uploadForm;
  return command === 'get' ? actionIds.fetch : actionIds.press;
}
