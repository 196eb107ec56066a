import type { InlineKeyboardButton } from 'grammy/types';
import type { Reference } from '../../buttons.ts';
import type { Action } from '../../port/action.ts';
import type { Card, Entry, List, Note, Prompt, Progress } from '../../port/reply.ts';
import { lines, plain, type Text } from '../../port/text.ts';
import { fileDetail, fileWords } from '../../words/files.ts';
import type { Reader } from '../../words/time.ts';
import { type MarkedText, mark } from './entities.ts';
import { inRows, keyboard } from './keyboard.ts';

/** What is shown as text; a delivery and a removal are none. */
export type Shown = Note | Card | List | Prompt | Progress;

export interface Message {
  readonly text: MarkedText;
  readonly buttons: InlineKeyboardButton[][];
}

/** Longest name of an entry on its button. */
const shownOfName = 28;

/** Renders a reply as a message. */
export function render(reply: Shown, reader: Reader, reference: Reference): Message {
  if (reply.kind === 'note')
    return { text: mark(reply.text), buttons: keyboard(reply.actions ?? [], reference) };
  if (reply.kind === 'card')
    return { text: mark(cardText(reply, reader)), buttons: keyboard(reply.actions, reference) };
  if (reply.kind === 'list')
    return { text: mark(listText(reply)), buttons: keyboard(listRows(reply), reference) };
  return { text: mark(reply.text), buttons: [] };
}

const cardText = ({ file, text }: Card, reader: Reader): Text =>
  lines(
    text,
    [fileWords.name(file)],
    fileDetail(file, reader),
    file.description === '' ? null : [{ italic: file.description }],
  );

const listText = ({ title, entries }: List): Text =>
  lines(
    title.map((span) => (typeof span === 'string' ? { bold: span } : span)),
    ...(entries.length === 0 ? [] : ['']),
    ...entries.flatMap(({ number, text, detail }) => [
      number === null ? ['• ', ...text] : [`${number}. `, ...text],
      ...(detail === undefined ? [] : [['    ', ...detail]]),
    ]),
  );

/** Numbers in rows; for what has none, a row for each with its name. */
function listRows({ entries, previous, next, actions = [] }: List): (readonly Action[])[] {
  const numbered = entries.flatMap(({ number, actions: [first] }) =>
    number === null || first === undefined ? [] : [{ ...first, label: String(number) }],
  );
  const named = entries.filter(({ number }) => number === null).map(namedRow);
  const turns = [previous, next].filter((turn) => turn !== undefined);
  return [...inRows(numbered), ...named, ...actions, turns];
}

const namedRow = ({ text, actions }: Entry): Action[] =>
  actions.map((action, place) =>
    place > 0 ? action : { ...action, label: `${action.label}: ${shortened(plain(text))}` },
  );

const shortened = (name: string): string => {
  const characters = Array.from(name.replaceAll('\n', ' '));
  return characters.length <= shownOfName
    ? characters.join('')
    : `${characters.slice(0, shownOfName).join('')}…`;
};
