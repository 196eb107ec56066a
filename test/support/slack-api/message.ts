import type { StoredFile } from './file-host.ts';

/** Blocks and elements as they came: JSON. */
// oxlint-disable-next-line typescript/no-explicit-any -- the shapes are checked where they come in
export type Json = { readonly [name: string]: any };

/** Something that can be pressed, chosen or filled in. */
export interface Control {
  readonly label: string;
  readonly type: string;
  readonly block: string;
  readonly action: string;
  readonly value: string;
}

/** A message as people see it. */
export class SlackMessage {
  readonly channel: string;
  readonly ts: string;
  /** Id of whoever wrote it. */
  readonly author: string;
  /** The only person who sees it, if it is ephemeral. */
  readonly onlyFor: string | undefined;
  readonly threadTs: string | undefined;
  text: string;
  blocks: readonly Json[];
  files: StoredFile[];
  edits = 0;
  /** Grows with every change of anything. */
  changed: number;

  constructor(
    place: {
      channel: string;
      ts: string;
      author: string;
      onlyFor?: string | undefined;
      threadTs?: string | undefined;
    },
    text: string,
    blocks: readonly Json[],
    files: StoredFile[],
    changed: number,
  ) {
    this.channel = place.channel;
    this.ts = place.ts;
    this.author = place.author;
    this.onlyFor = place.onlyFor;
    this.threadTs = place.threadTs;
    this.text = text;
    this.blocks = blocks;
    this.files = files;
    this.changed = changed;
  }

  /** What stands there: the blocks, or the text if there are none. */
  get shown(): string {
    return this.blocks.length > 0 ? textOf(this.blocks) : unescape(this.text);
  }

  get controls(): Control[] {
    return controlsOf(this.blocks);
  }

  get labels(): string[] {
    return this.controls.map(({ label }) => label);
  }

  /** What in it notifies people: mentions of persons, groups, everybody. Text beside blocks is for notifications only. */
  get mentions(): string[] {
    return [...mentionsOf(this.blocks), ...(this.text.match(/<[@!][^<>]*>/g) ?? [])];
  }
}

const unescape = (text: string): string =>
  text
    .replaceAll(/<(?:[^<>|]*\|)?([^<>]*)>/g, '$1')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');

/** What people read of blocks, a line each. */
export function textOf(blocks: readonly Json[]): string {
  return blocks
    .map((block): string => {
      switch (block['type']) {
        case 'rich_text':
          return block['elements'].map(richText).join('\n');
        case 'header':
        case 'section':
          return objectText(block['text']);
        case 'context':
          return block['elements'].map(objectText).join(' ');
        case 'input':
          return objectText(block['label']);
        default:
          return '';
      }
    })
    .filter((line) => line !== '')
    .join('\n');
}

const objectText = (object: Json | undefined): string =>
  object?.['type'] === 'mrkdwn' ? unescape(object['text']) : (object?.['text'] ?? '');

const richText = (element: Json): string =>
  element['elements'] === undefined
    ? (element['text'] ?? element['url'] ?? '')
    : element['elements'].map(richText).join('');

const mentionsOf = (value: unknown): string[] => {
  if (Array.isArray(value)) return value.flatMap(mentionsOf);
  if (typeof value !== 'object' || value === null) return [];
  const { type, text, ...rest } = value as Json;
  const own = ['user', 'usergroup', 'broadcast', 'team', 'channel'].includes(type)
    ? [String(type)]
    : type === 'mrkdwn'
      ? (String(text).match(/<[@!][^<>]*>/g) ?? [])
      : [];
  return [...own, ...mentionsOf(Object.values(rest)), ...mentionsOf(typeof text === 'object' ? text : null)];
};

export const controlsOf = (blocks: readonly Json[]): Control[] =>
  blocks.flatMap((block) =>
    elementsOf(block).flatMap((element): Control[] => {
      const common = { type: element['type'], block: block['block_id'] ?? '', action: element['action_id'] };
      if (element['options'] !== undefined)
        return element['options'].map((option: Json) => ({
          ...common,
          label: option['text'].text,
          value: option['value'],
        }));
      if (element['type'] === 'button')
        return [{ ...common, label: element['text'].text, value: element['value'] ?? '' }];
      return element['action_id'] === undefined
        ? []
        : [{ ...common, label: block['label']?.text ?? '', value: '' }];
    }),
  );

/** The interactive elements of a block. */
export const elementsOf = (block: Json): Json[] => [
  ...(block['type'] === 'actions' ? block['elements'] : []),
  ...(block['type'] === 'section' && block['accessory'] !== undefined ? [block['accessory']] : []),
  ...(block['type'] === 'input' ? [block['element']] : []),
];
