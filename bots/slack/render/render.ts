import type { Reference } from '../../buttons.ts';
import type { Card, Entry, List, Note, Prompt, Reply } from '../../port/reply.ts';
import { lines, type Text } from '../../port/text.ts';
import { fileDetail, fileWords } from '../../words/files.ts';
import type { Reader } from '../../words/time.ts';
import { actionIds, buttonRow, buttonRows, compactRow, plainText } from './elements.ts';
import { clip, fallbackText } from './escape.ts';
import { type Block, maxMessageBlocks, type Message } from './message.ts';
import { richText } from './rich-text.ts';

/** What is shown in a message; a delivery and a removal are none. */
export type Shown = Exclude<Reply, { kind: 'delivery' | 'removal' }>;

const shownOnCard = 3;
const shownOnEntry = 2;
const maxPlaceholder = 150;

/** Renders a reply as a message. */
export function render(reply: Shown, reader: Reader, reference: Reference): Message {
  const { text, blocks } = parts(reply, reader, reference);
  return {
    text: fallbackText(text),
    blocks: blocks.slice(0, maxMessageBlocks),
    ...(reply.kind === 'progress' ? { isPassing: true } : {}),
  };
}

/** The blocks of a reply, however many they are. */
export const blocksOf = (reply: Shown, reader: Reader, reference: Reference): Block[] =>
  parts(reply, reader, reference).blocks;

function parts(reply: Shown, reader: Reader, reference: Reference): { text: Text; blocks: Block[] } {
  switch (reply.kind) {
    case 'note':
      return note(reply, reference);
    case 'card':
      return card(reply, reader, reference);
    case 'list':
      return list(reply, reference);
    case 'prompt':
      return prompt(reply, reference);
    case 'progress':
      break;
  }
  return { text: reply.text, blocks: richText(reply.text) };
}

const note = ({ text, actions = [] }: Note, reference: Reference) => ({
  text,
  blocks: [...richText(text), ...buttonRows(actions, reference)],
});

function card({ file, text, actions }: Card, reader: Reader, reference: Reference) {
  const about = lines(
    text,
    [fileWords.name(file)],
    fileDetail(file, reader),
    file.description === '' ? null : [{ italic: file.description }],
  );
  return { text: about, blocks: [...richText(about), ...compactRow(actions.flat(), shownOnCard, reference)] };
}

function list({ title, entries, previous, next, actions = [] }: List, reference: Reference) {
  const turns = [previous, next].filter((turn) => turn !== undefined);
  const foot = [...buttonRows(actions, reference), ...buttonRow(turns, reference)];
  const head = richText(title.map((span) => (typeof span === 'string' ? { bold: span } : span)));
  const room = maxMessageBlocks - head.length - foot.length;
  const shown = entries.flatMap((entry) => [entryBlocks(entry, reference)]);
  const body: Block[] = [];
  for (const blocks of shown) {
    // Without room for buttons, the text at least: numbers and names can be typed.
    if (body.length + blocks.length <= room) body.push(...blocks);
    else if (body.length < room && blocks[0] !== undefined) body.push(blocks[0]);
  }
  return {
    text: lines(title, ...entries.map(({ text }) => text)),
    blocks: [...head, ...body, ...foot],
  };
}

const entryBlocks = ({ number, text, detail, actions }: Entry, reference: Reference): Block[] => [
  ...richText(lines(number === null ? text : [`${number}. `, ...text], detail)),
  ...compactRow(actions, shownOnEntry, reference),
];

/** A field in the message: what is typed there is in no history. */
function prompt({ text, answer, placeholder }: Prompt, reference: Reference) {
  const value = reference(answer);
  return {
    text,
    blocks: [
      ...richText(text),
      {
        type: 'input',
        dispatch_action: true,
        label: plainText(capitalized(answer.label), 2000),
        element: {
          type: 'plain_text_input',
          action_id: `${actionIds.answer}:${value}`,
          dispatch_action_config: { trigger_actions_on: ['on_enter_pressed'] },
          ...(placeholder === undefined
            ? {}
            : { placeholder: plainText(clip(placeholder, maxPlaceholder), maxPlaceholder) }),
        },
      } satisfies Block,
    ],
  };
}

const capitalized = (label: string): string => label.charAt(0).toUpperCase() + label.slice(1);
