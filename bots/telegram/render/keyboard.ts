import type { InlineKeyboardButton } from 'grammy/types';
import type { Reference } from '../../buttons.ts';
import type { Action } from '../../port/action.ts';

const maxLabel = 64;
/** Telegram's limit for one message, in however many rows. */
const maxButtons = 100;
const perRow = 5;

/** Makes rows of buttons; none if there are no actions. */
export function keyboard(
  rows: readonly (readonly Action[])[],
  reference: Reference,
): InlineKeyboardButton[][] {
  let count = 0;
  return rows
    .filter((row) => row.length > 0)
    .map((row) =>
      row.slice(0, 8).map((action) => ({ text: clipLabel(action.label), callback_data: reference(action) })),
    )
    .filter((row) => (count += row.length) <= maxButtons);
}

/** Puts buttons next to each other, as many as a phone shows. */
export const inRows = (actions: readonly Action[]): Action[][] =>
  Array.from({ length: Math.ceil(actions.length / perRow) }, (_none, row) =>
    actions.slice(row * perRow, (row + 1) * perRow),
  );

export const clipLabel = (label: string): string =>
  label.length <= maxLabel
    ? label
    : `${Array.from(label)
        .slice(0, maxLabel - 2)
        .join('')}…`;
